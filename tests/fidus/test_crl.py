"""Lists of revoked certificates: what is taken, and each kind that is not, by its fault."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from fidus.crl import CLOCKS_DIFFER, CrlFault, CrlInvalid, read_crl
from tests.fidus.lists import ANY, Revoker, entry, point

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ISSUER = Revoker(NOW)
OTHER = ec.generate_private_key(ec.SECP256R1())
GOOD = ISSUER.crl(7, 11, number=42)
UNKNOWN = x509.UnrecognizedExtension(ANY, b"\x05\x00")


def fault(data: bytes, issuer: Revoker = ISSUER, at: datetime = NOW) -> CrlFault:
    with pytest.raises(CrlInvalid) as refused:
        read_crl(data, issuer.certificate, at)
    assert str(refused.value) == refused.value.fault
    return refused.value.fault


def test_a_good_list_says_whom_it_revokes_and_until_when_it_serves() -> None:
    crl = read_crl(GOOD, ISSUER.certificate, NOW)
    assert (crl.number, crl.points, crl.der) == (42, None, GOOD)
    assert crl.revoked == {7, 11}
    assert (crl.this_update, crl.next_update) == (NOW - timedelta(hours=1), NOW + timedelta(days=7))


def test_pem_is_read_too() -> None:
    text = b"-----BEGIN X509 CRL-----\n" + encodebytes(GOOD) + b"-----END X509 CRL-----\n"
    assert read_crl(text, ISSUER.certificate, NOW).der == GOOD


def test_entries_with_reasons_are_all_revoked_those_on_hold_too() -> None:
    """Of entries nobody asks why: who is on hold today is not taken today."""
    reasons = (x509.ReasonFlags.certificate_hold, x509.ReasonFlags.key_compromise)
    entries = [entry(serial, NOW, x509.CRLReason(reason)) for serial, reason in enumerate(reasons, 1)]
    since = entry(3, NOW, x509.InvalidityDate(NOW.replace(tzinfo=None)), UNKNOWN)
    assert read_crl(ISSUER.crl(*entries, since), ISSUER.certificate, NOW).revoked == {1, 2, 3}


@pytest.mark.parametrize(
    ("about", "points"),
    [
        (point(only_contains_user_certs=True), None),
        (point(urls=["http://crl.example/1"]), {"http://crl.example/1"}),
        (
            point(urls=["http://crl.example/1", "http://crl.example/2"]),
            {f"http://crl.example/{n}" for n in (1, 2)},
        ),
    ],
    ids=["users", "one address", "two addresses"],
)
def test_a_list_may_be_bound_to_addresses(about: x509.ExtensionType, points: set[str] | None) -> None:
    assert read_crl(ISSUER.crl(extensions=[(about, True)]), ISSUER.certificate, NOW).points == points


def test_an_issuer_that_says_little_of_its_key_may_sign() -> None:
    silent = Revoker(NOW, usages=None, names_key=False)
    assert read_crl(silent.crl(1), silent.certificate, NOW).revoked == {1}


def test_extensions_that_are_not_critical_do_not_matter() -> None:
    freshest = x509.FreshestCRL(
        [
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier("http://crl.example/delta")], None, None, None
            )
        ]
    )
    data = ISSUER.crl(extensions=[(UNKNOWN, False), (freshest, False)])
    assert read_crl(data, ISSUER.certificate, NOW).number == 1


ECDSA_SHA256, ECDSA_SHA1 = bytes.fromhex("300a06082a8648ce3d040302"), bytes.fromhex("300906072a8648ce3d0401")


def sequence(content: bytes) -> bytes:
    """A DER sequence of less than 256 bytes."""
    return (
        b"\x30" + (bytes([len(content)]) if len(content) < 128 else b"\x81" + bytes([len(content)])) + content
    )


def retold(before: bytes, after: bytes, algorithm: bytes = ECDSA_SHA256) -> bytes:
    """The good list with one part of what is signed replaced, signed anew, for what the library refuses to
    make. It says of its signature what `algorithm` says."""
    tbs = x509.load_der_x509_crl(GOOD).tbs_certlist_bytes
    assert (tbs[:2], tbs.count(before)) == (b"\x30\x81", 1)
    told = sequence(tbs[3:].replace(before, after))
    signature = ISSUER.key.sign(told, ec.ECDSA(hashes.SHA256()))
    return sequence(told + algorithm + b"\x03" + bytes([len(signature) + 1, 0]) + signature)


def sha1_list() -> bytes:
    return retold(ECDSA_SHA256, ECDSA_SHA1, ECDSA_SHA1)


def without_next_update() -> bytes:
    return retold(b"\x17\x0d" + (NOW + timedelta(days=7)).strftime("%y%m%d%H%M%SZ").encode(), b"")


def other(**change: Any) -> bytes:
    return ISSUER.crl(7, **change)


REFUSED: list[Any] = [
    pytest.param(lambda: b"", CrlFault.UNREADABLE, id="empty"),
    pytest.param(lambda: GOOD[:-1], CrlFault.UNREADABLE, id="cut"),
    pytest.param(lambda: GOOD + b"\0", CrlFault.UNREADABLE, id="more-behind"),
    pytest.param(lambda: b"<html>moved</html>", CrlFault.UNREADABLE, id="a-page"),
    pytest.param(
        lambda: ISSUER.certificate.public_bytes(Encoding.DER), CrlFault.UNREADABLE, id="certificate"
    ),
    pytest.param(lambda: Revoker(NOW, "Another").crl(7), CrlFault.ANOTHER_ISSUER, id="another-issuer"),
    pytest.param(lambda: other(signer=OTHER), CrlFault.BAD_SIGNATURE, id="another-signer"),
    pytest.param(lambda: Revoker(NOW).crl(7), CrlFault.BAD_SIGNATURE, id="namesake"),
    pytest.param(sha1_list, CrlFault.WEAK_SIGNATURE, id="sha1"),
    pytest.param(lambda: other(names_key=OTHER), CrlFault.ANOTHER_KEY, id="another-key-named"),
    pytest.param(lambda: other(names_key=False), CrlFault.NO_KEY_IDENTIFIER, id="no-key-named"),
    pytest.param(without_next_update, CrlFault.NO_NEXT_UPDATE, id="no-next-update"),
    pytest.param(lambda: other(number=None), CrlFault.NO_NUMBER, id="no-number"),
    pytest.param(
        lambda: other(since=-CLOCKS_DIFFER - timedelta(seconds=1)), CrlFault.NOT_BEGUN, id="from-tomorrow"
    ),
    pytest.param(lambda: other(extensions=[(x509.DeltaCRLIndicator(1), True)]), CrlFault.DELTA, id="delta"),
    pytest.param(
        lambda: other(extensions=[(x509.DeltaCRLIndicator(1), False)]), CrlFault.DELTA, id="shy-delta"
    ),
    pytest.param(
        lambda: ISSUER.crl(entry(1, NOW, x509.CRLReason(x509.ReasonFlags.remove_from_crl))),
        CrlFault.DELTA,
        id="removal-of-an-entry",
    ),
    pytest.param(
        lambda: other(extensions=[(point(indirect_crl=True), True)]), CrlFault.INDIRECT, id="indirect"
    ),
    pytest.param(
        lambda: ISSUER.crl(
            entry(1, NOW, x509.CertificateIssuer([x509.DirectoryName(ISSUER.name)]), critical=True)
        ),
        CrlFault.INDIRECT,
        id="entry-of-another-issuer",
    ),
    *(
        pytest.param(
            lambda said=said: other(extensions=[(point(**said), True)]), CrlFault.PARTIAL, id=next(iter(said))
        )
        for said in (
            {"only_contains_ca_certs": True},
            {"only_contains_attribute_certs": True},
            {"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})},
            {"relative_name": x509.RelativeDistinguishedName(list(ISSUER.name))},
        )
    ),
    pytest.param(
        lambda: other(extensions=[(UNKNOWN, True)]), CrlFault.UNKNOWN_CRITICAL, id="unknown-critical"
    ),
    pytest.param(
        lambda: ISSUER.crl(entry(1, NOW, UNKNOWN, critical=True)),
        CrlFault.UNKNOWN_CRITICAL,
        id="unknown-critical-in-an-entry",
    ),
]


@pytest.mark.parametrize(("make", "why"), REFUSED)
def test_refused(make: Callable[[], bytes], why: CrlFault) -> None:
    assert fault(make()) is why


def test_an_issuer_whose_key_may_sign_certificates_only_signs_no_list() -> None:
    one = Revoker(NOW, usages=("key_cert_sign",))
    assert fault(one.crl(7), one) is CrlFault.ISSUER_MAY_NOT_SIGN


def test_a_key_that_can_sign_nothing_signed_no_list() -> None:
    public = x25519.X25519PrivateKey.generate().public_key()
    builder = x509.CertificateBuilder().subject_name(ISSUER.name).issuer_name(ISSUER.name).public_key(public)
    builder = builder.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    with pytest.raises(CrlInvalid, match="unreadable"):
        read_crl(GOOD, builder.sign(ISSUER.key, hashes.SHA256()), NOW)


def test_an_issuers_clock_may_be_a_little_ahead() -> None:
    assert read_crl(other(since=-CLOCKS_DIFFER), ISSUER.certificate, NOW).revoked == {7}


def test_an_ended_list_is_read_as_it_still_says_who_was_revoked() -> None:
    ended = other(since=timedelta(days=9), lasts=-timedelta(days=8))
    assert read_crl(ended, ISSUER.certificate, NOW).revoked == {7}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"number": 42}, False),
        ({"number": 43}, False),
        ({"number": 41}, True),
        ({"number": 43, "since": timedelta(hours=2)}, True),
        ({"number": 41, "since": timedelta(0)}, True),
    ],
    ids=["same", "newer", "older number", "older moment", "older number, newer moment"],
)
def test_an_older_list_never_follows(change: dict[str, Any], refused: bool) -> None:
    taken = read_crl(GOOD, ISSUER.certificate, NOW)
    comes = read_crl(ISSUER.crl(7, **change), ISSUER.certificate, NOW)
    if not refused:
        comes.require_no_older_than(taken)
        return
    with pytest.raises(CrlInvalid, match="older"):
        comes.require_no_older_than(taken)


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_no_list(data: bytes) -> None:
    assert fault(data) is CrlFault.UNREADABLE


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_list_is_never_taken(position: int, change: int) -> None:
    altered = bytearray(GOOD)
    altered[position] ^= change
    with pytest.raises(CrlInvalid):
        read_crl(bytes(altered), ISSUER.certificate, NOW)


def test_a_signature_that_claims_unused_bits_is_not_read() -> None:
    """It is whole octets (RFC 5280, 5.1.1.3); with the last bit 0, readers take it for the same signature."""
    whole = next(one for one in iter(lambda: ISSUER.crl(7, number=42), b"") if not one[-1] & 1)
    place = len(whole) - len(x509.load_der_x509_crl(whole).signature) - 1
    assert whole[place] == 0
    assert fault(whole[:place] + b"\x01" + whole[place + 1 :]) is CrlFault.UNREADABLE


@given(st.integers(0, len(GOOD) - 1))
def test_a_truncated_list_is_never_taken(length: int) -> None:
    assert fault(GOOD[:length]) is CrlFault.UNREADABLE


@given(st.sets(st.integers(1, 2**159 - 1), max_size=20))
def test_every_serial_number_of_a_list_is_found(serials: set[int]) -> None:
    assert read_crl(ISSUER.crl(*serials), ISSUER.certificate, NOW).revoked == serials
