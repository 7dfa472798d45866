"""The National Register for measurements: the answers of the real mock at a tenth of its cost.

What it does for each question: finds number, MessageID and what an answer repeats; puts them beside the
person's file, written once and kept; digests Body, Timestamp, MessageID and RelatesTo; signs afresh.
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
_HISTORY = b"<history>true</history>"
_LANGUAGE = "fr"

# What an answer is made of, each part in its canonical form; %b is what changes from one to the next.
_BODY = (
    f'<soapenv:Body xmlns:soapenv="{SOAP}" xmlns:wsu="{WSU}" wsu:Id="Body"><intf:retrieveTIGroupsResponse '
    f'xmlns:intf="{INTF}">%b<informationCBSS><ticketCBSS>%b</ticketCBSS><timestampReceive>%b'
    "</timestampReceive><timestampReply>%b</timestampReply></informationCBSS>%b%b%b"
    "</intf:retrieveTIGroupsResponse></soapenv:Body>"
).encode()
_TIMESTAMP = (
    f'<wsu:Timestamp xmlns:wsu="{WSU}" wsu:Id="Timestamp"><wsu:Created>%b</wsu:Created>'
    "<wsu:Expires>%b</wsu:Expires></wsu:Timestamp>"
).encode()
_SCOPE = f'xmlns:wsa="{WSA}" xmlns:wsu="{WSU}"'
_MESSAGE = f'<wsa:MessageID {_SCOPE} wsu:Id="MessageID">urn:uuid:%b</wsa:MessageID>'.encode()
_RELATES = f'<wsa:RelatesTo {_SCOPE} wsu:Id="RelatesTo">%b</wsa:RelatesTo>'.encode()
_REFERENCES = "".join(
    f'<ds:Reference URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{EXC_C14N}"></ds:Transform>'
    f'</ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>%b'
    "</ds:DigestValue></ds:Reference>"
    for name in ("Body", "Timestamp", "MessageID", "RelatesTo")
)


class NotRead(ValueError):
    """The question has not what an answer needs. The text names it."""


class LeanRegister:
    """Answers in the name of `signer`. Not for tests: it takes any question."""

    slug = "national-register"
    path = "/RetrieveTIGroupsService/v2/retrieveTI"

    def __init__(self, signer: Signer, population: Population) -> None:
        self._population = population
        self._key = signer.key
        self._info = _signed_info(
            ECDSA_SHA256 if isinstance(signer.key, ec.EllipticCurvePrivateKey) else RSA_SHA256
        )
        self._envelope = _envelope(signer)
        self._files: dict[tuple[bytes, bool], bytes] = {}

    def answer(self, question: bytes) -> bytes:
        """The signed answer to a question. Raises NotRead where it has not the parts that are needed."""
        asked = _MESSAGE_ID.search(question)
        if asked is None:
            raise NotRead("wsa:MessageID")
        customer, context, search = (
            _cut(question, part) for part in (b"informationCustomer", b"legalContext", b"searchInformation")
        )
        file = self._file(_cut(search, b"ssin")[6:-7], _HISTORY in search)
        now, fresh = datetime.now(UTC), str(uuid4()).encode()
        created = _instant(now)
        body = _BODY % (customer, fresh, created, created, context, search, file)
        header = (_TIMESTAMP % (created, _instant(now + LIFE)), _MESSAGE % fresh, _RELATES % asked[1])
        digests = (b64encode(hashlib.sha256(part).digest()) for part in (body, *header))
        info = self._info % tuple(digests)
        value = b64encode(self._signature(info))
        timestamp, message_id, relates_to = header
        return self._envelope % (timestamp, info, value, message_id, relates_to, body)

    def _file(self, number: bytes, history: bool) -> bytes:
        """Status and file of a person in canonical form, written at the first question about them."""
        known = self._files.get((number, history))
        if known is None:
            known = self._files[number, history] = self._written(number.decode(), history)
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


def _cut(text: bytes, name: bytes) -> bytes:
    """The first element of this name, whole, as it stands there."""
    start, end = text.find(b"<%b>" % name), text.find(b"</%b>" % name)
    if not 0 <= start < end:
        raise NotRead(name.decode())
    return text[start : end + len(name) + 3]


def _envelope(signer: Signer) -> bytes:
    """Around Timestamp, SignedInfo, SignatureValue, MessageID, RelatesTo and Body."""
    certificate = b64encode(signer.certificate.public_bytes(serialization.Encoding.DER)).decode()
    return (
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Header><wsse:Security xmlns:wsse="{WSSE}" '
        f'xmlns:wsu="{WSU}" soapenv:mustUnderstand="1"><wsse:BinarySecurityToken EncodingType="{BASE64}" '
        f'ValueType="{X509V3}" wsu:Id="Token">{certificate}</wsse:BinarySecurityToken>%b<ds:Signature '
        f'xmlns:ds="{DS}">%b<ds:SignatureValue>%b</ds:SignatureValue><ds:KeyInfo>'
        f'<wsse:SecurityTokenReference><wsse:Reference URI="#Token" ValueType="{X509V3}"/>'
        "</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>%b%b</soapenv:Header>%b"
        "</soapenv:Envelope>"
    ).encode()


def _signed_info(algorithm: str) -> bytes:
    """SignedInfo around the digests of the four parts."""
    return (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXC_C14N}">'
        f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>'
        f"{_REFERENCES}</ds:SignedInfo>"
    ).encode()


def _instant(moment: datetime) -> bytes:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
