"""Refusals that must not tell one thing from another do the same: as many records, statements and waits.

How long they take is for the bench to compare (`python -m bench.refusals`).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from fidus.app import Hub
from fidus.errors import FidusError, NotFound
from fidus.model import Caller, Role, TraceIds
from tests.fidus.home import Home
from tests.fidus.questions import FILES, RIGHT, TOWN, body, confirming, person

CALLER = Caller(TOWN, frozenset({Role.EXCHANGE}))
OVER = confirming(valid_until="2026-01-31")
KNOWN, NOBODY = person(), person(77)
TRIES = 5  # of each: what happens beside them in a hub falls into some
LITERAL = re.compile(r"'(?:[^']|'')*'|x'[0-9a-f]*'|\b[0-9]+(?:\.[0-9]+)?\b", re.IGNORECASE)


class Counted:
    """Awaits something, and counts how often it gave way."""

    def __init__(self, work: Awaitable[Any]) -> None:
        self._work = work
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        sent: Any = None
        while True:
            try:
                waited_for = steps.send(sent) if hasattr(steps, "send") else next(steps)
            except StopIteration as done:
                return done.value
            self.waits += 1
            sent = yield waited_for


@dataclass(frozen=True)
class Seen:
    """What one refusal did. `members`: of its entry; `problem`: what is told, by class and facts."""

    problem: str
    entries: int
    members: tuple[str, ...]
    statements: tuple[str, ...]
    waits: int


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Every statement that a store of this process is told, by whichever way."""
    statements: list[str] = []

    def listen(connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(statements.append)

    event.listen(Pool, "connect", listen)
    yield statements
    event.remove(Pool, "connect", listen)


def seen(home: Home, hub: Hub, said: list[str], flow: str, sent: bytes) -> Seen:
    before = hub.reader.head().size
    said.clear()

    async def ask() -> tuple[FidusError, int]:
        asked = Counted(hub.consult(CALLER, flow, sent, TraceIds(uuid4())))
        with pytest.raises(FidusError) as refused:
            await asked
        return refused.value, asked.waits

    error, waits = home.run(ask())
    statements = tuple(LITERAL.sub("?", statement) for statement in said)
    size = hub.reader.head().size
    members = sorted(json.loads(hub.reader.entry(size - 1)).keys())
    return Seen(f"{type(error).__name__} {vars(error)}", size - before, tuple(members), statements, waits)


def usual(home: Home, hub: Hub, said: list[str], flow: str, sent: bytes) -> Seen:
    """What it did most of the time."""
    return Counter(seen(home, hub, said, flow, sent) for _ in range(TRIES)).most_common(1)[0][0]


@pytest.fixture
def hub(said: list[str], tmp_path: Path) -> Iterator[tuple[Home, Hub]]:
    home = Home(tmp_path / "home")
    with home.open() as hub:
        home.run(hub.changes.apply({**FILES, "town/town-over.toml": OVER}, ()))
        yield home, hub
    home.runner.close()


UNKNOWN, ANOTHERS, ENDED = "nobody-s-confirm", "housing-confirm", "town-over"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((UNKNOWN, KNOWN), (ANOTHERS, KNOWN), id="an-unknown-flow-and-another-s"),
        pytest.param((ANOTHERS, KNOWN), (ANOTHERS, NOBODY), id="somebody-and-nobody-under-another-s-flow"),
        pytest.param((UNKNOWN, KNOWN), (UNKNOWN, NOBODY), id="somebody-and-nobody-under-an-unknown-flow"),
        pytest.param((ENDED, KNOWN), (ENDED, NOBODY), id="somebody-and-nobody-without-right-to-confirm"),
    ],
)
def test_they_do_the_same(
    hub: tuple[Home, Hub], said: list[str], one: tuple[str, str], other: tuple[str, str]
) -> None:
    first, second = (usual(*hub, said, flow, body(number, RIGHT)) for flow, number in (one, other))
    assert first.entries == second.entries == 1
    assert first.statements, "the store was told something"
    assert first == second


def test_a_refusal_that_does_more_would_be_seen(hub: tuple[Home, Hub], said: list[str]) -> None:
    """One's own flow is told of: its body is read, and the entry says more."""
    sent = body(KNOWN, RIGHT)
    unknown, own = (usual(*hub, said, flow, sent) for flow in (UNKNOWN, ENDED))
    assert unknown.problem.startswith(NotFound.__name__)
    assert unknown.members != own.members
    assert unknown.statements != own.statements
