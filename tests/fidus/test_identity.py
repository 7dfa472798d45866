"""Who stands behind a certificate: each step that may fail, and that no date is remembered."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from fidus.crl import Crl
from fidus.errors import IdentityReason, IdentityRejected
from fidus.identity import identify
from fidus.issuers import Issuers
from fidus.model import Caller, Catalogue, Institution, Key, Role
from fidus.revocation import GRACE, Revocation, Watched
from fidus.trust import Trust

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
NUMBER = "0999999922"
NAMES = {language: "Housing" for language in ("fr", "nl", "de", "en")}
ISSUER_KEY, OTHER_KEY, KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def named(title: str, *numbers: str) -> x509.Name:
    identifiers = [x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, number) for number in numbers]
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title), *identifiers])


def certificate(
    subject: x509.Name,
    signer: ec.EllipticCurvePrivateKey = ISSUER_KEY,
    issuer: str = "Registered",
    usage: x509.ExtendedKeyUsage | None = CLIENT,
    until: datetime = NOW + timedelta(days=100),
    extension: x509.ExtensionType | None = None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(named(issuer))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=100))
        .not_valid_after(until)
    )
    for added in (usage, extension):
        builder = builder if added is None else builder.add_extension(added, critical=False)
    return builder.sign(signer, hashes.SHA256())


def own_issuer(
    title: str, key: ec.EllipticCurvePrivateKey, until: datetime = NOW + timedelta(days=999)
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(named(title))
        .issuer_name(named(title))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=999))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def trusting(*issuers: x509.Certificate, **known: Crl | None) -> Trust:
    """The issuers, unchecked, or with `crl` as what is known of each."""
    watched = (Watched("one", issuer, checked=bool(known), **known) for issuer in issuers)
    return Trust(Issuers(issuers), Revocation(watched))


def revoking(*serials: int, late: timedelta = timedelta(0), points: frozenset[str] | None = None) -> Crl:
    return Crl(1, NOW - timedelta(days=9), NOW - late, frozenset(serials), points, b"")


def der(made: x509.Certificate) -> bytes:
    return made.public_bytes(Encoding.DER)


ISSUERS = own_issuer("Another", OTHER_KEY), own_issuer("Registered", ISSUER_KEY)
REGISTERED = trusting(*ISSUERS)
SPKI = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
ENROLLED = b64encode(sha256(SPKI).digest()).decode()
GOOD = der(certificate(named("client", f"NTRBE-{NUMBER}")))


def key(spki: str = ENROLLED, *roles: Role, start: date = date.min, end: date = date.max) -> Key:
    return Key(spki, frozenset(roles or {Role.EXCHANGE}), start, end)


def catalogue(*keys: Key, **change: Any) -> Catalogue:
    members: dict[str, Any] = {"valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31)} | change
    institution = Institution(NUMBER, "housing", "institution", NAMES, keys or (key(),), **members)
    return Catalogue(1, b"", {NUMBER: institution}, {}, {})


def reason(
    shown: bytes | None, in_force: Catalogue, at: datetime = NOW, trust: Trust = REGISTERED
) -> IdentityReason:
    with pytest.raises(IdentityRejected) as rejected:
        identify(shown, in_force, trust, at)
    return rejected.value.reason


def test_an_enrolled_key_leads_to_its_institution() -> None:
    assert identify(GOOD, catalogue(), REGISTERED, NOW) == Caller(NUMBER, frozenset({Role.EXCHANGE}))


def test_dots_in_the_number_do_not_count() -> None:
    dotted = der(certificate(named("client", "NTRBE-0999.999.922")))
    assert identify(dotted, catalogue(), REGISTERED, NOW).institution == NUMBER


def test_a_key_enrolled_twice_has_the_roles_that_hold_today() -> None:
    today = NOW.date()
    keys = (
        key(ENROLLED, Role.AUDITOR, end=today),
        key(ENROLLED, Role.EXCHANGE, start=today),
        key(ENROLLED, Role.OPERATOR, end=today - timedelta(days=1)),
        key("another", Role.DPO),
    )
    found = identify(GOOD, catalogue(*keys), REGISTERED, NOW)
    assert found.roles == {Role.AUDITOR, Role.EXCHANGE}


def unsupported_key() -> bytes:
    """A certificate whose key says an algorithm that nobody knows."""
    return GOOD.replace(bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d027f"))


REJECTED: list[Any] = [
    pytest.param(lambda: None, IdentityReason.NO_CERTIFICATE, id="none-shown"),
    pytest.param(lambda: b"", IdentityReason.UNREADABLE, id="empty"),
    pytest.param(lambda: GOOD[:-1], IdentityReason.UNREADABLE, id="cut"),
    pytest.param(unsupported_key, IdentityReason.UNREADABLE, id="unsupported-key"),
    pytest.param(
        lambda: der(certificate(named("client", f"NTRBE-{NUMBER}"), OTHER_KEY)),
        IdentityReason.ISSUER_NOT_REGISTERED,
        id="issuer-of-the-same-name",
    ),
    pytest.param(
        lambda: der(certificate(named("client", f"NTRBE-{NUMBER}"), issuer="Foreign")),
        IdentityReason.ISSUER_NOT_REGISTERED,
        id="foreign-issuer",
    ),
    pytest.param(
        lambda: der(certificate(named("client", f"NTRBE-{NUMBER}"), usage=None)),
        IdentityReason.NOT_FOR_CLIENT_AUTH,
        id="no-usage",
    ),
    pytest.param(
        lambda: der(certificate(named("client", f"NTRBE-{NUMBER}"), usage=SERVER)),
        IdentityReason.NOT_FOR_CLIENT_AUTH,
        id="server-usage",
    ),
    pytest.param(
        lambda: der(certificate(named("client", f"NTRBE-{NUMBER}"), until=NOW - timedelta(seconds=1))),
        IdentityReason.OUTSIDE_VALIDITY,
        id="expired",
    ),
    *(
        pytest.param(
            lambda names=names: der(certificate(named("client", *names))),
            IdentityReason.NO_USABLE_NUMBER,
            id=name,
        )
        for name, names in {
            "no-number": (),
            "two-numbers": (f"NTRBE-{NUMBER}", f"NTRBE-{NUMBER}"),
            "number-of-another-country": (f"NTRFR-{NUMBER}",),
            "vat-number": (f"VATBE-{NUMBER}",),
            "wrong-check-digits": ("NTRBE-0999999923",),
            "too-short": ("NTRBE-099999992",),
            "blank-inside": ("NTRBE-0999 999 922",),
            "text-behind": (f"NTRBE-{NUMBER}x",),
        }.items()
    ),
]


@pytest.mark.parametrize(("shown", "why"), REJECTED)
def test_rejected(shown: Callable[[], bytes | None], why: IdentityReason) -> None:
    assert reason(shown(), catalogue()) is why


def test_an_issuer_past_its_validity_lends_none() -> None:
    expired = trusting(own_issuer("Registered", ISSUER_KEY, NOW - timedelta(seconds=1)))
    assert reason(GOOD, catalogue(), trust=expired) is IdentityReason.OUTSIDE_VALIDITY


@pytest.mark.parametrize(
    ("in_force", "why"),
    [
        pytest.param(Catalogue(1, b"", {}, {}, {}), IdentityReason.NOT_ENROLLED, id="unknown-institution"),
        pytest.param(catalogue(key("another")), IdentityReason.NOT_ENROLLED, id="another-key"),
        pytest.param(
            catalogue(key(end=date(2026, 6, 14))), IdentityReason.NOT_ENROLLED, id="key-until-yesterday"
        ),
        pytest.param(
            catalogue(key(start=date(2026, 6, 16))), IdentityReason.NOT_ENROLLED, id="key-from-tomorrow"
        ),
        pytest.param(
            catalogue(valid_until=date(2026, 6, 14)),
            IdentityReason.INSTITUTION_NOT_IN_FORCE,
            id="institution-until-yesterday",
        ),
        pytest.param(
            catalogue(valid_from=date(2026, 6, 16)),
            IdentityReason.INSTITUTION_NOT_IN_FORCE,
            id="institution-from-tomorrow",
        ),
    ],
)
def test_not_enrolled_today(in_force: Catalogue, why: IdentityReason) -> None:
    assert reason(GOOD, in_force) is why


def test_the_last_day_ends_at_midnight_in_brussels() -> None:
    """22:00 UTC in summer; a certificate that was taken a second ago is refused on the same connection."""
    in_force = catalogue(key(end=date(2026, 6, 15)))
    midnight = datetime(2026, 6, 15, 22, 0, tzinfo=UTC)
    assert identify(GOOD, in_force, REGISTERED, midnight - timedelta(seconds=1)).institution == NUMBER
    assert reason(GOOD, in_force, midnight) is IdentityReason.NOT_ENROLLED


def test_a_certificate_taken_before_is_refused_once_it_has_expired() -> None:
    shown = der(certificate(named("client", f"NTRBE-{NUMBER}"), until=NOW + timedelta(seconds=5)))
    assert identify(shown, catalogue(), REGISTERED, NOW).institution == NUMBER
    assert reason(shown, catalogue(), NOW + timedelta(seconds=6)) is IdentityReason.OUTSIDE_VALIDITY


SERIAL = x509.load_der_x509_certificate(GOOD).serial_number


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (None, IdentityReason.REVOCATION_UNKNOWN),
        (revoking(SERIAL), IdentityReason.REVOKED),
        (revoking(late=GRACE + timedelta(seconds=1)), IdentityReason.REVOCATION_UNKNOWN),
        (revoking(SERIAL, late=GRACE + timedelta(days=9)), IdentityReason.REVOKED),
        (revoking(points=frozenset({"http://crl.example/1"})), IdentityReason.REVOCATION_UNKNOWN),
    ],
    ids=["no list", "revoked", "list past its grace", "revoked in an old list", "list about others"],
)
def test_revoked_or_nobody_can_say(known: Crl | None, why: IdentityReason) -> None:
    assert reason(GOOD, catalogue(), trust=trusting(*ISSUERS, crl=known)) is why


@pytest.mark.parametrize("late", [timedelta(0), GRACE], ids=["to its next update", "to the end of the grace"])
def test_a_list_without_it_lets_it_in(late: timedelta) -> None:
    trust = trusting(*ISSUERS, crl=revoking(SERIAL + 1, late=late))
    assert identify(GOOD, catalogue(), trust, NOW).institution == NUMBER


def test_an_issuer_past_its_validity_does_not_say_who_is_revoked() -> None:
    """Two certificates of one issuer's key: only the one that is valid counts."""
    old = own_issuer("Registered", ISSUER_KEY, NOW - timedelta(seconds=1))
    watched = (Watched("old", old, crl=revoking(SERIAL)), Watched("new", ISSUERS[1], crl=revoking()))
    trust = Trust(Issuers((old, ISSUERS[1])), Revocation(watched))
    assert identify(GOOD, catalogue(), trust, NOW).institution == NUMBER


def test_until_when_a_certificate_is_valid_is_remembered_once_it_is_taken() -> None:
    trust = trusting(*ISSUERS)
    assert reason(GOOD, catalogue(key("another")), trust=trust) is IdentityReason.NOT_ENROLLED
    assert trust.shown.until(NUMBER, ENROLLED) is None
    identify(GOOD, catalogue(), trust, NOW)
    assert trust.shown.until(NUMBER, ENROLLED) == NOW + timedelta(days=100)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_no_institution(shown: bytes) -> None:
    assert reason(shown, catalogue()) is IdentityReason.UNREADABLE


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_certificate_is_never_taken(position: int, change: int) -> None:
    altered = bytearray(GOOD)
    altered[position] ^= change
    with pytest.raises(IdentityRejected):
        identify(bytes(altered), catalogue(), REGISTERED, NOW)
