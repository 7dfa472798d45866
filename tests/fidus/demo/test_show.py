"""JSON as the demonstration shows it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fidus.demo.show import folded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_what_fits_stands_in_one_line() -> None:
    body = {"query": {"ssin": "68711164181"}, "context": {"caseReference": "2026-004711", "items": [1, 2]}}
    assert folded(body, 200) == json.dumps(body)
    assert folded(body, 60).split("\n") == [
        "{",
        '  "query": {"ssin": "68711164181"},',
        '  "context": {',
        '    "caseReference": "2026-004711",',
        '    "items": [1, 2]',
        "  }",
        "}",
    ]


@given(JSON, st.integers(min_value=1, max_value=120))
def test_it_stays_the_same_json(value: Any, width: int) -> None:
    assert json.loads(folded(value, width)) == value
