"""A source's side in small: certificates, and answers signed by xmlsec itself rather than by our code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from uuid import uuid4

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters._lib.keys import ExpectedSigner
from adapters._lib.signing import verify_envelope

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{OASIS}wssecurity-secext-1.0.xsd", f"{OASIS}wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
NS = {"soap": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU, "ds": DS}
PARTS = ("body-1", "time-1", "message-1", "relates-1")

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


@dataclass
class Certificates:
    """Makes self-signed certificates, good for TLS on loopback and for signing; each name once."""

    folder: Path
    made: dict[str, Pair] = field(default_factory=dict)

    def get(
        self,
        name: str,
        make: Callable[[], PrivateKey] = lambda: rsa.generate_private_key(65537, 2048),
        *,
        starts: timedelta = timedelta(days=-1),
        ends: timedelta = timedelta(days=1),
    ) -> Pair:
        if name not in self.made:
            self.made[name] = self._write(name, make(), datetime.now(UTC) + starts, datetime.now(UTC) + ends)
        return self.made[name]

    def elliptic(self, name: str = "elliptic") -> Pair:
        return self.get(name, lambda: ec.generate_private_key(ec.SECP256R1()))

    def _write(self, name: str, key: PrivateKey, starts: datetime, ends: datetime) -> Pair:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
        )
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pair = Pair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return pair


def wsu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Forge:
    """Writes answers, honest and forged. What it signs, xmlsec signs."""

    SOAP, WSSE, WSU, DS, NS, PARTS = SOAP, WSSE, WSU, DS, NS, PARTS
    ASKED = "urn:uuid:0a7f6c1e-0000-4000-8000-000000000001"

    def __init__(self, certificates: Certificates) -> None:
        self.certificates = certificates

    def unsigned(
        self,
        relates_to: str = ASKED,
        content: str = "<n:said xmlns:n='urn:said'>yes</n:said>",
        *,
        created: datetime | None = None,
        expires: datetime | None = None,
    ) -> etree._Element:
        """An answer with ids and without Signature. Prefixes are declared at the root, as others do."""
        begins = datetime.now(UTC) if created is None else created
        ends = begins + timedelta(minutes=5) if expires is None else expires
        declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        return etree.fromstring(
            f"<soap:Envelope {declared}><soap:Header>"
            f'<wsa:MessageID wsu:Id="message-1">urn:uuid:{uuid4()}</wsa:MessageID>'
            f'<wsa:RelatesTo wsu:Id="relates-1">{relates_to}</wsa:RelatesTo>'
            f'<wsse:Security soap:mustUnderstand="1"><wsu:Timestamp wsu:Id="time-1">'
            f"<wsu:Created>{wsu(begins)}</wsu:Created><wsu:Expires>{wsu(ends)}</wsu:Expires></wsu:Timestamp>"
            f'</wsse:Security></soap:Header><soap:Body wsu:Id="body-1">{content}</soap:Body></soap:Envelope>'
        )

    def sign(
        self,
        root: etree._Element,
        pair: Pair | None = None,
        *,
        parts: Sequence[str] = PARTS,
        method: object = None,
        digest: object = xmlsec.constants.TransformSha256,
        transform: object = xmlsec.constants.TransformExclC14N,
        c14n: object = xmlsec.constants.TransformExclC14N,
        prefixes: str | None = None,
    ) -> etree._Element:
        """Put a Signature over the parts with these ids into the (first) Security, and give the root."""
        signer = pair or self.certificates.get("source")
        key = xmlsec.Key.from_file(str(signer.key), xmlsec.constants.KeyDataFormatPem)
        if method is None:
            rsa_key = b"BEGIN" in signer.key.read_bytes() and signer.key.stat().st_size > 1000
            constants = xmlsec.constants
            method = constants.TransformRsaSha256 if rsa_key else constants.TransformEcdsaSha256
        signature = xmlsec.template.create(root, c14n, method, ns="ds")  # type: ignore[arg-type]
        if prefixes is not None:
            _prefix_list(signature.find("ds:SignedInfo/ds:CanonicalizationMethod", NS), prefixes)
        for part in parts:
            reference = xmlsec.template.add_reference(signature, digest, uri=f"#{part}")  # type: ignore[arg-type]
            added = xmlsec.template.add_transform(reference, transform)  # type: ignore[arg-type]
            if prefixes is not None:
                _prefix_list(added, prefixes)
        security = root.find(".//wsse:Security", NS)
        assert security is not None
        security.append(signature)
        context = xmlsec.SignatureContext()
        context.key = key
        for element in root.iter():
            if element.get(f"{{{WSU}}}Id") in parts:
                context.register_id(element, "Id", WSU)
        context.sign(signature)
        return etree.fromstring(etree.tostring(root))  # xmlsec's own elements escape lxml's search by name

    def answer(self, relates_to: str = ASKED, content: str | None = None, pair: Pair | None = None) -> bytes:
        """An honest signed answer."""
        root = self.unsigned(relates_to) if content is None else self.unsigned(relates_to, content)
        return etree.tostring(self.sign(root, pair))

    def signer(self) -> ExpectedSigner:
        """Who is expected where nothing else is said."""
        return ExpectedSigner.load("register", (self.certificates.get("source").certificate,))

    def verify(self, raw: bytes | etree._Element, signer: ExpectedSigner | None = None) -> str | None:
        """Verify an answer to ASKED as of now, and give what the trusted Body says."""
        text = raw if isinstance(raw, bytes) else etree.tostring(raw)
        body = verify_envelope(
            text, signer=signer or self.signer(), relates_to=self.ASKED, now=datetime.now(UTC)
        )
        return body.findtext("{urn:said}said")


def _prefix_list(element: etree._Element | None, prefixes: str) -> None:
    assert element is not None
    exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    etree.SubElement(element, f"{{{exclusive}}}InclusiveNamespaces", PrefixList=prefixes)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def forge(certificates: Certificates) -> Forge:
    return Forge(certificates)
