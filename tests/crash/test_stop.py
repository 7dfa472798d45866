"""SIGTERM and SIGINT: it says so, finishes what is under way, takes nothing more, leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import aiohttp
import pytest

from tests.crash.client import Asking
from tests.crash.hubs import HubProcess
from tests.crash.many import Many, Reply, ends
from tests.crash.recount import Ledger
from tests.crash.session import apply
from tests.crash.world import DATA, MUNICIPALITY, World, ordinary, question

pytestmark = pytest.mark.slow


def home_of(world: World, folder: Path, **stop: float) -> Path:
    """A home with these settings of `[stop]`."""
    home = world.home(folder / "home")
    file = home / "fidus.toml"
    lines = "".join(f"{name} = {value}\n" for name, value in stop.items())
    file.write_text(f"{file.read_text(encoding='utf-8')}\n[stop]\n{lines}", encoding="utf-8")
    return home


def questions() -> Iterator[Asking]:
    return (question(DATA, person.number) for person in ordinary())


def started(home: Path) -> HubProcess:
    hub = HubProcess.start(home)
    assert hub.lives(), (home / "hub.log").read_text(encoding="utf-8")
    return hub


def is_ready(hub: HubProcess) -> bool:
    try:
        urllib.request.urlopen(hub.management + "/health", timeout=10).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    return True


def kinds(home: Path) -> list[str]:
    ledger = Ledger.of(home)
    assert ledger is not None
    assert [*ledger.faults()] == []
    return [entry.get("outcome", entry["kind"]) for entry in map(json.loads, ledger.entries)]


@pytest.fixture
def delay(world: World) -> Iterator[World]:
    """The world, whose source is slow until the end of the test."""
    yield world
    world.misbehave(None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_under_way_is_answered_and_what_comes_is_sent_away(
    delay: World, tmp_path: Path, number: signal.Signals
) -> None:
    home = home_of(delay, tmp_path)
    hub = started(home)
    apply(home)

    async def story() -> list[Reply]:
        async with Many(home / "pki", MUNICIPALITY, hub.api) as many:
            await many.connect(42)
            delay.misbehave({"kind": "delay", "seconds": 1.5})
            asking = asyncio.create_task(many.ask_all(islice(questions(), 40)))
            await asyncio.sleep(0.7)
            os.kill(hub.pid, number)
            await asyncio.sleep(0.2)
            late = await many.ask(next(questions()))
            assert (late.status, late.end, late.body["origin"]) == (503, "serviceUnavailable", "hub")
            assert late.closes
            health = await many.get("/health")
            assert (health.status, health.body, health.closes) == (503, {"status": "DOWN"}, True)
            assert not is_ready(hub)
            with pytest.raises(aiohttp.ClientConnectorError):  # and nobody new is let in
                await many.get("/health")
            return await asking

    assert ends(asyncio.run(story())) == {"200": 40}
    assert hub.ended() == 0
    assert not [name for name in ("hub.sock", "hub.json") if (home / name).exists()]
    assert kinds(home).count("found") == 40


def test_without_anything_under_way_it_stops_at_once(world: World, tmp_path: Path) -> None:
    home = home_of(world, tmp_path)
    hub = started(home)

    async def story() -> float:
        async with Many(home / "pki", MUNICIPALITY, hub.api) as many:
            await many.connect(5)
            begun = time.monotonic()
            assert await asyncio.to_thread(hub.stop) == 0
            return time.monotonic() - begun

    assert asyncio.run(story()) < 5


def test_during_the_notice_it_answers_while_health_sends_others_elsewhere(
    world: World, tmp_path: Path
) -> None:
    home = home_of(world, tmp_path, notice_s=2)
    hub = started(home)
    apply(home)

    async def story() -> None:
        async with Many(home / "pki", MUNICIPALITY, hub.api) as many:
            assert (await many.get("/health")).status == 200
            os.kill(hub.pid, signal.SIGTERM)
            await asyncio.sleep(0.3)
            assert (await many.get("/health")).body == {"status": "DOWN"}
            assert not is_ready(hub)
            told = await many.ask(next(questions()))
            assert (told.status, told.closes) == (200, False)

    asyncio.run(story())
    assert hub.ended() == 0


def test_beyond_the_limit_it_leaves_and_the_next_start_records_it(delay: World, tmp_path: Path) -> None:
    home = home_of(delay, tmp_path, within_s=0.5)
    hub = started(home)
    apply(home)
    begun = asyncio.run(cut_off(delay, home, hub, signals=1))
    assert hub.ended() == 0
    assert time.monotonic() - begun < 4  # half a second, and what answers on their way are given
    assert kinds(home)[-1] == "intent"
    assert started(home).stop() == 0
    assert kinds(home)[-1] == "interrupted"


def test_a_second_signal_ends_it_at_once(delay: World, tmp_path: Path) -> None:
    home = home_of(delay, tmp_path)
    hub = started(home)
    apply(home)
    begun = asyncio.run(cut_off(delay, home, hub, signals=2))
    assert hub.ended() == -signal.SIGTERM
    assert time.monotonic() - begun < 3
    assert started(home).stop() == 0
    assert kinds(home)[-1] == "interrupted"


async def cut_off(world: World, home: Path, hub: HubProcess, signals: int) -> float:
    """One question that the source answers too late; when the last signal came."""
    async with Many(home / "pki", MUNICIPALITY, hub.api) as many:
        world.misbehave({"kind": "delay", "seconds": 9})
        asking = asyncio.create_task(many.ask(next(questions())))
        await asyncio.sleep(0.5)
        for _ in range(signals):
            os.kill(hub.pid, signal.SIGTERM)
            await asyncio.sleep(0.3)
        begun = time.monotonic()
        with pytest.raises(aiohttp.ClientError):
            await asking
    return begun
