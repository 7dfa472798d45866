"""Identities begin and end with their days, by the hub's own clock, on connections that stay open.

The hub runs behind its real interface, its clock is moved by the test: TLS itself goes on with the world's.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import threading
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from fidus.api import build_api, serve_api, server_context
from fidus.api.hub import Health
from fidus.api.serve import Serving
from fidus.app import Hub
from fidus.catalogue import read_files
from fidus.certificate import spki_sha256
from fidus.cli.client import Client
from fidus.demo.home import DemoHome
from fidus.errors import IdentityReason
from fidus.policy import brussels_day
from fidus.renewal import renew
from fidus.revocation import GRACE
from fidus.settings import Settings, load_settings
from tests.fidus.surroundings import Clock
from tests.journeys.alone import home_in
from tests.journeys.certificates import Issuer, Pair, key_in

pytestmark = pytest.mark.slow

ONE, OTHER = "municipality", "social-housing-company"


class Counting(Hub):
    """`strangers`: why peers were no institution, in order."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self.strangers: list[str] = []

    def stranger(self, reason: IdentityReason | str) -> None:
        self.strangers.append(str(reason))
        super().stranger(reason)


@dataclass
class Running:
    """A hub, its interface, and its clock."""

    home: DemoHome
    clock: Clock = field(default_factory=Clock)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self.clock.now = datetime.now(UTC)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.hub = Counting(load_settings(self.home.folder), self.clock)
        self.run(self.hub.open())
        self.run(self.hub.crls.begin())
        self.serving: Serving = self.run(self._serve())
        self.apply(read_files(self.home.flows))

    async def _serve(self) -> Serving:
        pki = self.home.pki
        files = pki.path("hub", "crt"), pki.path("hub", "key"), pki.path("issuer-institutions", "crt")
        self.context = server_context(*files, self.hub.stranger)
        return await serve_api(build_api(self.hub), self.context, "127.0.0.1", 0)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def apply(self, files: dict[str, bytes]) -> None:
        self.run(self.hub.changes.apply(files, ()))

    def stop(self) -> None:
        self.run(self.serving.stop())
        self.run(self.hub.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @contextmanager
    def connected(self, pair: Pair) -> Iterator[http.client.HTTPSConnection]:
        """One connection; at the end it is still the same."""
        host, port = self.serving.host, self.serving.port
        client = Client(
            f"https://{host}:{port}", self.home.pki.path("issuer-servers", "crt"), *pair, timeout_s=20
        )
        connection = http.client.HTTPSConnection(host, port, context=client.context(), timeout=20)
        with closing(connection):
            connection.connect()
            wire = connection.sock
            yield connection
            assert connection.sock is wire

    def pair(self, who: str) -> Pair:
        return self.home.pki.path(who, "crt"), self.home.pki.path(who, "key")

    def issue(self, folder: Path, who: str, **more: Any) -> Pair:
        """Another certificate of this institution; for a new key unless one is given."""
        number = next(member.number for member in self.home.members if member.slug == who)
        return Issuer(folder, self.pair("issuer-institutions")).issue(f"NTRBE-{number}", **more)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(home_in(tmp_path / "home"))
    yield made
    made.stop()


def status(connection: http.client.HTTPSConnection) -> int:
    connection.request("GET", "/fidus/v1/flows")
    response = connection.getresponse()
    response.read()
    return response.status


def with_keys(running: Running, *keys: tuple[Pair, int, int]) -> dict[str, bytes]:
    """The flow files, in which ONE has these keys: each from and until so many days from today."""
    files = dict(read_files(running.home.flows))
    today, name = brussels_day(running.clock.now), f"{ONE}/institution.toml"
    text = files[name].decode().partition("[[keys]]")[0]
    for pair, start, end in keys:
        spki = spki_sha256(x509.load_pem_x509_certificate(pair[0].read_bytes()))
        days = (
            f"valid_{word} = {today + timedelta(days=n)}\n" for word, n in (("from", start), ("until", end))
        )
        text += f'\n[[keys]]\nspki_sha256 = "{spki}"\nroles = ["exchange"]\n{"".join(days)}'
    return files | {name: text.encode()}


def test_of_two_keys_both_work_while_they_overlap(running: Running, tmp_path: Path) -> None:
    old, new = running.pair(ONE), running.issue(tmp_path, ONE, ends_in=timedelta(days=400))
    running.apply(with_keys(running, (old, -10, 5), (new, 2, 400)))
    with running.connected(old) as before, running.connected(new) as after:
        assert (status(before), status(after)) == (200, 401)
        running.clock.advance(days=2)
        assert (status(before), status(after)) == (200, 200)
        running.clock.advance(days=3)
        assert (status(before), status(after)) == (200, 200)
        running.clock.advance(days=1)
        assert (status(before), status(after)) == (401, 200)
    assert running.hub.strangers == ["notEnrolled", "notEnrolled"]


def test_a_key_ends_at_midnight_in_brussels(running: Running) -> None:
    running.apply(with_keys(running, (running.pair(ONE), -10, 0)))
    last = brussels_day(running.clock.now)
    with running.connected(running.pair(ONE)) as connection:
        while brussels_day(running.clock.now + timedelta(minutes=15)) == last:
            assert status(connection) == 200
            running.clock.advance(minutes=15)
        while brussels_day(running.clock.now) == last:
            running.clock.advance(seconds=60)
        assert status(connection) == 401


def test_a_certificate_ends_though_its_key_goes_on(running: Running, tmp_path: Path) -> None:
    key = key_in(running.pair(ONE)[1])
    short = running.issue(tmp_path, ONE, key=key, ends_in=timedelta(days=1))
    with running.connected(short) as ending, running.connected(running.pair(ONE)) as going_on:
        assert (status(ending), status(going_on)) == (200, 200)
        running.clock.advance(days=1, minutes=1)
        assert (status(ending), status(going_on)) == (401, 200)
    assert running.hub.strangers == ["outsideValidity"]


def test_an_institution_that_is_taken_out_ends_with_the_apply(running: Running) -> None:
    files = dict(read_files(running.home.flows))
    without = {path: text for path, text in files.items() if not path.startswith(f"{ONE}/")}
    with running.connected(running.pair(ONE)) as one, running.connected(running.pair(OTHER)) as other:
        assert (status(one), status(other)) == (200, 200)
        running.apply(without)
        assert (status(one), status(other)) == (401, 200)
        running.apply(files)
        assert (status(one), status(other)) == (200, 200)
    assert running.hub.strangers == ["notEnrolled"]


def test_an_institution_that_is_suspended_or_has_no_key_any_more_ends_with_the_apply(
    running: Running,
) -> None:
    """Suspended: `valid_until` of its file is a day that is over."""
    files = dict(read_files(running.home.flows))
    name, yesterday = f"{ONE}/institution.toml", brussels_day(running.clock.now) - timedelta(days=1)
    head, keys, rest = files[name].decode().partition("[[keys]]")
    ended = re.sub("(?m)^valid_until = .*$", f"valid_until = {yesterday}", head)
    assert ended != head
    with running.connected(running.pair(ONE)) as one, running.connected(running.pair(OTHER)) as other:
        assert (status(one), status(other)) == (200, 200)
        running.apply(files | {name: (ended + keys + rest).encode()})
        assert (status(one), status(other)) == (401, 200)
        running.apply(files | {name: head.encode()})
        assert (status(one), status(other)) == (401, 200)
        running.apply(files)
        assert (status(one), status(other)) == (200, 200)
    assert running.hub.strangers == ["institutionNotInForce", "notEnrolled"]


def test_an_issuer_that_falls_silent_ends_all_of_its_own(running: Running) -> None:
    """Past the next update of its list and a day, with an alarm at half of that."""
    (watched,) = running.hub.trust.revocation.watched
    assert watched.crl is not None
    with running.connected(running.pair(ONE)) as connection:
        for late, answer, health in (
            (timedelta(0), 200, Health.UP),
            (GRACE / 2, 200, Health.UP),
            (GRACE / 2 + timedelta(seconds=1), 200, Health.DEGRADED),
            (GRACE, 200, Health.DEGRADED),
            (GRACE + timedelta(seconds=1), 401, Health.DEGRADED),
        ):
            running.clock.now = watched.crl.next_update + late
            running.hub._health = (0.0, Health.DOWN)  # as it is after a second
            assert (status(connection), running.run(running.hub.health())) == (answer, health)
    state = json.loads(json.dumps(running.run(running.hub.state())))
    assert state["revocation"] == {"institutions": "ended"}
    assert running.hub.strangers == ["revocationUnknown"]


def test_a_renewal_does_not_go_back_to_an_older_list(running: Running) -> None:
    """The disk was full when the newer one came: what is on it is older than what is known."""
    pki, (member,) = running.home.pki, [one for one in running.home.members if one.slug == ONE]
    older = pki.path("issuer-institutions", "crl").read_bytes()
    with running.connected(running.pair(ONE)) as one, running.connected(running.pair(OTHER)) as other:
        assert (status(one), status(other)) == (200, 200)
        issuer = pki.issuer("issuer-institutions", "-")
        published = pki.revocations("issuer-institutions", issuer, member.identity.certificate)
        running.run(running.hub.crls.refresh())
        assert (status(one), status(other)) == (401, 200)
        (kept,) = (running.home.folder / "crl").iterdir()
        for file in (kept, published):
            file.write_bytes(older)
        shown = running.hub.metrics.text().decode().count('fidus_expires_seconds{kind="certificate"')
        running.run(renew(running.hub, running.context))
        assert running.hub.metrics.text().decode().count('{kind="certificate"') == shown == 2
        running.run(running.hub.crls.refresh())
        assert (status(one), status(other)) == (401, 200)


def test_an_issuer_that_is_taken_out_ends_with_the_renewal(running: Running) -> None:
    with running.connected(running.pair(ONE)) as connection:
        assert status(connection) == 200
        file, pki = running.home.folder / "fidus.toml", running.home.pki
        pki.revocations("issuer-messages", pki.issuer("issuer-messages", "-"))
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("issuer-institutions", "issuer-messages"), encoding="utf-8")
        running.run(renew(running.hub, running.context))
        assert status(connection) == 401
    assert running.hub.strangers == ["issuerNotRegistered"]
