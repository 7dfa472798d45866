"""The development PKI revokes as an issuer does: lists that follow each other, and forget nobody."""

from __future__ import annotations

import ssl
from contextlib import suppress
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


def test_both_ends_take_its_certificates_where_they_go_by_the_letter_of_rfc_5280(tmp_path: Path) -> None:
    """As Python does from 3.13 on (`ssl.create_default_context`): each names its issuer's key (§4.2.1.1)."""
    pki = Pki(tmp_path)
    issuer = pki.issuer("issuer", "Everybody")
    pki.server("hub", issuer)
    pki.institution("town", "0999000228", "Town", issuer)
    here, there = (ssl.SSLContext(kind) for kind in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER))
    for context, name in ((here, "town"), (there, "hub")):
        context.load_cert_chain(pki.path(name, "crt"), pki.path(name, "key"))
        context.load_verify_locations(pki.path("issuer", "crt"))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.verify_mode = ssl.CERT_REQUIRED
    to, fro = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = here.wrap_bio(fro, to, server_hostname="127.0.0.1")
    server = there.wrap_bio(to, fro, server_side=True)
    for end in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
    assert client.version() == server.version() == "TLSv1.3"
    assert server.getpeercert() is not None
