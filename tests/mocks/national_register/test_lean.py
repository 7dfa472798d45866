"""The lean register answers as the real mock does, only cheaper: same form, fresh signature, same file."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import xmlsec
from lxml import etree

from mocks.national_register.file import RN
from mocks.national_register.lean import LeanRegister, NotRead, lean_register
from mocks.national_register.reply import Schema
from mocks.places import CONTRACT
from mocks.population import Population, population
from mocks.soap import DS, ID, SOAP, WSA, WSU
from mocks.source import UnusableHome
from mocks.wssec import Signer

ROOT = CONTRACT.parent.parent
NS = {"soap": SOAP, "wsa": WSA, "wsu": WSU, "ds": DS}
LEAN = ("--lean", "--until-stdin-closes")
MESSAGE = "urn:uuid:00000000-0000-4000-8000-000000000001"


def question(number: str, *, history: bool = False) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:wsa="{WSA}"><s:Header><wsa:MessageID>{MESSAGE}</wsa:MessageID>'
        '</s:Header><s:Body><q:retrieveTIGroupsRequest xmlns:q="http://kszbcss.fgov.be/intf/Retrieve'
        'TIGroupsService/v2"><informationCustomer><ticket>t-1</ticket><customerIdentification><cbeNumber>'
        "0206731645</cbeNumber></customerIdentification></informationCustomer><legalContext>FIDUS"
        f"</legalContext><searchInformation><ssin>{number}</ssin><language>fr</language><history>"
        f"{str(history).lower()}</history></searchInformation></q:retrieveTIGroupsRequest></s:Body>"
        "</s:Envelope>"
    ).encode()


def verified(answer: bytes, certificate: Path) -> etree._Element:
    """The envelope, once its signature holds by this key over the four parts. Raises xmlsec.Error."""
    root = etree.fromstring(answer)
    signature = root.find(".//ds:Signature", NS)
    assert signature is not None
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(certificate, xmlsec.constants.KeyDataFormatCertPem)
    signed = [reference.get("URI") for reference in signature.iterfind("ds:SignedInfo/ds:Reference", NS)]
    assert signed == ["#Body", "#Timestamp", "#MessageID", "#RelatesTo"]
    for node in root.iter("*"):
        if node.get(ID) is not None:
            context.register_id(node, "Id", WSU)
    context.verify(signature)
    return root


def numbers(people: Population) -> list[str]:
    return [subject["ssin"] for subject in people.subjects() if "case" not in subject]


@pytest.fixture(scope="module", params=["national-register-sign", "stranger"], ids=["rsa", "p-256"])
def keys(request: pytest.FixtureRequest, home: Path) -> tuple[LeanRegister, Path]:
    """A lean register with a key of either kind, and the certificate of that key."""
    certificate = home / "pki" / f"{request.param}.crt"
    return LeanRegister(Signer.load(certificate, certificate.with_suffix(".key")), population()), certificate


def test_each_answer_is_valid_signed_anew_and_about_the_question(keys: tuple[LeanRegister, Path]) -> None:
    register, certificate = keys
    schema, ids = Schema(), set()
    for number in numbers(population())[:20]:
        for history in (False, True):
            root = verified(register.answer(question(number, history=history)), certificate)
            content = root.find("soap:Body", NS)
            assert content is not None
            assert schema.faults(content[0]) == []
            assert root.findtext("soap:Header/wsa:RelatesTo", None, NS) == MESSAGE
            assert content[0].findtext("searchInformation/ssin") == number
            assert content[0].findtext("searchInformation/history") == str(history).lower()
            assert content[0].findtext("informationCustomer/ticket") == "t-1"
            file = content[0].find("rrn_it_implicit")
            assert file is not None
            assert (
                file.findtext("rn:NationalNumber/rn:NationalNumber/rn:NationalNumber", None, {"rn": RN})
                == number
            )
            ids.add(root.findtext("soap:Header/wsa:MessageID", None, NS))
    assert len(ids) == 40


def test_a_changed_answer_does_not_verify(keys: tuple[LeanRegister, Path]) -> None:
    register, certificate = keys
    answer = register.answer(question(numbers(population())[0]))
    with pytest.raises(xmlsec.Error):
        verified(answer.replace(b"<ticket>t-1<", b"<ticket>t-2<"), certificate)


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (b"wsa:MessageID", "wsa:MessageID"),
        (b"informationCustomer", "informationCustomer"),
        (b"legalContext", "legalContext"),
        (b"searchInformation", "searchInformation"),
    ],
)
def test_it_names_what_an_answer_needs(home: Path, cut: bytes, told: str) -> None:
    asked = question(numbers(population())[0]).replace(cut, b"other")
    with pytest.raises(NotRead, match=told):
        lean_register(home, population()).answer(asked)


def test_it_knows_only_numbers_with_a_file(home: Path) -> None:
    people = population()
    with pytest.raises(NotRead, match="has a file"):
        lean_register(home, people).answer(question(people.number("unknown")))


def test_it_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(UnusableHome, match="national-register-sign"):
        lean_register(tmp_path, population())


@pytest.mark.slow
def test_as_a_process_it_answers_many_questions_on_one_connection(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mocks", "national-register", "--home", str(home), *LEAN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    with process:
        ready = json.loads(process.stdout.readline())
        assert sorted(ready) == ["pid", "slug", "url"]
        url = urlsplit(ready["url"])
        tls = ssl.create_default_context(cafile=str(home / "pki" / "national-register.crt"))
        connection = http.client.HTTPSConnection("127.0.0.1", url.port, timeout=10, context=tls)
        for number in numbers(population())[:3]:
            connection.request("POST", url.path, question(number))
            answer = connection.getresponse()
            assert answer.status == 200
            verified(answer.read(), home / "pki" / "national-register-sign.crt")
        connection.request("POST", url.path, b"<nothing/>")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (500, b"<unread>wsa:MessageID</unread>")
        connection.close()
        _, _ = process.communicate(timeout=10)
    assert process.returncode == 0
