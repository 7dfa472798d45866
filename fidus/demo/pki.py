"""The development PKI of a demonstration: issuers, and the certificates of hub, sources and institutions.

Every issuer's name holds DEMONSTRATION, by which a hub recognises that it is not in production. Made once
per home and kept: a second start goes on with the same keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from audit.durable import write_file
from fidus.settings import DEMONSTRATION

_LIFE = timedelta(days=3650)
_LIST_LIFE = timedelta(days=365)  # a list is published anew at each start of a demonstration


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, as files and as objects."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def spki_sha256(certificate: x509.Certificate) -> bytes:
    """SHA-256 over the certificate's SubjectPublicKeyInfo, by which a key is enrolled."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(
        certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return digest.finalize()


class Pki:
    """All key material below one folder. Each `…` method gives what is there, or makes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, name: str, kind: str) -> Path:
        """Where the certificate (`crt`), key (`key`) or list (`crl`) of `name` lies."""
        return self.folder / f"{name}.{kind}"

    def issuer(self, name: str, title: str) -> Identity:
        """A self-signed issuer."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEMONSTRATION),
                x509.NameAttribute(NameOID.COMMON_NAME, title),
            ]
        )
        return self._load(name) or self._make(name, subject, None, self._elliptic(), ())

    def server(self, name: str, issuer: Identity) -> Identity:
        """A TLS server on loopback."""
        names = x509.SubjectAlternativeName(
            [
                x509.DNSName("localhost"),
                x509.IPAddress(IPv4Address("127.0.0.1")),
                x509.IPAddress(IPv6Address("::1")),
            ]
        )
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return self._load(name) or self._make(name, subject, issuer, self._elliptic(), (names, usage))

    def institution(self, name: str, number: str, title: str, issuer: Identity) -> Identity:
        """A client certificate that names the institution by its number (ETSI EN 319 412-1, §5.1.4)."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, title),
                x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRBE-{number}"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._load(name) or self._make(name, subject, issuer, self._elliptic(), (usage,))

    def signer(self, name: str, title: str, issuer: Identity, *, elliptic: bool = False) -> Identity:
        """A certificate for signing messages, RSA as the sources of today ask, or P-256."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
        makes_rsa = not elliptic and not self.path(name, "crt").exists()
        key = rsa.generate_private_key(65537, 2048) if makes_rsa else None
        return self._load(name) or self._make(name, subject, issuer, key, ())

    def revocations(self, name: str, issuer: Identity, *more: x509.Certificate) -> Path:
        """Publish, anew and under the next number, whom this issuer revoked: those of before, and `more`."""
        file, now = self.path(name, "crl"), datetime.now(UTC)
        before = x509.load_der_x509_crl(file.read_bytes()) if file.exists() else None
        public = issuer.certificate.public_key()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now)
            .next_update(now + _LIST_LIFE)
            .add_extension(x509.CRLNumber(1 if before is None else _number(before) + 1), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)  # type: ignore[arg-type] # P-256
        )
        for entry in before or ():
            builder = builder.add_revoked_certificate(entry)
        for certificate in more:
            revoked = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(revoked.revocation_date(now).build())
        made = builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        write_file(file, made)
        return file

    def password(self, name: str) -> Path:
        """The password of the account that the source `name` knows a demonstration's hub by: one line."""
        file = self.path(name, "password")
        if not file.exists():
            write_file(file, f"{secrets.token_urlsafe(24)}\n".encode(), 0o600)
        return file

    @staticmethod
    def _elliptic() -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    def _load(self, name: str) -> Identity | None:
        if not (self.path(name, "crt").exists() and self.path(name, "key").exists()):
            return None
        key = serialization.load_pem_private_key(self.path(name, "key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise TypeError("a demonstration key is P-256 or RSA")
        return Identity(x509.load_pem_x509_certificate(self.path(name, "crt").read_bytes()), key)

    def _make(
        self,
        name: str,
        subject: x509.Name,
        issuer: Identity | None,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None,
        extensions: Sequence[x509.ExtensionType],
    ) -> Identity:
        own = key if key is not None else self._elliptic()
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.certificate.subject)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + _LIFE)
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        )
        if issuer is None:
            builder = builder.add_extension(_certificates_only(), critical=True)
        else:
            builder = builder.add_extension(_key_of(issuer.certificate), critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        signer = own if issuer is None else issuer.key
        made = Identity(builder.sign(signer, hashes.SHA256()), own)
        self._write(name, made)
        return made

    def _write(self, name: str, made: Identity) -> None:
        secret = made.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key_file = self.path(name, "key")
        key_file.touch(mode=0o600)
        key_file.write_bytes(secret)
        self.path(name, "crt").write_bytes(made.certificate.public_bytes(serialization.Encoding.PEM))


def _number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _key_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Which key of the issuer signed. RFC 5280 wants it (§4.2.1.1), and so does Python from 3.13 on."""
    named = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named)


def _certificates_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
