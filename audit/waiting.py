"""Records that wait for the writer, handed from event loops to its thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from audit.log import Appended, Declined, Record

BUSY: Final = 4  # units at once, from which on it pays to wait for more
LINGER_S: Final = 0.0006  # for each of them: at 16 clients some 5 ms, at 64 some 13 (docs/performance.md)
LINGER_MOST_S: Final = 0.024

Result: TypeAlias = tuple[Appended, ...] | Declined | Exception


@dataclass(frozen=True, slots=True)
class Unit:
    """Records that are written together or not at all, and the caller that waits for them."""

    records: tuple[Record, ...] = field(repr=False)
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[tuple[Appended, ...] | Declined]


class Waiting:
    """A bounded queue of units. Any thread may add; one takes."""

    def __init__(self, bound: int) -> None:
        """`bound`: how many units may wait."""
        self._bound = bound
        self._units: deque[Unit] = deque()
        self._closed = False
        self._last = 0  # how many units were taken together
        self._changed = threading.Condition()

    def add(self, unit: Unit) -> bool:
        """False where too many wait or the queue is closed: the unit was not taken in."""
        with self._changed:
            if self._closed or len(self._units) >= self._bound:
                return False
            self._units.append(unit)
            self._changed.notify()
            return True

    def take(self, cap: int) -> list[Unit]:
        """Everything that waits, up to `cap` records but one unit at least; waits for the first.

        While many come together it waits for more of them, the longer the more there were last time: what a
        commit costs is then shared by more, and on a busy process nobody has an answer later for it. Units
        for which nobody waits any more are dropped. Empty once the queue is closed and nothing is left.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._units or self._closed)
                lingers = self._last >= BUSY and not self._closed
            if lingers:
                time.sleep(min(self._last * LINGER_S, LINGER_MOST_S))
            with self._changed:
                taken = self._first(cap)
                self._last = len(taken)
                if taken or self._closed:
                    return taken

    def _first(self, cap: int) -> list[Unit]:
        taken: list[Unit] = []
        records = 0
        while self._units and (not taken or records + len(self._units[0].records) <= cap):
            unit = self._units.popleft()
            if not unit.future.done():
                taken.append(unit)
                records += len(unit.records)
        return taken

    def close(self) -> None:
        """Take nothing more in; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def settle(units: list[Unit], results: list[Result]) -> None:
    """Tell each caller its result, in its own loop. One that was cancelled, or whose loop is gone, is
    passed over: nobody waits there."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Unit, Result]]] = {}
    for unit, result in zip(units, results, strict=True):
        by_loop.setdefault(unit.loop, []).append((unit, result))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell, settled)
        except RuntimeError:  # this loop was closed
            continue


def _tell(settled: list[tuple[Unit, Result]]) -> None:
    for unit, result in settled:
        if unit.future.done():
            continue
        if isinstance(result, Exception):
            unit.future.set_exception(result)
        else:
            unit.future.set_result(result)
