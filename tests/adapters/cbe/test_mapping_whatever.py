"""Whatever is valid by the contract leads to an answer or to NotAsAgreed, never to another error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters._lib.codes import NotAsAgreed
from adapters.cbe.mapping import MES, OPERATIONS
from fidus.model import Absent, Found
from tests.adapters.cbe import samples
from tests.adapters.cbe.generated import message

SERVICES = sorted(samples.QUERIES)


@pytest.mark.parametrize("service", SERVICES)
def test_any_valid_reply_maps_or_is_refused(service: str) -> None:
    reply = OPERATIONS[f"cbe/{service}"].answer.removeprefix(f"{{{MES}}}")
    found = []

    @settings(max_examples=100, deadline=None)
    @given(seed=st.integers(0, 2**64))
    def of_one(seed: int) -> None:
        node = message(reply, Random(seed))
        samples.SCHEMA.assertValid(node)
        try:
            answer = samples.read(service, node)
        except NotAsAgreed:
            return
        assert isinstance(answer, Found | Absent)
        if isinstance(answer, Found):
            found.append(answer)
            check(answer)

    of_one()
    assert len(found) > 3  # else this would show nothing


def check(answer: Found) -> None:
    json.dumps(dict(answer.fields))
    assert holds_nothing_empty(answer.fields)
    numbered = [(one.id, one.fields) for one in answer.subjects if one.id is not None]
    assert len(set(numbered)) == len(numbered)


def holds_nothing_empty(data: Any) -> bool:
    """But for labels, of which there may be none."""
    if isinstance(data, Mapping):
        return all(
            name == "label" or (value != {} and holds_nothing_empty(value)) for name, value in data.items()
        )
    if isinstance(data, list):
        return data != [] and all(holds_nothing_empty(one) for one in data)
    return data not in ("", None)
