"""Whatever is valid by the contract leads to an answer or to NotAsAgreed, never to another error."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters._lib.codes import NotAsAgreed
from adapters.urbis import mapping
from audit.canonical import canonical
from fidus.model import Query, SubjectRole
from fidus.services import load_services
from fidus.vocabulary import vocabulary
from tests.adapters.urbis.samples import BY_FIELDS, BY_TEXT, CODES, CONTRACT, FOLDER, KEY, POINT, query
from tests.adapters.valid_answers import Answers

ANSWERS = Answers(
    FOLDER / "openapi.yaml",
    {
        "number": st.just("12"),
        "postCode": st.just("1000"),
        "policeNumber": st.just("1"),
        "streetName": st.just("1"),
        "STATNISCODE": st.just("21004A00-"),
        "POLICENUM": st.just("12"),
        "ADNC": st.just(KEY),
    },
)
REVERSE = query("reverse", **POINT)
SERVICES = load_services(Path(__file__).parents[3] / "adapters")


def shape(service: str, place: str) -> jsonschema_rs.Validator:
    """What stands at a place of a service's answers, as the vocabulary has it."""
    groups = SERVICES[f"urbis/{service}"].contracts["v1"].values()
    found = vocabulary().schema([leaf for group in groups for leaf in group])
    for step in place.split("."):
        found = found["properties"][step]
        found = found.get("items", found)
    made: jsonschema_rs.Validator = jsonschema_rs.Draft7Validator(found, validate_formats=True)
    return made


ADDRESS = shape("reverse", "address")
OF_LAYERS = {
    mapping.BUILDINGS: ("BU_ID", mapping.filled_building, shape("building", "buildings")),
    mapping.PARCELS: ("CAPAKEY", mapping.filled_parcel, shape("building", "buildings.parcels")),
}


def takes(data: Any, form: jsonschema_rs.Validator) -> None:
    """It is as the model says, and can be written as JSON and sealed; what is whole and large is written
    without an exponent there."""
    assert [error.message for error in form.iter_errors(data)] == []
    assert json.loads(canonical(data), parse_int=float) == json.loads(json.dumps(data), parse_int=float)


@given(ANSWERS.of("Found"), st.sampled_from([BY_TEXT, BY_FIELDS]))
def test_candidates(answer: dict[str, object], asked: Query) -> None:
    CONTRACT.check("findAddresses", answer)
    mapping.is_answer(answer)
    with suppress(NotAsAgreed):
        for one in mapping.trusted(answer, asked):
            told = mapping.one_address([], one, CODES)
            takes(told, ADDRESS)
            mapping.subject(told, SubjectRole.LISTED)


@given(ANSWERS.of("Nearest"))
def test_a_point(answer: dict[str, object]) -> None:
    CONTRACT.check("reverse", answer)
    with suppress(NotAsAgreed):
        if (near := mapping.nearest(answer, REVERSE)) is not None:
            takes(mapping.one_address([], near[0], CODES), ADDRESS)
            assert 0 <= near[1] <= mapping.NEAR_M


@settings(max_examples=200)
@given(ANSWERS.of("Addresses"))
def test_features_of_addresses(answer: dict[str, object]) -> None:
    CONTRACT.check("getFeature", answer)
    with suppress(NotAsAgreed):
        for features in mapping.by_address(mapping.check_features(answer, mapping.ADDRESSES, "ADNC", KEY)):
            told = mapping.one_address(features, None, CODES)
            takes(told, ADDRESS)
            mapping.subject(told, SubjectRole.DISCLOSED)


@given(st.one_of(ANSWERS.of("Buildings"), ANSWERS.of("Parcels"), ANSWERS.of("Addresses")))
def test_features_of_buildings_and_parcels(answer: dict[str, object]) -> None:
    CONTRACT.check("getFeature", answer)
    for layer, (attribute, read, form) in OF_LAYERS.items():
        for one in answer["features"]:  # type: ignore[attr-defined]
            with suppress(NotAsAgreed):
                value = str(one["properties"].get(attribute))
                for properties in mapping.check_features(answer, layer, attribute, value):
                    takes(read(properties, CODES), form)
