"""Two hubs on one database, killed at random moments while many ask both: nothing is lost, doubled or told
too soon, and each goes on whatever becomes of the other."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from tests.crash import compare
from tests.crash.aftermath import at_rest
from tests.crash.hubs import HubProcess
from tests.crash.load import Load
from tests.crash.recount import Ledger
from tests.crash.session import apply
from tests.crash.soak import SOAK
from tests.crash.test_random_kills import killed
from tests.crash.world import World
from tests.postgres import Database

pytestmark = pytest.mark.slow

KILLS = 8
SEEDS = range(50 if SOAK else 1)


@pytest.fixture
def homes(world: World, tmp_path: Path, database: Database) -> tuple[Path, Path]:
    """Two homes that share database and keys; the flows are in force."""
    first = world.home(tmp_path / "first", database.url)
    hub = HubProcess.start(first)
    assert hub.lives(), (first / "hub.log").read_text(encoding="utf-8")
    apply(first)
    assert hub.stop() == 0
    second = world.home(tmp_path / "second", database.url)
    file = second / "fidus.toml"
    keys = f'[log]\nsigning_key = "{first / "log.key"}"\nkeys = "{first / "keys"}"\n'
    file.write_text(file.read_text(encoding="utf-8").replace("[log]\n", keys), encoding="utf-8")
    return first, second


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_under_load_every_account_agrees(
    world: World, homes: tuple[Path, Path], database: Database, seed: int
) -> None:
    begun, random = len(world.asked()), Random(seed)
    world.misbehave(None)
    loads = [Load(world, home, seed + n, suspending=n == 0) for n, home in enumerate(homes)]
    with ExitStack() as held:
        for load in loads:
            held.enter_context(load.running())
        for n in range(KILLS):
            killed(loads[n % 2], homes[n % 2], random)
    left = Ledger.within(database.url, (homes[0] / "log.key").read_bytes())
    faults = [*left.faults(), *(fault for load in loads for fault in load.faults)]
    for home in homes:
        faults += compare.published(left, home)
    assert faults == []
    database.run("UPDATE leases SET until = 0")  # so much time went by
    last = HubProcess.start(homes[0])
    assert last.lives(), (homes[0] / "hub.log").read_text(encoding="utf-8")
    assert last.stop() == 0
    askings = [asking for load in loads for asking in load.askings]
    assert [*at_rest(homes[0], askings, world.asked()[begun:])] == []
    assert sum(asking.told is not None for asking in askings) > KILLS


def test_each_goes_on_while_the_other_is_killed(
    world: World, homes: tuple[Path, Path], database: Database
) -> None:
    """One hub lives all the time, the other is killed again and again; their clients ask all the time."""
    begun, random = len(world.asked()), Random(7)
    world.misbehave(None)
    steady = HubProcess.start(homes[0])
    loads = [Load(world, home, n, suspending=n == 0) for n, home in enumerate(homes)]
    with ExitStack() as held:
        for load in loads:
            held.enter_context(load.running())
        loads[0].meet(steady.api)
        for _ in range(KILLS // 2):
            killed(loads[1], homes[1], random)
        assert steady.lives()
        steady.kill()  # a hub that stops in good order says 503 to who asks on
    assert [fault for load in loads for fault in load.faults] == []
    assert sum(asking.told is not None for asking in loads[0].askings) > 20
    database.run("UPDATE leases SET until = 0")  # so much time went by
    last = HubProcess.start(homes[0])
    assert last.stop() == 0
    askings = [asking for load in loads for asking in load.askings]
    assert [*at_rest(homes[0], askings, world.asked()[begun:])] == []
