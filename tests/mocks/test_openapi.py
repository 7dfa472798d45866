"""How a mock reads its contract: which requests it lets pass, and that it never repeats a value."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.openapi import Contract, Wrong, read_json

DIV, URBIS = Contract("div"), Contract("urbis")
HISTORY = DIV.methods("/v1/mobility/registrationsHistory")["get"]
MANY = DIV.methods("/v1/mobility/registrations/query")["post"]
REVERSE = URBIS.methods("/localization/Rest/Localize/getaddressfromxy")["get"]


def test_values_come_as_what_they_stand_for() -> None:
    assert HISTORY.query("plateNr=0ABC123&pageSize=7&current=true") == {
        "plateNr": "0ABC123",
        "pageSize": 7,
        "current": True,
    }
    assert HISTORY.query("") == {"pageSize": 20}
    asked = REVERSE.query(urlencode({"json": '{"language":"fr","point":{"x":1.5,"y":2},"SRS_In":"31370"}'}))
    assert asked["json"]["point"] == {"x": 1.5, "y": 2}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "query parameter json: is not JSON"),
        ('{"language":"fr","language":"nl"}', "query parameter json: has a member twice"),
        ("[" * 9_000, "query parameter json: is not JSON"),
        ("{}", 'query parameter json: "language" is a required property'),
        (
            '{"language":"fr","point":{"x":NaN,"y":2},"SRS_In":"31370"}',
            "query parameter json: has a number that is none",
        ),
        (
            '{"language":"fr","point":{"x":"1","y":2},"SRS_In":"31370"}',
            'query parameter json.point.x: it is not of type "number"',
        ),
    ],
)
def test_a_parameter_in_json_is_read_as_tightly(text: str, fault: str) -> None:
    with pytest.raises(Wrong) as refused:
        REVERSE.query(f"json={quote(text)}")
    assert refused.value.faults[0] == fault


def test_a_path_that_is_not_there_has_no_operation() -> None:
    assert DIV.methods("/v1") == {}
    assert list(DIV.methods("/oauth2/token")) == ["post"]


def faults(raw: str) -> tuple[str, ...]:
    """What is wrong with a query string."""
    try:
        HISTORY.query(raw)
    except Wrong as wrong:
        return wrong.faults
    return ()


@given(st.text())
def test_no_query_string_breaks_it(text: str) -> None:
    assert all(fault.startswith(("query parameter", "the query string")) for fault in faults(text))


@given(st.text(st.characters(categories=["Ll", "Lo"]), min_size=3))
def test_a_value_is_never_repeated(secret: str) -> None:
    for name in ("plateNr", "INSZ", "pageSize", "after", "current", "dateTimeFrom"):
        (fault,) = faults(urlencode({name: secret * 40}))
        assert secret * 40 not in fault


@given(st.binary())
def test_no_body_breaks_it(raw: bytes) -> None:
    with pytest.raises(Wrong):
        MANY.json(raw)


@given(
    st.recursive(
        st.integers() | st.text() | st.none(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_json_is_read_as_json(value: object) -> None:
    assert read_json(json.dumps(value)) == value
