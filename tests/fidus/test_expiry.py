"""What will end is told in good time: by kind, by name, to the second."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from fidus.crl import Crl
from fidus.expiry import Expiring, Kind, of_catalogue, of_files, of_trust, soonest
from fidus.issuers import Issuers
from fidus.model import Catalogue, Institution, Key, Role
from fidus.policy import BRUSSELS, brussels_day
from fidus.revocation import Revocation, Watched
from fidus.settings import Settings
from fidus.trust import Trust
from tests.fidus.api.conftest import flow
from tests.fidus.lists import Revoker

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ISSUER = Revoker(NOW)
SPKI, NUMBER = "abcdefghijklmnop=", "0999999922"
NAMES = {language: "Housing" for language in ("fr", "nl", "de", "en")}
LAST = date(2026, 7, 31)
ENDS = datetime(2026, 7, 31, 22, 0, tzinfo=UTC)  # the midnight in Brussels after it


def certificate(days: int) -> bytes:
    made = ISSUER.issue(ISSUER.name, ec.generate_private_key(ec.SECP256R1()), until=timedelta(days=days))
    return made.public_bytes(Encoding.PEM)


def trust(crl: Crl | None = None) -> Trust:
    watched = Watched("one", ISSUER.certificate, crl=crl)
    return Trust(Issuers((ISSUER.certificate,)), Revocation((watched,)))


def catalogue(**change: Any) -> Catalogue:
    key = Key(SPKI, frozenset({Role.EXCHANGE}), date(2026, 1, 1), LAST)
    members: dict[str, Any] = {"keys": (key,), "valid_from": date(2026, 1, 1), "valid_until": LAST} | change
    institution = Institution(NUMBER, "housing", "institution", NAMES, **members)
    return Catalogue(1, b"", {NUMBER: institution}, {"own": flow("own", NUMBER, valid_until=LAST)}, {})


def told(expiring: Any) -> set[tuple[Kind, str, datetime]]:
    return {(one.kind, one.name, one.at) for one in expiring}


def test_each_file_that_the_settings_name_has_its_end(tmp_path: Path) -> None:
    """Of a chain the first to end counts; what cannot be read is told by whoever works with it."""
    files = {
        "api": (30, 20),
        "front": (10,),
        "client": (5,),
        "sign": (6,),
        "one": (7,),
        "two": (8,),
        "ca": (9,),
    }
    for name, days in files.items():
        (tmp_path / f"{name}.pem").write_bytes(b"".join(certificate(n) for n in days))
    (tmp_path / "broken.pem").write_bytes(b"nothing")
    source = {"url": "https://source.example", "ca": "ca.pem"}
    register = {"client_certificate": "client.pem", "signing_certificate": "sign.pem"}
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "api": {"certificate": "api.pem", "key": "api.key", "client_issuers": "issuers.pem"},
            "log": {"origin": "audit.fidus.example/log", "retention_years": 10},
            "proxies": {"front": {"certificate": "front.pem"}, "back": {"certificate": "none.pem"}},
            "sources": {
                "register": {**source, **register, "signers": ["one.pem", "two.pem"]},
                "other": {**source, "signing_certificate": "broken.pem"},
            },
        }
    )
    found = {(kind, name): (at - NOW).days for kind, name, at in told(soonest(of_files(settings)))}
    assert found == {
        (Kind.HUB, "api"): 20,
        (Kind.PROXY, "front"): 10,
        (Kind.SOURCE, "register/issuer"): 9,
        (Kind.SOURCE, "other/issuer"): 9,
        (Kind.SOURCE, "register/clientCertificate"): 5,
        (Kind.SOURCE, "register/signingCertificate"): 6,
        (Kind.SOURCE, "register/signer"): 7,
    }


def test_issuers_end_and_so_do_their_lists() -> None:
    issuer = (Kind.ISSUER, "one", ISSUER.certificate.not_valid_after_utc)
    assert told(of_trust(trust())) == {issuer}
    crl = Crl(1, NOW, NOW + timedelta(days=7), frozenset(), None, b"")
    assert told(of_trust(trust(crl))) == {issuer, (Kind.LIST, "one", crl.next_update)}


def test_what_is_in_force_ends_with_its_last_day_in_brussels() -> None:
    assert told(of_catalogue(catalogue(), trust(), NOW)) == {
        (Kind.INSTITUTION, "housing", ENDS),
        (Kind.KEY, "housing/abcdefgh", ENDS),
        (Kind.FLOW, "own", ENDS),
    }


def test_a_certificate_that_was_shown_is_told_for_its_key() -> None:
    known = trust()
    known.shown.note(NUMBER, SPKI, ENDS - timedelta(days=9))
    known.shown.note("another", SPKI, ENDS)
    found = told(of_catalogue(catalogue(), known, NOW))
    assert (Kind.CERTIFICATE, "housing/abcdefgh", ENDS - timedelta(days=9)) in found
    known.shown.note(NUMBER, SPKI, ENDS + timedelta(days=9))  # renewed
    found = told(of_catalogue(catalogue(), known, NOW))
    assert (Kind.CERTIFICATE, "housing/abcdefgh", ENDS + timedelta(days=9)) in found


def test_what_is_over_is_told_of_flows_only() -> None:
    """A flow that ended stays an alarm until its file is renewed or goes; keys of old are no news."""
    later = ENDS + timedelta(seconds=1)
    (found,) = of_catalogue(catalogue(), trust(), later)
    assert (found.kind, found.name, found.seconds_left(later)) == (Kind.FLOW, "own", -1.0)
    of_tomorrow = catalogue(valid_from=date(2026, 6, 16))
    assert {one.kind for one in of_catalogue(of_tomorrow, trust(), NOW)} == {Kind.FLOW}
    ended = Key(SPKI, frozenset(), date(2026, 1, 1), date(2026, 6, 14))
    kinds = {one.kind for one in of_catalogue(catalogue(keys=(ended,)), trust(), NOW)}
    assert kinds == {Kind.INSTITUTION, Kind.FLOW}
    early = datetime(2025, 12, 31, 22, 59, tzinfo=UTC)
    assert list(of_catalogue(catalogue(), trust(), early)) == []


def test_the_last_of_all_days_has_an_end_too() -> None:
    (institution, *_) = of_catalogue(catalogue(valid_until=date.max), trust(), NOW)
    assert institution.seconds_left(NOW) > 1e11


@pytest.mark.parametrize("at", [timedelta(0), timedelta(hours=-3)], ids=["now", "past"])
def test_seconds_are_counted_past_the_end(at: timedelta) -> None:
    assert Expiring(Kind.FLOW, "own", NOW + at).seconds_left(NOW) == at.total_seconds()


@given(st.dates(date(2020, 1, 1), date(9000, 1, 1)))
def test_the_moment_after_a_day_is_the_first_of_the_next(day: date) -> None:
    """Also on the days of 23 and 25 hours."""
    one = next(iter(of_catalogue(catalogue(valid_from=date.min, valid_until=day), trust(), _noon(day))))
    assert brussels_day(one.at) == day + timedelta(days=1)
    assert brussels_day(one.at - timedelta(microseconds=1)) == day


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BRUSSELS)
