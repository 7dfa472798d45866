"""Signing messages as a source does: WS-Security with an X.509 token, exclusive canonical form, SHA-256."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from mocks.soap import (
    BASE64,
    DS,
    ECDSA_SHA256,
    EXC_C14N,
    ID,
    RSA_SHA256,
    SHA256,
    SOAP,
    WSA,
    WSSE,
    WSU,
    X509V3,
    Envelope,
)

LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A certificate and its key, ready to sign."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @classmethod
    def load(cls, certificate: Path, key: Path) -> Signer:
        """From two PEM files. Raises OSError, or ValueError when they hold something else."""
        secret = serialization.load_pem_private_key(key.read_bytes(), None)
        if not isinstance(secret, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise ValueError(f"{key}: only RSA and elliptic curve keys can sign")
        return cls(x509.load_pem_x509_certificate(certificate.read_bytes()), secret)

    def impostor(self) -> Signer:
        """Another key under the same name, certified by nobody but itself."""
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
        if isinstance(self.key, rsa.RSAPrivateKey):
            key = rsa.generate_private_key(65537, 2048)
        else:
            key = ec.generate_private_key(ec.SECP256R1())
        real = self.certificate
        builder = (
            x509.CertificateBuilder()
            .subject_name(real.subject)
            .issuer_name(real.issuer)
            .serial_number(real.serial_number)
            .public_key(key.public_key())
            .not_valid_before(real.not_valid_before_utc)
            .not_valid_after(real.not_valid_after_utc)
        )
        return Signer(builder.sign(key, hashes.SHA256()), key)


def sign(message: Envelope, signer: Signer, created: datetime) -> None:
    """Add the security header and sign Body, Timestamp, MessageID and, where there is one, RelatesTo.

    The message is good for LIFE from `created`. Changes `message`; after it only `to_bytes` may follow.
    """
    security = etree.Element(f"{{{WSSE}}}Security", nsmap={"wsse": WSSE})
    security.set(f"{{{SOAP}}}mustUnderstand", "1")
    message.header.insert(0, security)
    token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken")
    token.set("ValueType", X509V3)
    token.set("EncodingType", BASE64)
    token.text = base64.b64encode(signer.certificate.public_bytes(serialization.Encoding.DER)).decode()
    stamp = timestamp(created)
    security.append(stamp)
    parts = [message.body, stamp, *message.header.findall(f"{{{WSA}}}*")]
    for part in (token, *parts):
        part.set(ID, f"id-{uuid4()}")
    signature = _template(signer, parts, token)
    security.append(signature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(_pem(signer), xmlsec.constants.KeyDataFormatPem)
    for part in parts:
        context.register_id(part, "Id", WSU)
    context.sign(signature)


def timestamp(created: datetime) -> etree._Element:
    """A Timestamp from `created` for LIFE."""
    stamp = etree.Element(f"{{{WSU}}}Timestamp", nsmap={"wsu": WSU})
    for name, moment in (("Created", created), ("Expires", created + LIFE)):
        text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        etree.SubElement(stamp, f"{{{WSU}}}{name}").text = text
    return stamp


def _template(signer: Signer, parts: Sequence[etree._Element], token: etree._Element) -> etree._Element:
    """A Signature whose digests and value are still empty."""
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
    etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXC_C14N)
    method = RSA_SHA256 if isinstance(signer.key, rsa.RSAPrivateKey) else ECDSA_SHA256
    etree.SubElement(info, f"{{{DS}}}SignatureMethod", Algorithm=method)
    for part in parts:
        reference = etree.SubElement(info, f"{{{DS}}}Reference", URI=f"#{part.get(ID)}")
        transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=EXC_C14N)
        etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=SHA256)
        etree.SubElement(reference, f"{{{DS}}}DigestValue")
    etree.SubElement(signature, f"{{{DS}}}SignatureValue")
    key_info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
    pointer = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse": WSSE})
    etree.SubElement(pointer, f"{{{WSSE}}}Reference", URI=f"#{token.get(ID)}", ValueType=X509V3)
    return signature


def _pem(signer: Signer) -> bytes:
    return signer.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
