"""Every kind of misbehaviour of the Crossroads Bank as it shows on the wire."""

from __future__ import annotations

import time

import aiohttp
import pytest
from lxml import etree

from mocks.cbe.server import CrossroadsBank
from mocks.faults import PLAIN_SOAP_KINDS
from mocks.world import world
from tests.mocks.cbe.conftest import Client, Letter

ONE, OTHER = list(world().enterprises.values())[3:5]
REPLY = "s:Header/m:ReplyContext/m:Id"


def test_it_knows_kinds_of_unsigned_soap_and_no_others(client: Client, bank: CrossroadsBank) -> None:
    assert bank.faults.kinds == PLAIN_SOAP_KINDS.keys()
    assert {"soapFault", "replayed", "errorCode", "doctype"} < bank.faults.kinds
    for kind in ("unsigned", "badSignature", "duplicateMember", "expiredToken"):
        assert client.mock.control("PUT", "faults", {"kind": kind}).status == 400


def test_delay(client: Client) -> None:
    client.mock.misbehave(kind="delay", seconds=0.3, count=1)
    started = time.monotonic()
    assert client.read(ONE.number).reply.status == 200
    assert time.monotonic() - started >= 0.3


def test_reset(client: Client) -> None:
    client.mock.misbehave(kind="reset")
    with pytest.raises(aiohttp.ClientError):
        client.read(ONE.number)
    client.mock.control("DELETE", "faults")
    assert client.read(ONE.number).reply.status == 200


@pytest.mark.parametrize("status", [404, 429, 503])
def test_status(client: Client, status: int) -> None:
    client.mock.misbehave(kind="status", status=status)
    said = client.read(ONE.number)
    assert (said.reply.status, b"Envelope" in said.reply.body) == (status, False)


def test_truncate(client: Client) -> None:
    client.mock.misbehave(kind="truncate", bytes=500)
    said = client.read(ONE.number)
    assert (said.reply.status, len(said.reply.body)) == (200, 500)


def test_huge_body_is_right_in_all_but_size(client: Client) -> None:
    right = client.read(ONE.number, identifier="x")
    client.mock.misbehave(kind="hugeBody", bytes=3_000_000)
    said = client.read(ONE.number, identifier="x")
    assert len(said.reply.body) == 3_000_000
    parser = etree.XMLParser(huge_tree=True)
    numbers = [
        etree.fromstring(one.reply.body, parser).findtext(".//{*}Enterprise/{*}Number")
        for one in (right, said)
    ]
    assert numbers == [ONE.number, ONE.number]


def test_slow_body(client: Client) -> None:
    client.mock.misbehave(kind="slowBody", count=1)
    with pytest.raises(TimeoutError):
        client.mock.ask("POST", "", 0.7, **_question())


def _question() -> dict[str, object]:
    letter = Letter("ReadEnterprise", f"<d:EnterpriseNumber>{ONE.number}</d:EnterpriseNumber>")
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"http://fgov.economie.be/kbopub/ReadEnterprise"',
    }
    return {"data": letter.bytes(), "headers": headers}


def test_doctype(client: Client) -> None:
    client.mock.misbehave(kind="doctype", count=1)
    said = client.read(ONE.number)
    assert said.root.getroottree().docinfo.internalDTD is not None
    assert said.text(REPLY) is not None


def test_another_enterprise(client: Client) -> None:
    client.mock.misbehave(kind="wrongSubject")
    number = client.read(ONE.number).text(".//m:Enterprise/d:Number")
    assert number not in (None, ONE.number)
    number = client.places(ONE.number).text(".//m:Establishment/d:EnterpriseNumber")
    assert number not in (None, ONE.number)


def test_another_name(client: Client) -> None:
    where = f"<m:Zipcode>{ONE.seat.street.postal_code}</m:Zipcode>"
    right = client.search(ONE.names.fr, where)
    client.mock.misbehave(kind="wrongSubject", count=1)
    said = client.search(ONE.names.fr, where)
    assert len(said.all(".//m:Enterprise")) == 1
    told = said.text(".//m:Enterprise/d:Number")
    assert told not in [one.findtext("{*}Number") for one in right.all(".//m:Enterprise")]
    assert said.text(".//d:Address/d:Zipcode") != ONE.seat.street.postal_code


def test_an_answer_to_another_request(client: Client) -> None:
    client.read(OTHER.number, identifier="earlier")
    client.mock.misbehave(kind="replayed")
    said = client.read(ONE.number, identifier="now")
    assert (said.text(".//m:Enterprise/d:Number"), said.text(REPLY)) == (ONE.number, "earlier")
    assert client.read(ONE.number, identifier="now").text(REPLY) not in ("now", None)


def test_a_fault_of_no_code_that_is_known(client: Client) -> None:
    client.mock.misbehave(kind="soapFault")
    said = client.read(ONE.number, identifier="now")
    assert said.reply.status == 500
    assert said.error == ("soapenv:Server", "9000", "Misbehaving as it was asked to")
    assert said.text(REPLY) == "now"


@pytest.mark.parametrize("code", [1, 3, 10, 11, 12, 20, 77])
def test_any_error_code_of_its_own(client: Client, code: int) -> None:
    client.mock.misbehave(kind="errorCode", code=code, count=1)
    assert client.read(ONE.number).error[1] == str(code)
    assert client.read(ONE.number).reply.status == 200


def test_a_fault_finds_its_question(client: Client) -> None:
    client.mock.misbehave(kind="status", status=503, key=ONE.number)
    assert client.read(OTHER.number).reply.status == 200
    assert client.places(ONE.number).reply.status == 503
    client.mock.misbehave(kind="status", status=429, key=ONE.names.fr)
    assert client.search(ONE.names.fr).reply.status == 429
