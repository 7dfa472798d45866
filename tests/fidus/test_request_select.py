"""Which names a body may select."""

from __future__ import annotations

import pytest

from tests.fidus.test_request import ADDRESS, CONFIRM, body, faults, read


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        pytest.param(body(select="address"), ("SCHEMA_VIOLATION", "select"), id="select-text"),
        pytest.param(body(select=[]), ("SCHEMA_VIOLATION", "select"), id="select-nothing"),
        pytest.param(body(select=None), ("SCHEMA_VIOLATION", "select"), id="select-null"),
        pytest.param(body(select=[1]), ("SCHEMA_VIOLATION", "select"), id="select-number"),
        pytest.param(body(select=["address"] * 1001), ("SCHEMA_VIOLATION", "select"), id="select-too-many"),
        pytest.param(body(select=["address", "sex"]), ("UNKNOWN_INPUT", "select"), id="select-unknown"),
        pytest.param(body(select=["addr"]), ("UNKNOWN_INPUT", "select"), id="select-part-of-a-name"),
    ],
)
def test_a_selection_that_is_none_is_refused(sent: object, fault: tuple[str, str]) -> None:
    assert faults(sent) == [fault]


def test_names_to_which_the_answer_is_narrowed_are_read() -> None:
    assert read(body()).select is None
    assert read(body(select=["address", "address.box"])).select == ("address", "address.box")


def test_a_flow_that_compares_hands_over_nothing_to_select() -> None:
    sent = body(confirm={"address": ADDRESS}, select=["address"])
    assert faults(sent, CONFIRM) == [("UNKNOWN_INPUT", "select")]
