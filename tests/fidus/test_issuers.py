"""Registered issuers: read from PEM, and recognised as a demonstration's or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fidus.issuers import Issuers, has_issued, is_valid, may_issue
from tests.fidus.lists import usage

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
CA, NO_CA = (x509.BasicConstraints(ca=ca, path_length=None) for ca in (True, False))


def issuer(
    organization: str,
    public: x25519.X25519PublicKey | None = None,
    common: str = "issuer",
    says: Sequence[x509.ExtensionType] = (CA,),
) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    for extension in says:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA256())


ONE, TWO = issuer("Sample DEMONSTRATION"), issuer("Sample", common="two")


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def test_a_bundle_keeps_its_order() -> None:
    assert Issuers.from_pem(pem(ONE, TWO)).certificates == (ONE, TWO)


@pytest.mark.parametrize("text", [b"", b"no certificate", pem(ONE)[:-60]], ids=["empty", "text", "cut"])
def test_a_bundle_without_a_whole_certificate_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Issuers.from_pem(text)


def test_of_several_issuers_the_one_that_signed_is_found() -> None:
    assert Issuers((TWO, ONE)).issued(ONE) == (ONE,)


def test_a_key_that_cannot_sign_issued_nothing() -> None:
    agreeing = issuer("Sample", x25519.X25519PrivateKey.generate().public_key(), "two")
    assert Issuers((agreeing,)).issued(TWO) == ()


@pytest.mark.parametrize(
    ("issuers", "are"),
    [((ONE,), True), ((ONE, TWO), False), ((TWO,), False)],
    ids=["all", "one-of-two", "none"],
)
def test_issuers_of_a_demonstration_all_name_it(issuers: tuple[x509.Certificate, ...], are: bool) -> None:
    assert Issuers(issuers).are_all_of("Sample DEMONSTRATION") is are


@pytest.mark.parametrize(
    ("seconds", "valid"), [(-1, False), (0, True), (86_400, True), (86_401, False)], ids=str
)
def test_validity_includes_both_ends(seconds: int, valid: bool) -> None:
    assert is_valid(ONE, NOW + timedelta(seconds=seconds)) is valid


@pytest.mark.parametrize(
    ("says", "may"),
    [
        ((CA,), True),
        ((CA, usage("key_cert_sign")), True),
        ((), False),
        ((NO_CA,), False),
        ((CA, usage("crl_sign", "digital_signature")), False),
        ((usage("key_cert_sign"),), False),
    ],
    ids=["silent on its key", "as it should", "nothing", "no issuer", "signs other things", "key only"],
)
def test_who_does_not_say_that_it_issues_certificates_issued_none(
    says: Sequence[x509.ExtensionType], may: bool
) -> None:
    made = issuer("Sample", says=says)
    assert (may_issue(made), has_issued(made, made)) == (may, may)
