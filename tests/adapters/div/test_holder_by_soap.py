"""Holders by the older SOAP service: the same answers as by REST, and each way in which it can go wrong."""

from __future__ import annotations

import asyncio
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._lib.codes import NotAsAgreed
from adapters.div.mapping import EXCHANGE, STATUS, read_soap, write_soap
from fidus.errors import (
    ConfigurationInvalid,
    SourceAnswerInvalid,
    SourceError,
    SourceFault,
    SourceSignatureInvalid,
    SourceTimeout,
    SourceUnavailable,
)
from fidus.model import Absent, Answer, Found, Why
from mocks.faults import KINDS
from tests.adapters.div.samples import CODES, ENTERPRISE, FOLDER, PLATE, UNIFIER, VIN, query
from tests.adapters.div.side import DEADLINE_S, QUESTIONS, SOAP, WORLD, Side, found, with_mock

TODAY = date(2026, 3, 1)
SCHEMA = etree.XMLSchema(etree.parse(FOLDER / "vehicle-registration.xsd"))
NAMESPACE = EXCHANGE.answer[1:].partition("}")[0]
REGISTRATION = """
<registration>
  <license>
    <plateNr>0ABC123</plateNr><plateType><code>NM</code></plateType><languageCode>nl</languageCode>
    <startSituationDate>2020-05-04</startSituationDate><status>REG</status>
  </license>
  <titular>
    <type>P</type>
    <person><nationalNr>83722444416</nationalNr><lastName>Zerrougane</lastName><firstName>Mehdisson</firstName>
      <firstName> </firstName><firstName>Lieve</firstName></person>
    <registrationAddress><streetName>Verzonnenstraat</streetName><houseNumber>12</houseNumber>
      <postalCode>1000</postalCode><cityName>Brussel</cityName></registrationAddress>
  </titular>
  <vehicle><vin>0TESTSENNE0000001</vin><unifier>07</unifier><category>M1</category></vehicle>
</registration>
"""


def response(code: str = "00000", registration: str = REGISTRATION, criteria: str = "") -> etree._Element:
    """An answer as the contract has it."""
    root = etree.fromstring(
        f'<mes:getVehicleRegistrationResponse xmlns:mes="{NAMESPACE}"><criteria>'
        f"{criteria or f'<plateNumber>{PLATE}</plateNumber>'}</criteria><status><code>{code}</code></status>"
        f"{registration}</mes:getVehicleRegistrationResponse>"
    )
    SCHEMA.assertValid(root)
    return root


def read(root: etree._Element, **asked: str) -> Answer:
    return read_soap(root, query("holder", **(asked or {"plate": PLATE})), CODES, True, TODAY)


def test_a_message_makes_the_answer_that_rest_would() -> None:
    answer = read(response())
    assert isinstance(answer, Found)
    holder = answer.fields["holder"]
    assert holder["name"] == {"familyName": "Zerrougane", "givenNames": ["Mehdisson", "Lieve"]}
    assert holder["address"]["street"] == {"nl": "Verzonnenstraat"}
    assert {one.id for one in answer.subjects} == {"83722444416", f"vin:{VIN}"}


@pytest.mark.parametrize(
    "asked",
    [
        {"plate": PLATE},
        {"vin": VIN, "unifier": UNIFIER},
        {"vin": VIN, "unifier": UNIFIER, "referenceDate": "2021-01-01"},
    ],
)
def test_each_question_is_as_the_contract_says(asked: dict[str, str]) -> None:
    root = etree.fromstring(write_soap(query("holder", **asked), ENTERPRISE))
    SCHEMA.assertValid(root)
    names = {"plate": "plateNumber"}
    assert {node.tag: node.text for node in root[1]} == {
        names.get(name, name): value for name, value in asked.items()
    }


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("00000", Found),
        ("10001", Why.UNKNOWN_SUBJECT),
        ("10002", Why.NOTHING_IN_PERIOD),
        ("20001", SourceFault),
        ("30001", SourceUnavailable),
        ("77777", SourceFault),
    ],
)
def test_each_status_means_one_thing(code: str, meaning: Any) -> None:
    root = response(code, REGISTRATION if meaning is Found else "")
    if isinstance(meaning, Why):
        assert read(root) == Absent(meaning, TODAY)
    elif meaning is Found:
        assert isinstance(read(root), Found)
    else:
        with pytest.raises(SourceError) as caught:
            read(root)
        assert type(caught.value) is meaning


def test_no_status_is_left_untried() -> None:
    assert STATUS.keys() == {"00000", "10001", "10002", "20001", "30001"}
    assert all(f"`{code}`" in (FOLDER / "SOURCE.md").read_text(encoding="utf-8") for code in STATUS)


