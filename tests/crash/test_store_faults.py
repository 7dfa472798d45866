"""A hub whose store fails refuses everything, asks nobody, says so, and goes on by itself afterwards."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fidus.errors import AuditUnavailable
from tests.crash.aftermath import at_rest
from tests.crash.client import Asking, Client, Told
from tests.crash.hubs import HubProcess
from tests.crash.killer import Plan
from tests.crash.recount import Ledger, Signed
from tests.crash.session import apply, control
from tests.crash.soak import SOAK
from tests.crash.storefaults import (
    Fault,
    back_up,
    full,
    full_within_a_group,
    immutable,
    moved_away,
    no_write_passes,
    read_only,
    replace,
    unlinked,
)
from tests.crash.world import DATA, ENDED, MUNICIPALITY, World, malformed, ordinary, question

pytestmark = pytest.mark.slow

OUTAGE_S = 25.0 if SOAK else 0.0  # beyond 20 s the hub's lease lapses meanwhile
WITHIN_S = 20.0
DISK = "24m"


@dataclass
class Running:
    """A hub at work, one client of it, and everything that was asked."""

    world: World
    home: Path
    hub: HubProcess
    client: Client
    begun: int
    askings: list[Asking] = field(default_factory=list)
    people: Iterator[Any] = field(default_factory=lambda: iter(ordinary()))

    @classmethod
    def start(cls, world: World, home: Path) -> Running:
        world.misbehave(None)
        running = cls(world, home, HubProcess.start(home, bound=True), world.client(MUNICIPALITY), 0)
        running.begun = len(world.asked())
        apply(home)
        running.client.connect(running.hub.api)
        return running

    def restart(self, plan: Plan | None = None) -> None:
        """Another hub on the same home."""
        self.hub.stop()
        self.hub = HubProcess.start(self.home, plan, bound=True)
        self.client.connect(self.hub.api)

    def ask(self, asking: Asking | None = None) -> Told:
        """By default a question that is answered when all is well."""
        self.askings.append(asking or question(DATA, next(self.people).number))
        return self.client.ask(self.askings[-1])

    def asked(self) -> list[dict[str, Any]]:
        """What reached the source."""
        return self.world.asked()[self.begun :]

    def state(self) -> tuple[int, dict[str, Any]]:
        """Health as the operator sees it."""
        try:
            with urllib.request.urlopen(f"{self.hub.management}/health", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def healthy(self, status: int) -> bool:
        """Whether everybody and the operator are told this status."""
        return self.client.health().status == self.state()[0] == status

    def ledger(self) -> Ledger:
        ledger = Ledger.of(self.home)
        assert ledger is not None
        return ledger

    def published(self) -> int:
        """How many entries are."""
        note = (self.home / "log" / "checkpoint").read_text(encoding="utf-8")
        return Signed.open(note, (self.home / "log.key").read_bytes()).size


@pytest.fixture
def running(world: World, tmp_path: Path) -> Iterator[Running]:
    made = Running.start(world, world.home(tmp_path / "home"))
    assert made.ask().status == 200
    yield made
    made.client.close()
    made.hub.kill()


@pytest.fixture
def small(world: World, tmp_path: Path) -> Iterator[Running]:
    """A home on a small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a small disk needs the right to mount: {done.stderr.strip()}")
    try:
        made = Running.start(world, world.home(folder / "home"))
        assert made.ask().status == 200
        yield made
        made.client.close()
        made.hub.kill()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(no_write_passes, id="no-write-passes"),
        pytest.param(full_within_a_group, id="full-within-a-group"),
        pytest.param(immutable, id="immutable"),
        pytest.param(read_only, id="read-only"),
        pytest.param(moved_away, id="moved-away"),
        pytest.param(unlinked, id="unlinked"),
    ],
)
def test_a_store_that_fails_refuses_and_recovers(running: Running, fault: Fault) -> None:
    refuses_and_recovers(running, fault)


def test_a_full_disk_refuses_and_recovers(small: Running) -> None:
    refuses_and_recovers(small, full)


def refuses_and_recovers(running: Running, fault: Fault) -> None:
    before = len(running.asked())
    remedy = fault(running.home, running.hub)
    try:
        refuses_everything(running)
        until(lambda: running.healthy(503))
        time.sleep(OUTAGE_S)
        assert len(running.asked()) == before
        refuses_everything(running)
        assert len(running.asked()) == before
    finally:
        remedy()
    recovers(running)


def refuses_everything(running: Running) -> None:
    """Questions and refusals alike, since neither can be recorded, and what an operator does."""
    number = next(running.people).number
    for asking in (question(DATA, number), malformed(DATA, number), question(ENDED, number)):
        unavailable(running.ask(asking))
    with pytest.raises(AuditUnavailable):
        control(running.home, "suspend", {"flow": DATA, "reason": "store fault"})


def unavailable(told: Told) -> None:
    assert (told.status, told.body["type"]) == (503, "urn:problem-type:belgif:serviceUnavailable")
    assert told.body["origin"] == "hub"


def recovers(running: Running) -> None:
    """Without a restart: answers, health, published files; and nothing is left open."""
    until(lambda: running.ask().status == 200)
    until(lambda: running.healthy(200))
    until(lambda: not running.ledger().unended())
    until(lambda: running.published() == running.ledger().size)
    ends(running)


def ends(running: Running) -> None:
    assert running.hub.stop() == 0
    assert [*at_rest(running.home, running.askings, running.asked())] == []


def until(holds: Callable[[], bool]) -> None:
    """Wait for it. Raises AssertionError when it does not come."""
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)


def test_a_copy_in_the_place_of_the_store_is_taken_up(running: Running) -> None:
    """What went to the former file in between was released to nobody."""
    replace(running.home, running.home)
    before = len(running.asked())
    unavailable(running.ask())
    assert len(running.asked()) == before
    recovers(running)


def test_an_older_back_up_in_the_place_of_the_store_is_refused(running: Running, tmp_path: Path) -> None:
    """Until a restart with the newest one: what this process was told to go on from is gone."""
    older, newer = tmp_path / "older", tmp_path / "newer"
    back_up(running.home, older)
    assert running.ask().status == running.ask().status == 200
    back_up(running.home, newer)
    before = len(running.asked())
    replace(running.home, older)
    refuses_everything(running)
    until(lambda: running.healthy(503))
    assert "perhaps by an old back-up. Put back the newest store" in running.state()[1]["log"]
    replace(running.home, newer)
    refuses_everything(running)
    assert len(running.asked()) == before
    running.hub.stop()
    restarts_only_on(running, newer, older)


def restarts_only_on(running: Running, newer: Path, older: Path) -> None:
    replace(running.home, older)
    assert HubProcess.start(running.home).ended() != 0
    assert "Put back the newest store" in (running.home / "hub.log").read_text(encoding="utf-8")
    replace(running.home, newer)
    running.restart()
    recovers(running)


def test_an_older_file_under_the_newer_write_ahead_log_is_refused(running: Running, tmp_path: Path) -> None:
    """The two do not fit once anything was carried over in between."""
    older, newer = tmp_path / "older", tmp_path / "newer"
    running.restart(Plan(pages=1))
    back_up(running.home, older)
    assert running.ask().status == running.ask().status == 200
    back_up(running.home, newer)
    before = len(running.asked())
    (older / "fidus.db").replace(running.home / "fidus.db")
    refuses_everything(running)
    until(lambda: running.healthy(503))
    assert len(running.asked()) == before
    replace(running.home, newer)
    running.restart()
    recovers(running)
