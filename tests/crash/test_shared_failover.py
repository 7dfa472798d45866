"""A fail-over to a database that lacks what was answered: the hub refuses until the right one is back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mocks.people import Person
from tests.crash import compare
from tests.crash.client import Asking, Client, Told
from tests.crash.hubs import HubProcess
from tests.crash.recount import Ledger, Signed
from tests.crash.session import apply
from tests.crash.world import DATA, MUNICIPALITY, World, ordinary, question
from tests.postgres import Database

pytestmark = pytest.mark.slow

GOES_ON_WITHIN_S = 30.0


@pytest.fixture
def home(world: World, tmp_path: Path, database: Database) -> Path:
    world.misbehave(None)
    return world.home(tmp_path / "home", database.url)


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    made = world.client(MUNICIPALITY)
    yield made
    made.close()


@contextmanager
def asleep(hub: HubProcess) -> Iterator[None]:
    """It begins no session meanwhile."""
    os.kill(hub.pid, signal.SIGSTOP)
    yield
    os.kill(hub.pid, signal.SIGCONT)


def published(home: Path, database: Database) -> None:
    """Wait until all of the log is."""
    until, seed = time.monotonic() + GOES_ON_WITHIN_S, (home / "log.key").read_bytes()
    while Signed.open((home / "log" / "checkpoint").read_text(encoding="utf-8"), seed).size < (
        Ledger.within(database.url, seed).size
    ):
        assert time.monotonic() < until
        time.sleep(0.1)


def put_back(database: Database, kept: str) -> str:
    """The one that was there before takes its name again; gives the name of the other."""
    other = f"{kept}_short"
    database.cluster.run(f"ALTER DATABASE {kept} CONNECTION LIMIT -1")
    database.end_sessions()
    database.cluster.run(f"ALTER DATABASE {database.name} RENAME TO {other}")
    database.cluster.run(f"ALTER DATABASE {kept} RENAME TO {database.name}")
    return other


@dataclass
class Teller:
    """Who asks the hub, and what was asked."""

    world: World
    client: Client
    askings: list[Asking] = field(default_factory=list)
    people: Iterator[Person] = field(default_factory=lambda: iter(ordinary()))

    def ask(self) -> Told:
        self.askings.append(question(DATA, next(self.people).number))
        return self.client.ask(self.askings[-1])

    def answered(self) -> None:
        """The sessions may just have been ended; the next ones are begun without anybody's help."""
        until = time.monotonic() + GOES_ON_WITHIN_S
        while self.ask().status != 200:
            assert time.monotonic() < until
            time.sleep(0.1)

    def refused(self) -> None:
        """Again and again, and nobody is asked about."""
        reached = len(self.world.asked())
        for _ in range(5):
            told = self.ask()
            assert (told.status, told.body["origin"]) == (503, "hub")
            time.sleep(0.3)
        assert self.client.health().status == 503
        assert len(self.world.asked()) == reached


def test_it_never_builds_on_a_database_that_lost_commits(
    world: World, home: Path, database: Database, client: Client
) -> None:
    begun, teller = len(world.asked()), Teller(world, client)
    hub = HubProcess.start(home)
    apply(home)
    client.connect(hub.api)
    teller.answered()
    with asleep(hub):
        copy = database.back_up()
    teller.answered()
    published(home, database)  # what a new process knows of the log's size
    with asleep(hub):
        kept = database.restore(copy)
    teller.refused()
    assert hub.lives()
    hub.stop()
    assert HubProcess.start(home).ended() != 0
    assert "does not know the checkpoint" in (home / "hub.log").read_text(encoding="utf-8")
    short = put_back(database, kept)
    hub = HubProcess.start(home)
    client.connect(hub.api)
    teller.answered()
    assert hub.stop() == 0
    left = Ledger.within(database.url, (home / "log.key").read_bytes())
    faults = [*left.faults(), *compare.acknowledged(left, teller.askings), *compare.published(left, home)]
    assert [*faults, *compare.asked(left, teller.askings, world.asked()[begun:])] == []
    database.cluster.drop(short)
