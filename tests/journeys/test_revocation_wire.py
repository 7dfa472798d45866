"""Who was revoked gets no further answer from the running hub, on a connection that is open either."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from fidus.demo.home import DemoHome
from tests.fidus.lists import Revoker
from tests.fidus.webserver import web_server, whole
from tests.journeys.alone import Alone, home_in, serving
from tests.journeys.commands import Done, fidus
from tests.journeys.metrics import strangers

pytestmark = pytest.mark.slow

ONE, OTHER = "municipality", "social-housing-company"


@contextmanager
def kept_alive(hub: Alone, who: str) -> Iterator[http.client.HTTPSConnection]:
    """One connection; that it stays the same one is checked at the end."""
    parts, client = urlsplit(hub.says["api"]), hub.client(who)
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, context=client.context(), timeout=10
    )
    with closing(connection):
        connection.connect()
        wire = connection.sock
        yield connection
        assert connection.sock is wire


def asked(connection: http.client.HTTPSConnection) -> int:
    connection.request("GET", "/fidus/v1/flows")
    response = connection.getresponse()
    body = json.loads(response.read())
    if response.status == 401:
        assert body["type"] == "urn:problem-type:fidus:clientCertificateNotRecognized"
    return response.status


def in_force(home: DemoHome) -> None:
    assert fidus("flow", "apply", str(home.flows), home=home.folder).code == 0


def lists(home: DemoHome, *words: str) -> Done:
    return fidus("crl", *words, home=home.folder)


def test_a_revoked_certificate_ends_with_the_next_request(tmp_path: Path) -> None:
    """And stays revoked, across a restart, without the list, and with an older one in its place."""
    home = home_in(tmp_path / "home")
    pki, file = home.pki, home.pki.path("issuer-institutions", "crl")
    older = file.read_bytes()
    issuer = pki.issuer("issuer-institutions", "-")
    with serving(home) as hub:
        in_force(home)
        with kept_alive(hub, ONE) as one, kept_alive(hub, OTHER) as other:
            assert (asked(one), asked(other)) == (200, 200)
            (member,) = (member for member in home.members if member.slug == ONE)
            pki.revocations("issuer-institutions", issuer, member.identity.certificate)
            assert lists(home, "--refresh").code == 0
            assert (asked(one), asked(other), asked(one)) == (401, 200, 401)
        assert strangers(hub.says["management"]) == {"revoked": 2}
        assert json.loads(lists(home, "--json").out)["issuers"][0]["revoked"] == 1
    file.unlink()
    with serving(home) as hub:
        assert hub.client(ONE).get("/flows").status == 401
        assert hub.client(OTHER).get("/flows").status == 200
        file.write_bytes(older)
        assert lists(home, "--refresh").code == 0
        assert hub.client(ONE).get("/flows").status == 401
        assert hub.client(OTHER).get("/flows").status == 200


def test_a_new_list_in_the_file_is_found_without_being_told(tmp_path: Path) -> None:
    home = home_in(tmp_path / "home")
    issuer = home.pki.issuer("issuer-institutions", "-")
    with serving(home) as hub:
        in_force(home)
        assert hub.client(ONE).get("/flows").status == 200
        (member,) = (member for member in home.members if member.slug == ONE)
        home.pki.revocations("issuer-institutions", issuer, member.identity.certificate)
        until = time.monotonic() + 20
        while hub.client(ONE).get("/flows").status == 200 and time.monotonic() < until:
            time.sleep(0.2)
        assert hub.client(ONE).get("/flows").status == 401


def test_without_any_list_nobody_is_taken_and_everybody_is_told(tmp_path: Path) -> None:
    """An issuer's server is down at the first start; then it is up."""
    home = home_in(tmp_path / "home")
    with web_server() as server:
        file = home.folder / "fidus.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace('"pki/issuer-institutions.crl"', f'"{server.url("/list")}"'), encoding="utf-8"
        )
        with serving(home) as hub:
            in_force(home)
            assert hub.client(ONE).get("/flows").status == 401
            assert hub.client(None).get("/health").body == {"status": "DEGRADED"}
            assert strangers(hub.says["management"]) == {"revocationUnknown": 1}
            shown = lists(home)
            assert (shown.code, "never" in shown.out) == (1, True)
            server.answers["/list"] = whole(home.pki.path("issuer-institutions", "crl").read_bytes())
            shown = lists(home, "--refresh")
            assert (shown.code, "current" in shown.out) == (0, True)
            assert hub.client(ONE).get("/flows").status == 200
    log = [json.loads(line) for line in (tmp_path / "home.log").read_text(encoding="utf-8").splitlines()]
    events = [(line["event"], line["issuer"], line["reason"]) for line in log if "issuer" in line]
    assert events == [
        ("crl_not_taken", "institutions", "the server answered 404"),
        ("crl_freshness", "institutions", "never"),
        ("crl_taken", "institutions", "number 1"),
        ("crl_freshness", "institutions", "current"),
    ]


def test_a_list_by_anybody_else_is_not_taken(tmp_path: Path) -> None:
    home = home_in(tmp_path / "home")
    certificate = x509.load_pem_x509_certificate(home.pki.path("issuer-institutions", "crt").read_bytes())
    impostor = Revoker(datetime.now(UTC))
    impostor.name = certificate.subject
    with serving(home) as hub:
        in_force(home)
        home.pki.path("issuer-institutions", "crl").write_bytes(impostor.crl(number=99))
        assert lists(home, "--refresh").code == 0  # the one that was taken serves on
        assert hub.client(ONE).get("/flows").status == 200
    assert '"reason": "badSignature"' in (tmp_path / "home.log").read_text(encoding="utf-8")
