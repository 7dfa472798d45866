"""A hub in small, of another hand than the mocks': questions signed by xmlsec's templates, real sockets."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from mocks.national_register.server import NationalRegister, national_register
from mocks.population import population
from mocks.running import Listening, serving

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{OASIS}wssecurity-secext-1.0.xsd", f"{OASIS}wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
NS = {
    "soap": SOAP,
    "wsa": WSA,
    "wsse": WSSE,
    "wsu": WSU,
    "ds": DS,
    "intf": "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2",
    "rn": "http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema",
}
ACTION = '"http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI"'
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ACTION}

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def write_pair(folder: Path, name: str, key: Key, *, days: int = 1) -> None:
    """A self-signed certificate and its key as `name.crt` and `name.key`."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .serial_number(x509.random_serial_number())
        .public_key(key.public_key())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
    )
    made = builder.sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(secret)


@dataclass(frozen=True)
class Question:
    """A question in the making; each field is one thing that a test may want otherwise."""

    number: str
    signer: Path
    language: str | None = None
    history: bool | None = None
    message_id: str = field(default_factory=lambda: f"urn:uuid:{uuid4()}")
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    life: timedelta = timedelta(minutes=5)
    method: str = "RsaSha256"
    digest: str = "Sha256"
    signed: tuple[str, ...] = ("body-1", "time-1", "message-1")
    change: Callable[[etree._Element], None] = lambda root: None
    after: Callable[[etree._Element], None] = lambda root: None

    def content(self) -> str:
        language = "" if self.language is None else f"<language>{self.language}</language>"
        history = "" if self.history is None else f"<history>{str(self.history).lower()}</history>"
        return (
            f'<q:retrieveTIGroupsRequest xmlns:q="{NS["intf"]}"><informationCustomer><ticket>t-1</ticket>'
            "<customerIdentification><cbeNumber>0206731645</cbeNumber></customerIdentification>"
            "</informationCustomer><legalContext>FIDUS</legalContext><searchInformation>"
            f"<ssin>{self.number}</ssin>{language}{history}</searchInformation></q:retrieveTIGroupsRequest>"
        )

    def bytes(self) -> bytes:
        """The signed message. `change` acts before signing, `after` after it."""
        certificate = x509.load_pem_x509_certificate(self.signer.with_suffix(".crt").read_bytes())
        token = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
        start, end = (
            moment.isoformat(timespec="seconds").replace("+00:00", "Z")
            for moment in (self.created, self.created + self.life)
        )
        root = etree.fromstring(
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:u="{WSU}" xmlns:a="{WSA}"><s:Header>'
            f'<a:MessageID u:Id="message-1">{self.message_id}</a:MessageID>'
            f'<w:Security xmlns:w="{WSSE}" s:mustUnderstand="1"><w:BinarySecurityToken u:Id="token-1"'
            f' ValueType="{OASIS}x509-token-profile-1.0#X509v3"'
            f' EncodingType="{OASIS}soap-message-security-1.0#Base64Binary">{token}</w:BinarySecurityToken>'
            f'<u:Timestamp u:Id="time-1"><u:Created>{start}</u:Created><u:Expires>{end}</u:Expires>'
            f"</u:Timestamp></w:Security></s:Header>"
            f'<s:Body u:Id="body-1">{self.content()}</s:Body></s:Envelope>'
        )
        security = root.find("soap:Header/wsse:Security", NS)
        assert security is not None
        self.change(root)
        self._sign(root, security)
        self.after(root)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _sign(self, root: etree._Element, security: etree._Element) -> None:
        signature = xmlsec.template.create(
            root,
            xmlsec.constants.TransformExclC14N,
            getattr(xmlsec.constants, f"Transform{self.method}"),
            ns="ds",
        )
        security.append(signature)
        for name in self.signed:
            reference = xmlsec.template.add_reference(
                signature, getattr(xmlsec.constants, f"Transform{self.digest}"), uri=f"#{name}"
            )
            xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        info = xmlsec.template.ensure_key_info(signature)
        pointer = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(pointer, f"{{{WSSE}}}Reference", URI="#token-1")
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(self.signer.with_suffix(".key"), xmlsec.constants.KeyDataFormatPem)
        for node in root.iter("*"):
            if node.get(f"{{{WSU}}}Id") is not None:
                context.register_id(node, "Id", WSU)
        context.sign(signature)


