"""The development PKI revokes as an issuer does: lists that follow each other, and forget nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from fidus.crl import Crl, read_crl
from fidus.demo.pki import Identity, Pki


def published(pki: Pki, issuer: Identity, *revoked: Identity) -> Crl:
    """The list that is published now, verified as a hub does."""
    file = pki.revocations("issuer", issuer, *(one.certificate for one in revoked))
    assert file == pki.path("issuer", "crl")
    return read_crl(file.read_bytes(), issuer.certificate, datetime.now(UTC))


def test_a_password_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = Pki(tmp_path).password("cbe")
    made = file.read_text(encoding="utf-8")
    assert file == tmp_path / "cbe.password"
    assert len(made.strip()) >= 32
    assert made.count("\n") == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert Pki(tmp_path).password("cbe").read_text(encoding="utf-8") == made
    assert Pki(tmp_path).password("other").read_text(encoding="utf-8") != made


def test_each_list_is_newer_and_holds_whom_the_former_held(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    issuer = pki.issuer("issuer", "Institutions")
    one, two = (pki.institution(name, "0999000228", "Town", issuer) for name in ("one", "two"))
    serials = [member.certificate.serial_number for member in (one, two)]
    lists = [
        published(pki, issuer),
        published(pki, issuer, one),
        published(pki, issuer),
        published(pki, issuer, two),
    ]
    assert [crl.number for crl in lists] == [1, 2, 3, 4]
    assert [sorted(crl.revoked) for crl in lists] == [[], serials[:1], serials[:1], sorted(serials)]
    for former, newer in pairwise(lists):
        newer.require_no_older_than(former)
    assert lists[-1].next_update - datetime.now(UTC) > timedelta(days=300)
