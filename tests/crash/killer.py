"""A hub that is killed at one chosen point of its life.

A point is where something that outlives the process changes, or something leaves it:

    commit    a transaction of the store              carry     its write-ahead log copied into the file
    sync      of a file or folder                     rename    of a file, or a second name for it
    answer    bytes sent to whoever connected to us   question  bytes sent to whom we connected to

The n-th point of a kind has the name `kind:n`, from 1. By hand, from the project's folder:

    python -m tests.crash.killer --list points.txt -- serve --home DIR
    python -m tests.crash.killer --at commit:3 --when before -- serve --home DIR
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
import time
from asyncio import selector_events
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvloop
from sqlalchemy import Connection
from sqlalchemy.engine.default import DefaultDialect

import audit.sqlite
from fidus.cli.main import run

KINDS: Final = ("commit", "carry", "sync", "rename", "answer", "question")
LINGER_S: Final = 0.05  # before a point: whoever should wait for it and does not gets away in that time
_OURS: Final = ("fidus", "audit", "adapters")


@dataclass(frozen=True)
class Plan:
    """What happens to the hub. `at`: the point at which it is killed, None: at none. `listing`: a file that
    gets one line for each point as it is reached. `pages`: of write-ahead log, after which it is carried
    over."""

    at: str | None = None
    after: bool = False
    listing: Path | None = None
    pages: int | None = None


class Killer:
    """Counts the points of this process, and ends it at the planned one as `kill -9` does."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._listing = -1
        if plan.listing is not None:
            self._listing = os.open(plan.listing, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def wrap(self, owner: Any, name: str, kind_of: Callable[..., str | None]) -> None:
        """Make each call of `owner.name` a point. `kind_of` gets its arguments; None: no point."""
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            kind = kind_of(*arguments)
            if kind is None:
                return original(*arguments, **named)
            mine = self._reached(kind, arguments)
            if mine and not self._plan.after:
                time.sleep(LINGER_S)
                _die()
            result = original(*arguments, **named)
            if mine:
                _die()
            return result

        setattr(owner, name, wrapped)

    def _reached(self, kind: str, arguments: tuple[Any, ...]) -> bool:
        """Count the point; True if it is the planned one."""
        with self._lock:
            self._counts[kind] += 1
            point = f"{kind}:{self._counts[kind]}"
            if self._listing >= 0:
                sent = kind in ("answer", "question")
                place = f"{len(arguments[1])} bytes" if sent else _place(sys._getframe(2))
                os.write(self._listing, f"{point} {place}\n".encode())
        return point == self._plan.at


def install(plan: Plan) -> None:
    """Wrap every commit, sync, rename and send of this process. Once, before the hub starts.

    On asyncio's own loop, whose sends can be wrapped; uvloop's are compiled.
    """
    uvloop.new_event_loop = asyncio.new_event_loop  # type: ignore[assignment]
    if plan.pages is not None:
        audit.sqlite.CARRY_OVER = plan.pages  # type: ignore[misc]
    killer = Killer(plan)
    killer.wrap(DefaultDialect, "do_commit", lambda *_: "commit")
    killer.wrap(Connection, "exec_driver_sql", _carry)
    for name in ("fsync", "fdatasync"):
        killer.wrap(os, name, lambda *_: "sync")
    for name in ("replace", "rename", "link"):
        killer.wrap(os, name, lambda *_: "rename")
    transport = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    for name in {"write", "writelines"} & vars(transport).keys():
        killer.wrap(transport, name, lambda sender, _: "answer" if _to_a_caller(sender) else "question")


def _to_a_caller(sender: Any) -> bool:
    """Whether they connected to us: through a server of asyncio's, or as TLS servers that we are."""
    return sender._server is not None or getattr(sender._protocol, "_server_side", False)


def _carry(_: Connection, statement: str, *__: Any) -> str | None:
    return "carry" if statement.startswith("PRAGMA wal_checkpoint") else None


def _place(frame: FrameType | None) -> str:
    """Which of our functions caused it, the nearest first."""
    steps: list[str] = []
    while frame is not None and len(steps) < 3:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] in _OURS:
            steps.append(f"{module}.{frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(steps)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """The command of this module's first lines."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.killer", description=__doc__)
    parser.add_argument("--at", metavar="KIND:N", help="the point; left out: none")
    parser.add_argument("--when", choices=("before", "after"), default="before")
    parser.add_argument(
        "--list", type=Path, metavar="FILE", help="write the points there as they are reached"
    )
    parser.add_argument("words", nargs="+", help="a command of fidus, after --")
    chosen = parser.parse_args()
    install(Plan(chosen.at, chosen.when == "after", chosen.list))
    sys.argv = ["fidus", *chosen.words]
    run()


if __name__ == "__main__":
    main()
