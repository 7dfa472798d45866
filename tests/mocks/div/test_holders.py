"""The older SOAP service of the vehicle register: what it takes, says and does wrong when asked to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree

from mocks.div.holders import ACTION, MESSAGES, PATH
from mocks.openapi import CONTRACTS
from mocks.vehicles import Registration
from mocks.world import world
from tests.mocks.conftest import NS, Question
from tests.mocks.div.conftest import Client
from tests.mocks.served import Reply

WORLD = world()
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}"'}
SCHEMA = etree.XMLSchema(etree.parse(CONTRACTS / "div" / "vehicle-registration.xsd"))


@dataclass(frozen=True)
class Holder(Question):
    """A right question about a plate. `criteria`: another one."""

    criteria: str = ""

    def content(self) -> str:
        criteria = self.criteria or f"<plateNumber>{self.number}</plateNumber>"
        return (
            f'<q:getVehicleRegistrationRequest xmlns:q="{MESSAGES}"><userContext><enterpriseNumber>0999000426'
            f"</enterpriseNumber><language>fr</language></userContext><criteria>{criteria}</criteria>"
            "</q:getVehicleRegistrationRequest>"
        )


def leased() -> Registration:
    return next(one for one in WORLD.registrations if one.driver is not None and len(one.holder) == 10)


def question(client: Client, one: Registration, **changes: Any) -> Holder:
    return replace(Holder(one.plate, client.pki / "hub-sign"), **changes)


def post(client: Client, raw: bytes, **headers: str) -> Reply:
    return client.mock.ask("POST", PATH, data=raw, headers=HEADERS | headers)


def ask(client: Client, one: Registration, **changes: Any) -> etree._Element:
    got = post(client, question(client, one, **changes).bytes())
    assert got.status == 200, got.body
    (content,) = etree.fromstring(got.body).iterfind("soap:Body/*", NS)
    SCHEMA.assertValid(content)
    return content


def test_a_person_who_holds_a_vehicle_is_told(client: Client) -> None:
    one = next(one for one in WORLD.registrations if len(one.holder) == 11)
    told = ask(client, one)
    assert told.findtext("status/code") == "00000"
    assert told.findtext("criteria/plateNumber") == one.plate
    assert told.findtext("registration/titular/person/nationalNr") == one.holder
    assert told.findtext("registration/vehicle/vin") == one.vehicle.vin


def test_enterprise_and_driver_are_told(client: Client) -> None:
    one = leased()
    told = ask(client, one)
    assert told.findtext("registration/titular/organisation/companyNr") == one.holder
    assert told.findtext("registration/driver/person/nationalNr") == one.driver


def test_a_vehicle_is_asked_by_its_number_too_and_as_of_a_day(client: Client) -> None:
    (vin, unifier), all_ = next((key, all_) for key, all_ in WORLD.by_vehicle.items() if len(all_) > 2)
    key = f"<vin>{vin}</vin><unifier>{unifier}</unifier>"
    then = ask(client, all_[0], criteria=f"{key}<referenceDate>{all_[0].since}</referenceDate>")
    assert then.findtext("registration/license/plateNr") == all_[0].plate
    before = ask(client, all_[0], criteria=f"{key}<referenceDate>1950-01-01</referenceDate>")
    assert (before.findtext("status/code"), before.find("registration")) == ("10002", None)


def test_what_is_not_registered_is_told_so(client: Client) -> None:
    told = ask(client, leased(), criteria="<plateNumber>0ZZZ000</plateNumber>")
    assert (told.findtext("status/code"), told.find("registration")) == ("10001", None)
    assert client.mock.last_asked()["service"] == "div/getVehicleRegistration"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"criteria": "<plateNumber>0-ABC-1</plateNumber>"}, "not valid"),
        ({"criteria": "<vin>0YZVSLFAS00000002</vin>"}, "not valid"),
        ({"signed": ("time-1", "message-1")}, "Body is not signed"),
        ({"signer": "stranger"}, "not one known here"),
    ],
)
def test_a_wrong_question_is_refused_with_a_fault(client: Client, changes: dict[str, Any], says: str) -> None:
    changed = {**changes, **({"signer": client.pki / changes["signer"]} if "signer" in changes else {})}
    if "signer" in changed:
        changed["method"] = "EcdsaSha256"
    got = post(client, question(client, leased(), **changed).bytes())
    fault = etree.fromstring(got.body).find("soap:Body/soap:Fault", NS)
    assert got.status == 500
    assert fault is not None
    assert says in (fault.findtext("faultstring") or "")
    detail = fault.find("detail")
    assert detail is not None
    SCHEMA.assertValid(detail[0])


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"SOAPAction": '"urn:other"'}, 500), ({"Content-Type": "application/xml"}, 415)],
)
def test_what_is_no_message_of_soap_is_refused(client: Client, headers: dict[str, str], status: int) -> None:
    assert post(client, question(client, leased()).bytes(), **headers).status == status
    assert client.mock.ask("GET", PATH).status == 405


def test_a_message_is_taken_once(client: Client) -> None:
    raw = question(client, leased()).bytes()
    assert [post(client, raw).status for _ in range(2)] == [200, 500]


MISDEEDS = {
    "soapFault": "soap:Body/soap:Fault",
    "unsigned": "soap:Body",
    "wrappedSignature": "soap:Header/{urn:example:elsewhere}Block/soap:Body",
}


@pytest.mark.parametrize("kind", MISDEEDS)
def test_a_misdeed_of_signed_messages(client: Client, kind: str) -> None:
    client.mock.misbehave(kind=kind, count=1)
    got = post(client, question(client, leased()).bytes())
    root = etree.fromstring(got.body)
    assert root.find(MISDEEDS[kind], NS) is not None
    assert (root.find(".//ds:Signature", NS) is None) is (kind == "unsigned")
    assert got.status == (500 if kind == "soapFault" else 200)


def test_another_s_registration_under_the_criteria_asked(client: Client) -> None:
    one = leased()
    client.mock.misbehave(kind="wrongSubject", count=1, key=one.plate)
    told = ask(client, one)
    assert told.findtext("criteria/plateNumber") == one.plate
    assert told.findtext("registration/license/plateNr") != one.plate


def test_the_contract_is_one_that_zeep_reads() -> None:
    client = zeep.Client(str(CONTRACTS / "div" / "vehicle-registration.wsdl"))
    message = client.create_message(
        client.service,
        "getVehicleRegistration",
        userContext={"enterpriseNumber": "0999000426", "language": "nl"},
        criteria={"vin": "0YZVSLFAS00000002", "unifier": "54"},
    )
    assert Path(client.wsdl.location).name == "vehicle-registration.wsdl"
    (content,) = message.iterfind("soap:Body/*", NS)
    SCHEMA.assertValid(content)
