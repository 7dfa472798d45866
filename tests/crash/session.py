"""One session with a hub, from its first start to its orderly stop: each kind of thing that it does, once."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fidus.catalogue import read_files
from fidus.control import call_control
from mocks.population import population
from tests.crash.client import Asking, Client
from tests.crash.hubs import HubProcess
from tests.crash.killer import Plan
from tests.crash.world import (
    CONFIRM,
    DATA,
    ENDED,
    HOUSING,
    MUNICIPALITY,
    OTHER_DATA,
    World,
    confirmation,
    malformed,
    ordinary,
    question,
)

PUBLISHED_WITHIN_S = 20.0


@dataclass
class Session:
    """What was tried and what is known of it. `suspended`: the hub said that it suspended DATA."""

    home: Path
    askings: list[Asking] = field(default_factory=list)
    suspended: bool = False
    written: list[tuple[int, int]] = field(default_factory=list)
    """For each answer: how many askings there were, and the bytes of write-ahead log at that moment."""


def play(world: World, home: Path, plan: Plan | None = None, stop: bool = True) -> tuple[Session, int]:
    """Run the session with a new hub until its end or its death; give what is known, and the exit code.

    Without `stop` the hub is killed after its last answer.
    """
    session = Session(home)
    world.misbehave(None)
    hub = HubProcess.start(home, plan)
    clients = {name: world.client(name) for name in (MUNICIPALITY, HOUSING)}
    try:
        if hub.lives():
            _acts(world, session, hub, clients)
    except OSError:
        pass  # the hub died under its clients, as it shall
    finally:
        for client in clients.values():
            client.close()
    if stop:
        return session, hub.stop()
    hub.kill()
    return session, hub.ended()


def _acts(world: World, session: Session, hub: HubProcess, clients: Mapping[str, Client]) -> None:
    """Raises OSError as soon as the hub does not answer."""
    apply(session.home)
    for client in clients.values():
        client.connect(hub.api)
    people = iter(ordinary())
    for asking, institution in _questions(people):
        _ask(session, clients[institution], asking)
    failing = question(DATA, next(people).number)
    world.misbehave({"kind": "status", "status": 500, "count": 1, "key": failing.subject})
    _ask(session, clients[MUNICIPALITY], failing)
    _wait_until_published(session.home, hub)
    control(session.home, "suspend", {"flow": DATA, "reason": "crash test"})
    session.suspended = True
    _ask(session, clients[MUNICIPALITY], question(DATA, next(people).number))
    _ask(session, clients[MUNICIPALITY], question(OTHER_DATA, next(people).number))
    _receipt(session, clients[MUNICIPALITY])


def _questions(people: Iterator[Any]) -> Iterator[tuple[Asking, str]]:
    yield question(DATA, next(people).number), MUNICIPALITY
    yield question(DATA, population().number("unknown")), MUNICIPALITY
    yield confirmation(CONFIRM, next(people), right=True), HOUSING
    yield confirmation(CONFIRM, next(people), right=False), HOUSING
    yield question(ENDED, next(people).number), HOUSING
    yield malformed(DATA, next(people).number), MUNICIPALITY
    yield question(CONFIRM, next(people).number), MUNICIPALITY  # another's flow


def _ask(session: Session, client: Client, asking: Asking) -> None:
    session.askings.append(asking)
    client.ask(asking)
    session.written.append((len(session.askings), (session.home / "fidus.db-wal").stat().st_size))


def _receipt(session: Session, client: Client) -> None:
    told = next(asking.told for asking in session.askings if asking.told is not None)
    shown = client.receipt(told.body["consultationId"])
    assert shown.body["receipt"]["index"] == told.body["receipt"]["index"]


def _wait_until_published(home: Path, hub: HubProcess) -> None:
    """Until the published files are up to the log. Raises OSError if the hub dies meanwhile."""
    with closing(sqlite3.connect(f"file:{home / 'fidus.db'}?mode=ro", uri=True)) as store:
        size = store.execute("SELECT size FROM head").fetchone()[0]
    checkpoint, until = home / "log" / "checkpoint", time.monotonic() + PUBLISHED_WITHIN_S
    while not checkpoint.exists() or int(checkpoint.read_text().split("\n")[1]) < size:
        if not hub.lives():
            raise OSError("the hub is gone")
        assert time.monotonic() < until, "nothing is published"
        time.sleep(0.005)


def apply(home: Path) -> None:
    """Put the home's flows in force. Raises OSError where the hub dies."""
    files = {path: base64.b64encode(text).decode() for path, text in read_files(home / "flows").items()}
    control(home, "apply", {"files": files, "approvals": []})


def control(home: Path, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """One operation of the running hub. Raises OSError where it dies."""
    answer = asyncio.run(call_control(home, operation, arguments))
    if answer is None:
        raise OSError("no hub listens")
    return answer
