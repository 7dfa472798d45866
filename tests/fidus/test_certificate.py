"""What makes a certificate unfit for ever, whatever the day."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from fidus.certificate import read_certificate, spki_sha256
from fidus.errors import IdentityReason, IdentityRejected
from fidus.issuers import Issuers
from tests.fidus.lists import ANY, CLIENT, Revoker, usage

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ISSUER = Revoker(NOW)
ISSUERS = Issuers((ISSUER.certificate,))
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
KEY = ec.generate_private_key(ec.SECP256R1())
UNKNOWN = x509.UnrecognizedExtension(ANY, b"\x05\x00")


def made(
    public: Any = None,
    *extensions: tuple[x509.ExtensionType, bool],
    signer: Any = ISSUER.key,
) -> bytes:
    """A certificate, DER, with these extensions (critical or not)."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(ISSUER.name)
        .public_key(public or KEY.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(CLIENT, critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def fault(der: bytes) -> IdentityReason | None:
    return read_certificate(der, ISSUERS).fault


STRONG: dict[str, Any] = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "brainpool": ec.generate_private_key(ec.BrainpoolP256R1()),
    "RSA 2048": rsa.generate_private_key(65537, 2048),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "Ed448": ed448.Ed448PrivateKey.generate(),
}
WEAK = {
    "P-192": ec.generate_private_key(ec.SECP192R1()),
    "RSA 1024": rsa.generate_private_key(65537, 1024),
    "DSA": dsa.generate_private_key(2048),
}


@pytest.mark.parametrize("key", STRONG.values(), ids=STRONG)
def test_a_key_of_today_is_taken(key: Any) -> None:
    assert fault(made(key.public_key())) is None


@pytest.mark.parametrize("key", WEAK.values(), ids=WEAK)
def test_a_weak_key_is_not(key: Any) -> None:
    assert fault(made(key.public_key())) is IdentityReason.WEAK_CRYPTOGRAPHY


def test_a_signature_over_a_broken_hash_is_not() -> None:
    """The library makes none: a good one is told so, and signed anew."""
    key = STRONG["RSA 2048"]
    good = x509.load_der_x509_certificate(made(signer=key))
    sha256_rsa, sha1_rsa = (bytes.fromhex(f"2a864886f70d0101{last}") for last in ("0b", "05"))
    signed = good.tbs_certificate_bytes.replace(sha256_rsa, sha1_rsa)
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA1())
    der = good.public_bytes(Encoding.DER).replace(sha256_rsa, sha1_rsa).replace(good.signature, signature)
    assert isinstance(x509.load_der_x509_certificate(der).signature_hash_algorithm, hashes.SHA1)
    assert fault(der) is IdentityReason.WEAK_CRYPTOGRAPHY


@pytest.mark.parametrize(
    ("extension", "critical", "why"),
    [
        (usage("digital_signature"), True, None),
        (usage("digital_signature", "key_encipherment"), False, None),
        (usage("key_encipherment"), True, IdentityReason.NOT_FOR_CLIENT_AUTH),
        (usage("key_cert_sign", "crl_sign"), False, IdentityReason.NOT_FOR_CLIENT_AUTH),
        (x509.BasicConstraints(ca=False, path_length=None), True, None),
        (x509.SubjectAlternativeName([x509.DNSName("client.example")]), True, None),
        (UNKNOWN, False, None),
        (UNKNOWN, True, IdentityReason.UNKNOWN_CRITICAL),
        (x509.NameConstraints([x509.DNSName("example")], None), True, IdentityReason.UNKNOWN_CRITICAL),
    ],
)
def test_what_an_extension_means(
    extension: x509.ExtensionType, critical: bool, why: IdentityReason | None
) -> None:
    assert fault(made(None, (extension, critical))) is why


def test_a_key_is_named_by_the_digest_of_its_public_half() -> None:
    spki = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    read = read_certificate(made(), ISSUERS)
    assert read.spki_sha256 == spki_sha256(read.certificate) == b64encode(sha256(spki).digest()).decode()
    assert read.issuers == (ISSUER.certificate,)


def point(*names: x509.GeneralName) -> x509.DistributionPoint:
    return x509.DistributionPoint(names or None, None, None, None if names else [x509.DirectoryName(NAME)])


def test_where_revocations_are_published_is_read() -> None:
    url = x509.UniformResourceIdentifier
    points = x509.CRLDistributionPoints(
        [
            point(url("http://crl.example/1"), x509.DirectoryName(NAME)),
            point(),
            point(url("ldap://crl.example")),
        ]
    )
    read = read_certificate(made(None, (points, False)), ISSUERS)
    assert read.points == {"http://crl.example/1", "ldap://crl.example"}
    assert read_certificate(made(), ISSUERS).points == frozenset()


def unreadable(der: bytes) -> bool:
    with pytest.raises(IdentityRejected) as refused:
        read_certificate(der, ISSUERS)
    return refused.value.reason is IdentityReason.UNREADABLE


def test_a_signature_that_claims_unused_bits_is_not_read() -> None:
    """It is whole octets (RFC 5280, 4.1.1.3); with the last bit 0, readers take it for the same signature."""
    der = next(one for one in iter(made, b"") if not one[-1] & 1)
    place = len(der) - len(x509.load_der_x509_certificate(der).signature) - 1
    assert der[place] == 0
    assert unreadable(der[:place] + b"\x01" + der[place + 1 :])


def test_a_name_of_bits_is_not_read() -> None:
    der = made()
    assert der.count(b"\x0c\x06client") == 1
    assert unreadable(der.replace(b"\x0c\x06client", b"\x03\x06\x00lient"))
