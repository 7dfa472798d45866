"""How a mock reads its contract: which requests it lets pass, and that it never repeats a value."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks import openapi
from mocks.openapi import Contract, Operation, Wrong, read_json

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


PLACES = """
paths:
  /v1/buildings/{id}/units/{unit}:
    get: &asked
      operationId: unit
      parameters:
        - {name: unit, in: path, required: true, schema: {type: integer, maximum: 99}}
        - {name: id, in: path, required: true, schema: {type: string, pattern: "^[A-Z0-9.]{2,5}$"}}
        - {name: more, in: query, schema: {type: string}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Unit"}}}}}
  /v1/buildings/all/units/{unit}:
    get:
      operationId: unitOfAll
      parameters: [{name: unit, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {content: {application/json: {schema: {type: object}}}}}
  /v1/buildings/A1/units/1:
    post: {operationId: one, responses: {"200": {content: {application/json: {schema: {type: object}}}}}}
components:
  schemas:
    Unit:
      type: object
      properties:
        floor: {type: integer, minimum: 0, nullable: true}
        nullable: {type: boolean}
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """A contract with parameters in its paths."""
    (tmp_path / "places").mkdir()
    (tmp_path / "places" / "openapi.yaml").write_text(PLACES, encoding="utf-8")
    monkeypatch.setattr(openapi, "CONTRACTS", tmp_path)
    return Contract("places")


def at(contract: Contract, path: str) -> Operation:
    (one,) = contract.methods(path).values()
    return one


def test_parameters_in_a_path_are_read_as_what_they_stand_for(places: Contract) -> None:
    unit = at(places, "/v1/buildings/B%2e2/units/07")
    assert (unit.id, unit.place("/v1/buildings/B%2e2/units/07")) == ("unit", {"id": "B.2", "unit": 7})
    assert unit.query("more=x") == {"more": "x"}
    assert at(places, "/v1/buildings/A1/units/1").place("/v1/buildings/A1/units/1") == {}


def test_the_path_with_the_fewest_parameters_goes_first(places: Contract) -> None:
    assert at(places, "/v1/buildings/A1/units/1").id == "one"
    assert at(places, "/v1/buildings/all/units/1").id == "unitOfAll"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/buildings//units/1",
        "/v1/buildings/A/1/units/1",
        "/v1/buildings/A1/units",
        "/v1/buildings/A1/units/1/",
        "/v1/xbuildings/A1/units/1",
    ],
)
def test_a_path_that_only_looks_alike_is_not_there(places: Contract, path: str) -> None:
    assert places.methods(path) == {}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("A1/units/x", "path parameter unit: is not a whole number"),
        ("A1/units/100", "path parameter unit: it is greater than the maximum of 99"),
        ("a1/units/1", 'path parameter id: it does not match "^[A-Z0-9.]{2,5}$"'),
        ("A%2F1/units/1x", 'path parameter id: it does not match "^[A-Z0-9.]{2,5}$"'),
        ("%ff/units/1", "path parameter id: is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_path_is_told_without_it(places: Contract, path: str, fault: str) -> None:
    whole = f"/v1/buildings/{path}"
    with pytest.raises(Wrong) as refused:
        at(places, whole).place(whole)
    assert refused.value.faults[0] == fault


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [({"floor": None, "nullable": True}, True), ({"floor": -1}, False), ({"nullable": None}, False)],
)
def test_null_is_told_where_the_contract_says_so(places: Contract, answer: object, allowed: bool) -> None:
    assert at(places, "/v1/buildings/B2/units/1").answer.is_valid(answer) is allowed


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
