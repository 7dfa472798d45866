"""Hubs that are killed at random moments while many ask: nothing is lost, doubled or told too soon."""

from __future__ import annotations

import time
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
from tests.crash.world import World

pytestmark = pytest.mark.slow

KILLS = 10
SEEDS = range(50 if SOAK else 5)
STARTING_S, WORKING_S = 0.25, 0.5  # at most so long after its start, or after it listens, a hub is killed


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_under_load_every_account_agrees(world: World, tmp_path: Path, seed: int) -> None:
    home, begun, random = world.home(tmp_path / "home"), len(world.asked()), Random(seed)
    world.misbehave(None)
    first = HubProcess.start(home)
    apply(home)
    assert first.stop() == 0
    load = Load(world, home, seed)
    with load.running():
        for _ in range(KILLS):
            killed(load, home, random)
    asked = world.asked()[begun:]
    left = Ledger.of(home)
    assert left is not None
    assert [*load.faults, *left.faults(), *compare.published(left, home)] == []
    last = HubProcess.start(home)
    assert last.lives(), (home / "hub.log").read_text(encoding="utf-8")
    assert last.stop() == 0
    assert [*at_rest(home, load.askings, asked)] == []
    answered = sum(asking.told is not None for asking in load.askings)
    assert answered > KILLS, "the hubs were killed before they could answer"


def killed(load: Load, home: Path, random: Random) -> None:
    """One hub, from its start to its death; one in four dies before it listens."""
    if random.random() < 0.25:
        hub = HubProcess.launch(home)
        time.sleep(random.uniform(0, STARTING_S))
        if hub.listens():
            load.meet(hub.api)
    else:
        hub = HubProcess.start(home)
        assert hub.lives(), (home / "hub.log").read_text(encoding="utf-8")
        load.meet(hub.api)
        time.sleep(random.uniform(0, WORKING_S))
    hub.kill()
    load.meet("")
    assert hub.ended() == -9
