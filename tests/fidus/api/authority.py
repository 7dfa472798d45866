"""Certificates of all kinds for clients and servers on loopback, by an issuer of our own."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)
LOOPBACK = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])


@dataclass
class Certificate:
    """A key with its certificate in files, and as it is enrolled."""

    key: ec.EllipticCurvePrivateKey
    files: tuple[Path, Path]

    @property
    def enrolled(self) -> str:
        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b64encode(sha256(spki).digest()).decode()


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path, title: str) -> None:
        self._folder, self._title = folder, title
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
        self.pem = self._sign(name, self._key, True, NOW + timedelta(days=30)).public_bytes(Encoding.PEM)
        self.file = folder / f"{title}.crt"
        self.file.write_bytes(self.pem)

    def issue(
        self, title: str, *, number: str | None = None, until: datetime = NOW + timedelta(days=30)
    ) -> Certificate:
        """For a client with an enterprise number, or a server on loopback."""
        key = ec.generate_private_key(ec.SECP256R1())
        numbers = [] if number is None else [f"NTRBE-{number}"]
        names = [x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, one) for one in numbers]
        names.append(x509.NameAttribute(NameOID.COMMON_NAME, title))
        made = self._sign(x509.Name(names), key, False, until)
        files = (self._folder / f"{title}.crt", self._folder / f"{title}.key")
        files[0].write_bytes(made.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Certificate(key, files)

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, is_issuer: bool, until: datetime
    ) -> x509.Certificate:
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._title)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=30))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=is_issuer, path_length=None), critical=True)
            .add_extension(LOOPBACK, critical=False)
        )
        if not is_issuer:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        return builder.sign(self._key, hashes.SHA256())
