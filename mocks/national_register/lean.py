"""The National Register for measurements: the answers of the real mock at a tenth of its cost.

What it does for each question: reads number, MessageID and what an answer repeats by pattern; puts them into
the person's file, written once and kept; digests Body, Timestamp, MessageID and RelatesTo; signs afresh.
What it leaves out: every check of the question (its signature, schema, age, repetition) and of its own
answer, faults, and the count of what was asked. With a P-256 key an answer takes 0.1 ms of CPU or less, with
an RSA key the signature alone takes two or three times that.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from lxml import etree

from mocks.national_register.file import File
from mocks.national_register.labels import STATUS, label
from mocks.national_register.reply import INTF
from mocks.people import Person
from mocks.population import Population
from mocks.soap import BASE64, DS, ECDSA_SHA256, EXC_C14N, RSA_SHA256, SHA256, SOAP, WSA, WSSE, WSU, X509V3
from mocks.source import UnusableHome
from mocks.world import World
from mocks.wssec import LIFE, Signer

_MESSAGE_ID = re.compile(rb"MessageID[^>]*>(urn:uuid:[0-9a-fA-F-]{36})<")
_CUSTOMER = re.compile(rb"<informationCustomer>.*?</informationCustomer>", re.DOTALL)
_CONTEXT = re.compile(rb"<legalContext>[^<]*</legalContext>")
_SEARCH = re.compile(rb"<searchInformation><ssin>([0-9]{11})</ssin>.*?</searchInformation>", re.DOTALL)
_HISTORY = b"<history>true</history>"
_LANGUAGE = "fr"


class NotRead(ValueError):
    """The question has not what an answer needs. The text names it."""


class LeanRegister:
    """Answers in the name of `signer`. Not for tests: it takes any question."""

    slug = "national-register"
    path = "/RetrieveTIGroupsService/v2/retrieveTI"

    def __init__(self, signer: Signer, population: Population) -> None:
        self._population = population
        self._key = signer.key
        self._elliptic = isinstance(signer.key, ec.EllipticCurvePrivateKey)
        certificate = b64encode(signer.certificate.public_bytes(serialization.Encoding.DER)).decode()
        self._token = (
            f'<wsse:BinarySecurityToken EncodingType="{BASE64}" ValueType="{X509V3}" wsu:Id="Token">'
            f"{certificate}</wsse:BinarySecurityToken>"
        )
        self._files: dict[tuple[str, bool], bytes] = {}

    def answer(self, question: bytes) -> bytes:
        """The signed answer to a question. Raises NotRead where it has not the parts that are needed."""
        message_id = _found(_MESSAGE_ID, question, "wsa:MessageID")[1].decode()
        search = _found(_SEARCH, question, "searchInformation")
        now = datetime.now(UTC)
        filed = (
            f"<informationCBSS><ticketCBSS>{uuid4()}</ticketCBSS><timestampReceive>{now.isoformat()}"
            f"</timestampReceive><timestampReply>{now.isoformat()}</timestampReply></informationCBSS>"
        )
        content = b"".join(
            (
                f'<soapenv:Body xmlns:soapenv="{SOAP}" xmlns:wsu="{WSU}" wsu:Id="Body">'
                f'<intf:retrieveTIGroupsResponse xmlns:intf="{INTF}">'.encode(),
                _found(_CUSTOMER, question, "informationCustomer")[0],
                filed.encode(),
                _found(_CONTEXT, question, "legalContext")[0],
                search[0],
                self._file(search[1].decode(), _HISTORY in search[0]),
                b"</intf:retrieveTIGroupsResponse></soapenv:Body>",
            )
        )
        return self._signed(content, message_id, now)

    def _file(self, number: str, history: bool) -> bytes:
        """Status and file of a person in canonical form, written at the first question about them."""
        known = self._files.get((number, history))
        if known is None:
            known = self._files[number, history] = self._written(number, history)
        return known

    def _written(self, number: str, history: bool) -> bytes:
        person = self._population.known(number)
        if not isinstance(person, Person):
            raise NotRead("a number that has a file")
        status = (
            "<status><value>DATA_FOUND</value><code>MSG00000</code>"
            f"<description>{label(STATUS, 'MSG00000', _LANGUAGE)}</description></status>"
        )
        file = File(person, self._population, _LANGUAGE, history).write()
        return status.encode() + etree.tostring(file, method="c14n", exclusive=True)

    def _signed(self, body: bytes, relates_to: str, now: datetime) -> bytes:
        stamp, message_id, related = (text.encode() for text in _header(relates_to, now))
        parts = {"Body": body, "Timestamp": stamp, "MessageID": message_id, "RelatesTo": related}
        info = _signed_info(parts, ECDSA_SHA256 if self._elliptic else RSA_SHA256)
        value = b64encode(self._signature(info.encode())).decode()
        header = (
            f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Header><wsse:Security xmlns:wsse="{WSSE}" '
            f'xmlns:wsu="{WSU}" soapenv:mustUnderstand="1">{self._token}{stamp.decode()}'
            f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo>'
            f'<wsse:SecurityTokenReference><wsse:Reference URI="#Token" ValueType="{X509V3}"/>'
            "</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"
        )
        return b"".join(
            (header.encode(), message_id, related, b"</soapenv:Header>", body, b"</soapenv:Envelope>")
        )

    def _signature(self, signed: bytes) -> bytes:
        if not isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        r, s = utils.decode_dss_signature(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))
        size = (self._key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def make_lean(home: Path, world: World) -> LeanRegister:
    """The lean source of a world. Raises UnusableHome."""
    return lean_register(home, world.people)


def lean_register(home: Path, population: Population) -> LeanRegister:
    """With `pki/national-register-sign.{crt,key}` of a home. Raises UnusableHome."""
    folder = home / "pki"
    try:
        signer = Signer.load(folder / "national-register-sign.crt", folder / "national-register-sign.key")
    except (OSError, ValueError) as error:
        raise UnusableHome(str(error)) from None
    return LeanRegister(signer, population)


def _found(pattern: re.Pattern[bytes], question: bytes, what: str) -> re.Match[bytes]:
    match = pattern.search(question)
    if match is None:
        raise NotRead(what)
    return match


def _header(relates_to: str, now: datetime) -> tuple[str, str, str]:
    """Timestamp, MessageID and RelatesTo, each in its canonical form."""
    created, expires = _instant(now), _instant(now + LIFE)
    scope = f'xmlns:wsa="{WSA}" xmlns:wsu="{WSU}"'
    return (
        f'<wsu:Timestamp xmlns:wsu="{WSU}" wsu:Id="Timestamp"><wsu:Created>{created}</wsu:Created>'
        f"<wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>",
        f'<wsa:MessageID {scope} wsu:Id="MessageID">urn:uuid:{uuid4()}</wsa:MessageID>',
        f'<wsa:RelatesTo {scope} wsu:Id="RelatesTo">{relates_to}</wsa:RelatesTo>',
    )


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _signed_info(parts: dict[str, bytes], algorithm: str) -> str:
    """SignedInfo over the parts, in its canonical form."""
    references = "".join(
        f'<ds:Reference URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{EXC_C14N}"></ds:Transform>'
        f'</ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>'
        f"{b64encode(hashlib.sha256(part).digest()).decode()}</ds:DigestValue></ds:Reference>"
        for name, part in parts.items()
    )
    return (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXC_C14N}">'
        f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>'
        f"{references}</ds:SignedInfo>"
    )
