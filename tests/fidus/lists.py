"""Issuers that revoke, for tests: certificates and lists, right ones and wrong ones of every kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
ANY = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")  # an extension that nobody knows


def usage(*names: str) -> x509.KeyUsage:
    """A key usage of these and no other."""
    return x509.KeyUsage(**{name: name in names for name in USAGES})


def point(**members: Any) -> x509.IssuingDistributionPoint:
    """What a list says about itself; whole and direct unless told otherwise. `urls`: its addresses."""
    urls = members.pop("urls", None)
    names = None if urls is None else [x509.UniformResourceIdentifier(url) for url in urls]
    flags = dict.fromkeys(
        ("only_contains_user_certs", "only_contains_ca_certs", "only_contains_attribute_certs"), False
    )
    rest = {"relative_name": None, "only_some_reasons": None, "indirect_crl": False}
    return x509.IssuingDistributionPoint(**({"full_name": names} | flags | rest | members))


def entry(
    serial: int, at: datetime, *extensions: x509.ExtensionType, critical: bool = False
) -> x509.RevokedCertificate:
    """One revoked certificate."""
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.build()


@dataclass
class Revoker:
    """An issuer with its key. `usages`: of its key; None leaves the extension out."""

    at: datetime
    title: str = "Registered"
    usages: tuple[str, ...] | None = ("key_cert_sign", "crl_sign")
    names_key: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.title)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - timedelta(days=999))
            .not_valid_after(self.at + timedelta(days=999))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        )
        if self.names_key:
            named = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
            builder = builder.add_extension(named, critical=False)
        if self.usages is not None:
            builder = builder.add_extension(usage(*self.usages), critical=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def crl(
        self,
        *revoked: int | x509.RevokedCertificate,
        number: int | None = 1,
        since: timedelta = timedelta(hours=1),
        lasts: timedelta | None = timedelta(days=7),
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
        names_key: ec.EllipticCurvePrivateKey | bool | None = None,
        signer: ec.EllipticCurvePrivateKey | None = None,
    ) -> bytes:
        """A list, DER. `since`: how long ago it was made; `lasts`: from now to the next update.

        `names_key`: the key in its identifier; its own by default, False leaves it out.
        """
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(self.at - since)
        builder = builder.next_update(self.at + (lasts or timedelta(days=1)))
        for one in revoked:
            made = entry(one, self.at - since) if isinstance(one, int) else one
            builder = builder.add_revoked_certificate(made)
        if names_key is not False:
            named = self.key if names_key in (None, True) else names_key
            assert isinstance(named, ec.EllipticCurvePrivateKey)
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(named.public_key())
            builder = builder.add_extension(identifier, critical=False)
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signer or self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def issue(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *extensions: x509.ExtensionType,
        until: timedelta = timedelta(days=100),
    ) -> x509.Certificate:
        """A client certificate."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - timedelta(days=100))
            .not_valid_after(self.at + until)
            .add_extension(CLIENT, critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())
