"""A thousand callers before a store or source that stalls: each is told in time, memory stays bounded."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.crash.client import Asking
from tests.crash.hubs import HubProcess
from tests.crash.many import Many, Reply, ends
from tests.crash.world import DATA, MUNICIPALITY, World, ordinary, question

pytestmark = pytest.mark.slow

CALLERS = 1_000
AT_ONCE, QUEUE = 20, 10  # before the source
DEADLINE_S = 30
GROWTH_KB = 150 * 1024  # 150 kB a caller: its TLS connection, its question, its task
TOLD_WITHIN_S = 30.0  # patience ends after 15 s; the rest is for processors that others use too


@pytest.fixture
def home(world: World, tmp_path: Path) -> Iterator[Path]:
    home = world.home(tmp_path / "home")
    file = home / "fidus.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("timeout_s = 10", f"timeout_s = {DEADLINE_S}\nat_once = {AT_ONCE}\nqueue = {QUEUE}")
    file.write_text(f"{text}\n[api.limits]\nof_one = {2 * CALLERS}\nconsultations = {2 * CALLERS}\n")
    yield home
    world.misbehave(None)


def askings(count: int) -> list[Asking]:
    return [question(DATA, person.number) for person in islice(cycle(ordinary()), count)]


def resident(hub: HubProcess) -> int:
    """Kilobytes of memory that it uses (proc(5), VmRSS)."""
    status = Path(f"/proc/{hub.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


class Highest:
    """The most memory that it was seen to use."""

    def __init__(self, hub: HubProcess) -> None:
        self.seen = self.begun = resident(hub)
        self._hub = hub
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Highest:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.seen = max(self.seen, resident(self._hub))

    @property
    def growth(self) -> int:
        return self.seen - self.begun


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Somebody else holds the store's lock: nothing can be written."""
    with closing(sqlite3.connect(home / "fidus.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_thousand_callers_are_told_in_time_and_memory_stays_bounded(
    world: World, home: Path, hub: HubProcess
) -> None:
    async def story() -> tuple[list[Reply], list[Reply], Reply]:
        async with Many(home / "pki", MUNICIPALITY, hub.api) as many:
            with Highest(hub) as memory:
                await many.connect(CALLERS)
                with locked(home):
                    store = await many.ask_all(askings(CALLERS))
                await asyncio.sleep(3)  # until it renewed its lease, under which the next calls stand
                after = await many.ask(askings(1)[0])
                begun = len(world.asked())
                world.misbehave({"kind": "delay", "seconds": 12})
                source = await many.ask_all(askings(CALLERS))
            assert memory.growth < GROWTH_KB
            assert len(world.asked()) - begun == AT_ONCE
            return store, source, after

    store, source, after = asyncio.run(story())
    assert ends(store) == {"serviceUnavailable": CALLERS}
    assert max(reply.seconds for reply in store) < TOLD_WITHIN_S
    assert after.status == 200  # without a restart
    assert ends(source) == {"200": AT_ONCE, "sourceUnavailable": CALLERS - AT_ONCE}
    turned_away = [reply.seconds for reply in source if reply.status == 503]
    assert max(turned_away) < DEADLINE_S