@dataclass(frozen=True)
class Got:
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.body)

    def text(self, path: str) -> str | None:
        return self.root.findtext(path, None, NS)

    def all(self, path: str) -> list[str | None]:
        return [node.text for node in self.root.iterfind(path, NS)]


class Running:
    """A mock on real ports, in a thread of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.people = population()
        self.source: NationalRegister = national_register(home, self.people)
        self.ready: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        self._loop.close()

    async def _serve(self) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pki = self.home / "pki"
        tls.load_cert_chain(pki / "national-register.crt", pki / "national-register.key")
        async with serving(self.source, Listening(tls)) as ready:
            self.ready = ready
            self._started.set()
            await self._stop.wait()

    def question(self, number: str, **changes: Any) -> Question:
        """A right question by the hub, changed in these ways."""
        return replace(Question(number, self.home / "pki" / "hub-sign"), **changes)

    def connect(self, timeout_s: float = 10) -> http.client.HTTPSConnection:
        tls = ssl.create_default_context(cafile=str(self.home / "pki" / "national-register.crt"))
        port = urlsplit(self.ready["url"]).port
        return http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout_s, context=tls)

    def post(self, body: bytes, *, method: str = "POST", headers: dict[str, str] | None = None) -> Got:
        """Send these bytes to the source."""
        connection = self.connect()
        try:
            connection.request(method, urlsplit(self.ready["url"]).path, body, headers or HEADERS)
            answer = connection.getresponse()
            return Got(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def ask(self, number: str, **changes: Any) -> Got:
        return self.post(self.question(number, **changes).bytes())

    def control(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """A call to the control port; what it answers, from JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.ready["faults"]).port, timeout=10)
        try:
            raw = body if isinstance(body, bytes) or body is None else json.dumps(body)
            connection.request(method, path, raw)
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
            return answer.status, json.loads(text) if is_json else text.decode()
        finally:
            connection.close()

    def misbehave(self, **fault: Any) -> None:
        status, _ = self.control("PUT", "/faults", fault)
        assert status == 200

    def verifies(self, got: Got, certificate: str = "national-register-sign") -> bool:
        """Whether the Signature of an answer is right by this key; it says nothing of what it covers."""
        root = got.root
        signature = root.find(".//ds:Signature", NS)
        assert signature is not None
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(
            self.home / "pki" / f"{certificate}.crt", xmlsec.constants.KeyDataFormatCertPem
        )
        for node in root.iter("*"):
            if node.get(f"{{{WSU}}}Id") is not None:
                context.register_id(node, "Id", WSU)
        try:
            context.verify(signature)
        except xmlsec.Error:
            return False
        return True


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with all key material of the National Register, and a stranger's key."""
    folder = tmp_path_factory.mktemp("home")
    pki = folder / "pki"
    pki.mkdir()
    write_pair(pki, "national-register", ec.generate_private_key(ec.SECP256R1()))
    write_pair(pki, "national-register-sign", rsa.generate_private_key(65537, 2048))
    write_pair(pki, "div-sign", ec.generate_private_key(ec.SECP256R1()))
    write_pair(pki, "hub-sign", rsa.generate_private_key(65537, 2048))
    for name, days in (("second-hub-sign", 1), ("former-hub-sign", -1), ("stranger", 1)):
        write_pair(pki, name, ec.generate_private_key(ec.SECP256R1()), days=days)
    write_pair(pki, "short", rsa.generate_private_key(65537, 1024))
    with (pki / "hub-sign.crt").open("ab") as known:
        for name in ("second-hub-sign", "former-hub-sign"):
            known.write((pki / f"{name}.crt").read_bytes())
    return folder


@pytest.fixture(scope="session")
def running(home: Path) -> Iterator[Running]:
    """One mock for all tests; use `mock`, which begins without faults."""
    mock = Running(home)
    mock.start()
    yield mock
    mock.stop()


@pytest.fixture
def mock(running: Running) -> Running:
    running.source.faults.clear()
    return running


@pytest.fixture(scope="session")
def has_port() -> Callable[[str], bool]:
    """Whether something listens at an address of a ready line."""

    def look(url: str) -> bool:
        parts = urlsplit(url)
        try:
            with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2):
                return True
        except OSError:
            return False

    return look
