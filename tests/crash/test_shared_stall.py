"""PostgreSQL hangs under a whole hub: each caller is told in time, nothing leaves without a record, memory
stays bounded, and the hub goes on by itself once it is over."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import psycopg
import pytest

from tests.audit.proxy import Proxy, proxy_to
from tests.crash.aftermath import at_rest
from tests.crash.client import Asking, Told
from tests.crash.hubs import HubProcess
from tests.crash.many import Many, Reply, ends
from tests.crash.recount import Ledger
from tests.crash.session import apply
from tests.crash.test_bounds import GROWTH_KB, TOLD_WITHIN_S, Highest
from tests.crash.world import DATA, MUNICIPALITY, World, ordinary, question
from tests.postgres import Cluster, launch

pytestmark = pytest.mark.slow

UNDER_WAY = 20  # calls that the source has when it begins
GOES_ON_WITHIN_S = 60.0


@dataclass(frozen=True)
class Stage:
    """A server of its own, a database in it, and the way from the hub to there."""

    cluster: Cluster
    name: str
    way: Proxy


@contextmanager
def head_row_kept(stage: Stage) -> Iterator[None]:
    """Another session has the lock before which all writers stand, and keeps it."""
    with psycopg.connect(stage.cluster.url(stage.name)) as other:
        other.execute("SELECT id FROM head FOR UPDATE")
        yield
        other.rollback()


@contextmanager
def way_blocked(stage: Stage) -> Iterator[None]:
    """Not a byte goes through, and no connection ends."""
    stage.way.flowing.clear()
    yield
    stage.way.flowing.set()


@contextmanager
def standby_gone(stage: Stage) -> Iterator[None]:
    """A commit is written, and not answered before a standby has it too: there is none."""
    stage.cluster.run("ALTER SYSTEM SET synchronous_standby_names = 'gone'")
    stage.cluster.run("SELECT pg_reload_conf()")
    yield
    stage.cluster.run("ALTER SYSTEM RESET synchronous_standby_names")
    stage.cluster.run("SELECT pg_reload_conf()")


Fault = Callable[[Stage], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def server() -> Cluster:
    """Not the one of the other tests: its settings change."""
    return launch(os.getpid())


@pytest.fixture
def stage(server: Cluster) -> Iterator[Stage]:
    name = server.create()
    with proxy_to(server.port) as way:
        yield Stage(server, name, way)
    server.drop(name)


@pytest.fixture
def home(world: World, tmp_path: Path, stage: Stage) -> Iterator[Path]:
    home = world.home(tmp_path / "home", stage.way.url(stage.name))
    with (home / "fidus.toml").open("a", encoding="utf-8") as file:
        file.write("\n[api.limits]\nof_one = 2000\nconsultations = 2000\n")
    yield home
    world.misbehave(None)


@dataclass
class Scene:
    """An institution, the hub, and what was asked so far."""

    world: World
    stage: Stage
    hub: HubProcess
    many: Many
    askings: list[Asking]

    async def ask_all(self, count: int) -> list[Reply]:
        """So many at once; what they were told is noted."""
        people = islice(cycle(ordinary()), len(self.askings), len(self.askings) + count)
        asked = [question(DATA, person.number) for person in people]
        self.askings += asked
        replies = await self.many.ask_all(asked)
        for asking, reply in zip(asked, replies, strict=True):
            asking.told = Told(reply.status, "", reply.body)
        return replies

    async def hang(self, fault: Fault, callers: int) -> None:
        """It begins while the source has some calls; others come meanwhile. All are told the same in time."""
        begun = len(self.world.asked())
        self.world.misbehave({"kind": "delay", "seconds": 3, "count": UNDER_WAY})
        under_way = asyncio.create_task(self.ask_all(UNDER_WAY))
        while len(await asyncio.to_thread(self.world.asked)) < begun + UNDER_WAY:
            assert not under_way.done()
            await asyncio.sleep(0.02)
        with fault(self.stage):
            told = [*await self.ask_all(callers), *await under_way]
            health = await self.many.get("/health")
        assert ends(told) == {"serviceUnavailable": callers + UNDER_WAY}
        assert {(reply.body["origin"], "data" in reply.body) for reply in told} == {("hub", False)}
        assert max(reply.seconds for reply in told) < TOLD_WITHIN_S
        assert health.status == 503
        assert len(self.world.asked()) == begun + UNDER_WAY, "nobody was asked about on an intent in doubt"

    async def goes_on(self, ledger: Callable[[], Ledger]) -> None:
        """Without anybody's help: it answers again, and ends what it could not write the outcome of."""
        async with asyncio.timeout(GOES_ON_WITHIN_S):
            while ends(await self.ask_all(1)) != {"200": 1}:  # noqa: ASYNC110 - the hub says it by answering
                await asyncio.sleep(0.2)
            while (await asyncio.to_thread(ledger)).open:  # noqa: ASYNC110 - likewise, by what it writes
                await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    ("fault", "callers"),
    [
        pytest.param(head_row_kept, 100, id="another-session-keeps-the-head-row"),
        pytest.param(way_blocked, 100, id="the-way-to-the-database-is-blocked"),
        pytest.param(standby_gone, 1_000, id="a-commit-waits-for-a-standby-that-is-gone"),
    ],
)
def test_a_database_that_hangs(world: World, home: Path, stage: Stage, fault: Fault, callers: int) -> None:
    world.misbehave(None)
    begun = len(world.asked())
    hub = HubProcess.start(home)
    assert hub.lives(), (home / "hub.log").read_text(encoding="utf-8")
    apply(home)
    askings: list[Asking] = []
    seed, store = (home / "log.key").read_bytes(), stage.cluster.url(stage.name)

    async def story() -> None:
        async with Many(home / "pki", MUNICIPALITY, hub.api) as many:
            scene = Scene(world, stage, hub, many, askings)
            assert ends(await scene.ask_all(1)) == {"200": 1}
            with Highest(hub) as memory:
                await many.connect(callers)
                await scene.hang(fault, callers)
            assert memory.growth < GROWTH_KB
            await scene.goes_on(partial(Ledger.within, store, seed))

    asyncio.run(story())
    assert hub.stop() == 0
    assert list(at_rest(home, askings, world.asked()[begun:])) == []
