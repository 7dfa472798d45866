"""Whatever is valid by the contract leads to an answer or to NotAsAgreed, never to another error."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters._lib.codes import NotAsAgreed
from adapters.div.mapping import read, read_soap
from audit.canonical import canonical
from fidus.errors import SourceError
from fidus.model import Answer, Found, Query
from mocks.div.holders import _SHAPE, MESSAGES, _write
from tests.adapters.div.samples import (
    CODES,
    CONTRACT,
    ENTERPRISE,
    FOLDER,
    HOLDER,
    MOVEMENT,
    PLATE,
    UNIFIER,
    VIN,
    query,
)
from tests.adapters.valid_answers import Answers

LIKELY = {
    "plateNr": st.just(PLATE),
    "vin": st.just(VIN),
    "unifier": st.just(UNIFIER),
    "nationalNr": st.just(HOLDER),
    "companyNr": st.just(ENTERPRISE),
    "dateTime": st.just(MOVEMENT["dateTime"]),
}
ANSWERS = Answers(FOLDER / "openapi.yaml", LIKELY)
PERIOD = {"startDate": "2025-11-30", "endDate": "2025-12-02"}
ASKED = (
    query("vehicle", plate=PLATE),
    query("vehicle", vin=VIN, unifier=UNIFIER, referenceDate="2021-01-01"),
    query("holder", plate=PLATE),
    query("emission-norm", plate=PLATE),
    query("vehicles-of", ssin=HOLDER),
    query("vehicles-of", enterpriseNumber=ENTERPRISE),
    query("history", plate=PLATE),
    query("history", vin=VIN, unifier=UNIFIER, period={"startDate": "2015-01-01"}),
)
SCHEMA = etree.XMLSchema(etree.parse(FOLDER / "vehicle-registration.xsd"))
TODAY = date(2026, 3, 1)


def takes(answer: Answer) -> None:
    """It can be written as JSON and sealed, and whoever it shows has a place in it."""
    if isinstance(answer, Found):
        assert json.loads(canonical(answer.fields)) == json.loads(json.dumps(answer.fields))
        for subject in answer.subjects:
            assert subject.id is None or subject.id


@settings(max_examples=100)
@given(ANSWERS.of("Registrations"), st.sampled_from(ASKED))
def test_registrations(answer: dict[str, Any], asked: Query) -> None:
    CONTRACT.check("registrations", answer)
    with suppress(NotAsAgreed):
        takes(read(answer["items"], asked, CODES, True, TODAY))


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
@given(ANSWERS.of("Registration"), st.sampled_from(ASKED[:4]))
def test_one_registration(item: dict[str, Any], asked: Query) -> None:
    with suppress(NotAsAgreed):
        takes(read([item], asked, CODES, True, TODAY))


@given(ANSWERS.of("Movements"))
def test_changes(answer: dict[str, Any]) -> None:
    CONTRACT.check("movements", answer)
    with suppress(NotAsAgreed):
        takes(read(answer["items"], query("movements", period=PERIOD), CODES, True, TODAY))


@given(ANSWERS.of("ManyRegistrations"))
def test_many(answer: dict[str, Any]) -> None:
    CONTRACT.check("manyRegistrations", answer)
    for item in answer["items"]:
        with suppress(NotAsAgreed):
            found = [item["registration"]] if "registration" in item else []
            takes(read(found, query("emission-norm", plate=PLATE), CODES, True, TODAY))


CODE = st.sampled_from(["00000", "10001", "10002", "20001", "30001"]) | st.text(
    "0123456789", min_size=1, max_size=9
)


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
@given(ANSWERS.of("Registration"), CODE, st.booleans())
def test_messages_of_soap(item: dict[str, Any], code: str, with_registration: bool) -> None:
    """Of the registrations that can be written in XML and are as the schema has them."""
    root = etree.Element(f"{{{MESSAGES}}}getVehicleRegistrationResponse")
    etree.SubElement(etree.SubElement(root, "criteria"), "plateNumber").text = PLATE
    etree.SubElement(etree.SubElement(root, "status"), "code").text = code
    with suppress(ValueError):  # what XML cannot say
        if with_registration:
            _write(etree.SubElement(root, "registration"), _SHAPE, item)
        if SCHEMA.validate(root):
            with suppress(NotAsAgreed, SourceError):
                takes(read_soap(root, query("holder", plate=PLATE), CODES, True, TODAY))
