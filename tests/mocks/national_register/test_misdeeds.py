"""Every kind of misbehaviour as it shows on the wire."""

from __future__ import annotations

import http.client
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from mocks.faults import KINDS


@pytest.fixture
def number(mock: Any) -> str:
    return str(mock.people.number("noBox"))


def house(got: Any) -> str | None:
    return got.text("soap:Body//rn:HouseNumber")  # type: ignore[no-any-return]


def related(got: Any) -> bool:
    return got.text("soap:Header/wsa:RelatesTo") is not None


def test_without_misbehaviour_all_is_right(mock: Any, number: str) -> None:
    got = mock.ask(number)
    assert (got.status, house(got), mock.verifies(got)) == (200, "96", True)
    assert got.headers["Content-Type"] == "text/xml; charset=utf-8"


def test_delay(mock: Any, number: str) -> None:
    mock.misbehave(kind="delay", seconds=0.3)
    started = time.monotonic()
    got = mock.ask(number)
    assert time.monotonic() - started >= 0.3
    assert mock.verifies(got)


def test_reset(mock: Any, number: str) -> None:
    mock.misbehave(kind="reset", count=1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        mock.ask(number)
    assert mock.ask(number).status == 200


@pytest.mark.parametrize("status", [404, 429, 503])
def test_status(mock: Any, number: str, status: int) -> None:
    mock.misbehave(kind="status", status=status)
    got = mock.ask(number)
    assert (got.status, b"Envelope" in got.body) == (status, False)


def test_truncate(mock: Any, number: str) -> None:
    mock.misbehave(kind="truncate", bytes=700)
    got = mock.ask(number)
    assert (got.status, len(got.body)) == (200, 700)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(got.body)


def test_huge_body_is_right_in_all_but_size(mock: Any, number: str) -> None:
    mock.misbehave(kind="hugeBody", bytes=3_000_000)
    got = mock.ask(number)
    assert len(got.body) == 3_000_000
    assert mock.verifies(got)


def test_a_huge_body_smaller_than_the_answer_is_the_answer(mock: Any, number: str) -> None:
    mock.misbehave(kind="hugeBody", bytes=1)
    assert mock.verifies(mock.ask(number))


def test_slow_body(mock: Any, number: str) -> None:
    mock.misbehave(kind="slowBody")
    connection = mock.connect(timeout_s=0.7)
    connection.request("POST", mock.source.path, mock.question(number).bytes(), HEADERS)
    answer = connection.getresponse()
    started = time.monotonic()
    assert answer.read(2) == b"<?"
    assert 0.3 <= time.monotonic() - started < 5
    connection.close()


HEADERS = {
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": '"http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI"',
}


def test_doctype_is_right_in_all_but_that(mock: Any, number: str) -> None:
    mock.misbehave(kind="doctype")
    got = mock.ask(number)
    assert b"<!DOCTYPE" in got.body
    assert mock.verifies(got)


@pytest.mark.parametrize("case", ["noBox", "unknown"])
def test_wrong_subject_is_rightly_signed_and_repeats_the_question(mock: Any, case: str) -> None:
    asked = mock.people.number(case)
    mock.misbehave(kind="wrongSubject", key=asked)
    got = mock.ask(asked)
    assert mock.verifies(got)
    assert got.text(".//searchInformation/ssin") == asked
    given = got.text(".//rrn_it_implicit/rn:NationalNumber/rn:NationalNumber/rn:NationalNumber")
    assert given in mock.people.persons
    assert given != asked


def test_soap_fault_is_signed_and_about_this_question(mock: Any, number: str) -> None:
    mock.misbehave(kind="soapFault")
    question = mock.question(number)
    got = mock.post(question.bytes())
    assert (got.status, got.text(".//faultcode")) == (500, "soapenv:Server")
    assert got.text(".//detail/reasonCode") == "MSG00003"
    assert got.text("soap:Header/wsa:RelatesTo") == question.message_id
    assert mock.verifies(got)


@pytest.mark.parametrize("case", ["noBox", "unknown"])
def test_bad_signature_has_another_body_than_was_signed(mock: Any, case: str) -> None:
    mock.misbehave(kind="badSignature")
    got = mock.ask(mock.people.number(case))
    assert got.status == 200
    assert house(got) in ("969", None)
    assert not mock.verifies(got)


def test_wrapped_signature_verifies_and_is_about_something_else(mock: Any, number: str) -> None:
    mock.misbehave(kind="wrappedSignature")
    got = mock.ask(number)
    assert mock.verifies(got), "whoever registers every id finds nothing wrong"
    assert house(got) == "969"
    assert got.text("soap:Header/{urn:example:elsewhere}Block//rn:HouseNumber") == "96"
    identity = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
    assert (
        identity
        not in got.root.find("soap:Body", {"soap": "http://schemas.xmlsoap.org/soap/envelope/"}).attrib
    )


def test_unsigned_has_a_timestamp_and_no_signature(mock: Any, number: str) -> None:
    mock.misbehave(kind="unsigned")
    got = mock.ask(number)
    assert got.text(".//wsu:Created") is not None
    assert got.text(".//ds:SignatureValue") is None
    assert got.text(".//wsse:BinarySecurityToken") is None
    assert house(got) == "96"


def test_wrong_signer_signs_rightly_with_a_key_that_nobody_knows(mock: Any, number: str) -> None:
    honest = mock.ask(number)
    mock.misbehave(kind="wrongSigner")
    got = mock.ask(number)
    assert not mock.verifies(got)
    assert got.text(".//wsse:BinarySecurityToken") != honest.text(".//wsse:BinarySecurityToken")
    again = mock.ask(number)
    assert again.text(".//wsse:BinarySecurityToken") == got.text(".//wsse:BinarySecurityToken")


def test_expired_is_rightly_signed_and_an_hour_old(mock: Any, number: str) -> None:
    mock.misbehave(kind="expired")
    got = mock.ask(number)
    assert mock.verifies(got)
    expires = datetime.fromisoformat(got.text(".//wsu:Expires"))
    assert expires < datetime.now(UTC) - timedelta(minutes=50)


def test_replayed_is_a_right_and_fresh_answer_to_an_earlier_question(mock: Any, number: str) -> None:
    earlier, now = mock.question(number), mock.question(number)
    mock.post(earlier.bytes())
    mock.misbehave(kind="replayed")
    got = mock.post(now.bytes())
    assert mock.verifies(got)
    assert got.text("soap:Header/wsa:RelatesTo") == earlier.message_id


def test_replayed_without_an_earlier_question_answers_one_that_was_never_asked(
    mock: Any, number: str
) -> None:
    mock.source._seen.clear()
    mock.misbehave(kind="replayed")
    question = mock.question(number)
    got = mock.post(question.bytes())
    assert related(got)
    assert got.text("soap:Header/wsa:RelatesTo") != question.message_id


def test_a_fault_with_a_key_leaves_others_alone(mock: Any, number: str) -> None:
    mock.misbehave(kind="status", status=503, key=mock.people.number("unknown"))
    assert mock.ask(number).status == 200
    assert mock.ask(mock.people.number("unknown")).status == 503


def test_a_wrong_question_is_refused_whatever_misbehaviour_is_wanted(mock: Any, number: str) -> None:
    mock.misbehave(kind="status", status=503, count=1)
    assert "is not signed" in mock.ask(number, signed=("body-1",)).text(".//faultstring")
    assert mock.ask(number).status == 503


def test_each_kind_has_its_test() -> None:
    tested = " ".join(name for name in globals() if name.startswith("test_")).replace("_", "")
    assert [kind for kind in KINDS if kind.lower() not in tested] == []