@pytest.mark.parametrize(
    ("root", "asked"),
    [
        (response("00000", ""), {}),
        (response("10001"), {}),
        (response(criteria="<plateNumber>0ABC999</plateNumber>"), {}),
        (response(), {"plate": "0ABC999"}),
        (response(criteria="<plateNumber>0ABC999</plateNumber>"), {"plate": "0ABC999"}),
        (response(), {"plate": PLATE, "referenceDate": "2021-01-01"}),
    ],
    ids=["found-without", "absent-with", "other-criteria", "another-question", "another-vehicle", "no-day"],
)
def test_what_is_not_about_the_question_is_refused(root: etree._Element, asked: dict[str, str]) -> None:
    with pytest.raises(NotAsAgreed):
        read(root, **asked)


@pytest.mark.slow
def test_every_holder_is_the_one_of_rest(home: Path) -> None:
    """But for the address: here that of the registration, there today's."""

    async def story(side: Side) -> list[Answer]:
        return await side.all(side.ask("holder", plate=one.plate) for one in WORLD.registrations)

    pairs = zip(with_mock(home, story), with_mock(home, story, **SOAP), strict=True)
    for by_rest, by_soap in pairs:
        rest, soap = found(by_rest), found(by_soap)
        for fields in (rest.fields, soap.fields):
            fields["holder"].pop("address", None)
        assert soap.fields == rest.fields
        assert set(soap.subjects) == set(rest.subjects)


@pytest.mark.slow
def test_other_services_stay_with_rest(home: Path) -> None:
    async def story(side: Side) -> None:
        for name, values in QUESTIONS.items():
            found(await side.ask(name, **values))
        absent = await side.ask("holder", plate="0ZZZ000")
        assert isinstance(absent, Absent)
        asked = [one.service for one in side.mock.asked]
        assert (asked.count("div/getVehicleRegistration"), asked.count("div/registrationsTitular")) == (2, 0)
        assert all(one.message_id for one in side.mock.asked if one.service == "div/getVehicleRegistration")

    with_mock(home, story, **SOAP)


MISDEEDS: list[tuple[dict[str, Any], type[SourceError]]] = [
    ({"kind": "delay", "seconds": DEADLINE_S + 1}, SourceTimeout),
    ({"kind": "slowBody"}, SourceTimeout),
    ({"kind": "reset"}, SourceUnavailable),
    ({"kind": "status", "status": 404}, SourceFault),
    ({"kind": "status", "status": 503}, SourceUnavailable),
    ({"kind": "truncate", "bytes": 900}, SourceAnswerInvalid),
    ({"kind": "hugeBody", "bytes": 3_000_000}, SourceAnswerInvalid),
    ({"kind": "doctype"}, SourceAnswerInvalid),
    ({"kind": "wrongSubject"}, SourceAnswerInvalid),
    ({"kind": "soapFault"}, SourceFault),
    ({"kind": "badSignature"}, SourceSignatureInvalid),
    ({"kind": "wrappedSignature"}, SourceSignatureInvalid),
    ({"kind": "unsigned"}, SourceSignatureInvalid),
    ({"kind": "wrongSigner"}, SourceSignatureInvalid),
    ({"kind": "expired"}, SourceAnswerInvalid),
    ({"kind": "replayed"}, SourceAnswerInvalid),
]


def test_every_misdeed_is_tried() -> None:
    assert {fault["kind"] for fault, _ in MISDEEDS} == KINDS.keys()


@pytest.mark.slow
def test_each_misdeed_is_its_error(home: Path) -> None:
    """All at once, each about a plate of its own; none of them tells it."""
    plates = [one.plate for one in WORLD.registrations[: len(MISDEEDS)]]

    async def failing(side: Side, plate: str, error: type[SourceError]) -> None:
        with pytest.raises(SourceError) as caught:
            await side.ask("holder", plate=plate)
        assert type(caught.value) is error, caught.value
        assert plate not in str(caught.value)

    async def story(side: Side) -> None:
        cases = list(zip(plates, MISDEEDS, strict=True))
        for plate, (fault, _) in cases:
            side.mock.faults.add({**fault, "key": plate})
        await asyncio.gather(*(failing(side, plate, error) for plate, (_, error) in cases))
        side.mock.faults.clear()
        for plate in plates:
            found(await side.ask("holder", plate=plate))

    with_mock(home, story, **SOAP)


@pytest.mark.parametrize("lacking", [{"customer": None}, {"signers": []}, {"holder_by": "telex"}])
def test_a_choice_without_what_it_needs_is_no_setting(home: Path, lacking: dict[str, Any]) -> None:
    async def story(_: Side) -> None: ...

    with pytest.raises(ConfigurationInvalid, match=r"sources\.div"):
        with_mock(home, story, **{**SOAP, **lacking})


def test_the_demonstration_can_choose_it() -> None:
    manifest = (FOLDER.parents[1] / "adapters" / "div" / "manifest.toml").read_text(encoding="utf-8")
    assert {"signers", "customer"} <= tomllib.loads(manifest)["demonstration"].keys()
