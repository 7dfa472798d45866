"""What is asked about a thing under which flow, and how answers stand side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.demo.cast import Thing
from fidus.demo.eyes import NOTHING, Seen, body_about, in_words, rows, title
from fidus.services import load_services

SERVICES = load_services(Path(__file__).parents[3] / "adapters")
CONTEXT = {"caseReference": "1"}
ADDRESS = {"street": "Rue Inventée", "houseNumber": "1"}
PERSON = Thing(
    "A person",
    {"ssin": "68711164181", "familyName": "a", "givenName": "b", "birthDate": "1968-11-11"},
    ("name", "address", "household.size", "candidates"),
    {"address": ADDRESS},
)
CAR = Thing("A car", {"plate": "0ABC123"}, ("registration.plate",))
PLACE = Thing("A building", {"street": "x", "houseNumber": "1", "postalCode": "1000"}, ("buildings.area",))


def asked(thing: Thing, service: str, *fields: str, **example: Any) -> Any:
    return body_about(thing, SERVICES[service], fields, {"query": {}, "context": CONTEXT, **example})


def test_a_service_is_asked_by_what_is_known_of_the_thing() -> None:
    assert asked(PERSON, "national-register/address", "address.street") == {
        "query": {"ssin": "68711164181"},
        "context": CONTEXT,
    }
    assert asked(CAR, "div/vehicle", "registration.plate")["query"] == {"plate": "0ABC123"}
    assert asked(PLACE, "urbis/building", "buildings.area")["query"] == dict(PLACE.facts)
    assert asked(PERSON, "national-register/search", "candidates.ssin")["query"] == {
        name: value for name, value in PERSON.facts.items() if name != "ssin"
    }


def test_a_period_comes_from_the_example() -> None:
    period = {"startDate": "2020-01-01"}
    query = asked(CAR, "div/history", "registration.plate", query={"plate": "0XXX999", "period": period})
    assert query["query"] == {"plate": "0ABC123", "period": period}


@pytest.mark.parametrize(
    ("thing", "service", "fields"),
    [
        (CAR, "national-register/address", ["address"]),
        (PERSON, "div/vehicle", ["registration"]),
        (CAR, "div/movements", ["registration.plate"]),
        (PERSON, "national-register/address", ["addresses"]),
        (PLACE, "urbis/reverse", ["buildings.area"]),
    ],
    ids=["another-subject", "other-choices", "about-nothing", "nothing-to-be-seen", "not-known"],
)
def test_what_is_about_something_else_is_not_asked(thing: Thing, service: str, fields: list[str]) -> None:
    period = {"period": {"startDate": "2020-01-01", "endDate": "2020-01-02"}}
    assert asked(thing, service, *fields, query=period) is None


def test_a_comparison_is_asked_with_what_a_file_says() -> None:
    body = asked(PERSON, "national-register/address", "address", confirm={"address": {"street": "other"}})
    assert body["confirm"] == {"address": ADDRESS}
    assert asked(PERSON, "national-register/person", "birth", confirm={"birth": {}}) is None


def test_each_cell_has_the_fullest_that_is_seen() -> None:
    part = {"found": True, "data": {"address": {"postalCode": "1000"}}}
    whole = {"found": True, "data": {"address": {**ADDRESS, "postalCode": "1000"}, "household": {"size": 2}}}
    compared = {"found": True, "confirmed": {"address": "yes", "other": "no"}}
    absent = {"found": False, "why": "unknownSubject"}
    eyes = [
        [Seen("a", ("address",), part), Seen("b", ("address",), whole), Seen("c", ("address",), compared)],
        [Seen("c", ("address",), compared)],
        [Seen("d", ("address.street",), absent)],
        [],
    ]
    assert list(rows(PERSON, eyes)) == [
        (
            "Address",
            ("Rue Inventée 1, 1000", "yes (no more than yes or no)", "nothing there", NOTHING),
        ),
        ("Household › Number of members", ("2", NOTHING, NOTHING, NOTHING)),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("text", "text"),
        (True, "yes"),
        (False, "no"),
        (145_856.0, "145856"),
        (0.25, "0.25"),
        ({"code": "M1", "label": {"fr": "Voiture", "en": "Car"}, "known": True}, "Car"),
        ({"code": "X", "label": {"fr": "Inconnu"}, "known": False}, "Inconnu"),
        ({"code": "X", "label": {}, "known": False}, "X"),
        ({"fr": "Rue", "nl": "Straat"}, "Rue"),
        ({"familyName": "Zerrougane", "givenNames": ["Ada", "Bo"]}, "Ada Zerrougane"),
        ({"familyName": "Zerrougane"}, "Zerrougane"),
        (["a", "a", "b", "c", "d"], "a; b and 2 more"),
        ([], ""),
        ({"street": {"fr": "Rue"}, "houseNumber": "1", "box": "2", "since": "2020"}, "Rue 1 box 2, 2020"),
        ({"a": {"b": 1}, "c": [2]}, "1, 2"),
        ("x" * 200, "x" * 89 + "…"),
    ],
)
def test_a_value_in_few_words(value: Any, words: str) -> None:
    assert in_words(value) == words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(JSON)
def test_any_value_has_words(value: Any) -> None:
    assert len(in_words(value)) <= 90


def test_a_row_is_named_by_the_vocabulary() -> None:
    assert title("holder.address") == "Holder › Address"
