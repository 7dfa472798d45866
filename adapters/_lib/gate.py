"""The gate before a source: a deadline, room for so many calls at once, a breaker, the operator's word."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from adapters._lib.breaker import NO_PASS, Breaker, State, Told
from adapters._lib.room import NoRoom, Room
from fidus.errors import SourceError, SourceTimeout, SourceUnavailable

WAIT_S: Final = 1.0  # for room; who waited so long would hardly be answered in time

PING_S: Final = 5.0  # to be reached, when nobody asks

_T = TypeVar("_T")


class Word(StrEnum):
    """What the operator said. AUTO: the breaker decides. BLOCK: no call passes. ALLOW: every call does,
    whatever the breaker says; deadline and room hold all the same."""

    AUTO = "auto"
    BLOCK = "block"
    ALLOW = "allow"


class Kept(StrEnum):
    """Why a call did not pass: its source was not asked."""

    BLOCKED = "blocked"
    RESTING = "resting"
    FULL = "full"


_CAUSES: Final[Mapping[Kept, str]] = {
    Kept.BLOCKED: "the operator lets nobody ask it",
    Kept.RESTING: "it failed too often and is left alone for a while",
    Kept.FULL: "too many calls are under way",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """`deadline_s`: for a whole call, the wait for room included. `at_once`: calls under way. `queue`: how
    many may wait for room, at most `wait_s` seconds each; None: as many as are under way."""

    deadline_s: float
    at_once: int
    queue: int | None = None
    wait_s: float = WAIT_S

    @property
    def may_wait(self) -> int:
        """How many may wait for room."""
        return self.at_once if self.queue is None else self.queue


class Gate:
    """The only way to `source`. Safe to use from many tasks of one event loop."""

    def __init__(self, source: str, limits: Limits, breaker: Breaker | None = None) -> None:
        self._source = source
        self._limits = limits
        self._room = Room(limits.at_once, limits.may_wait)
        self._breaker = Breaker() if breaker is None else breaker
        self.word = Word.AUTO
        self.kept: Counter[Kept] = Counter()
        """How many calls did not pass since the start, by why."""

    @property
    def limits(self) -> Limits:
        """Those that hold for the next call."""
        return self._limits

    @property
    def state(self) -> State:
        """Of the breaker."""
        return self._breaker.state

    @property
    def under_way(self) -> int:
        """How many calls are with the source."""
        return self._room.taken

    @property
    def waiting(self) -> int:
        """How many calls wait for room."""
        return self._room.waiting

    def look(self) -> dict[str, str | int]:
        """What an operator wants to know of it."""
        return {
            "state": self.state.value,
            "word": self.word.value,
            "underWay": self.under_way,
            "waiting": self.waiting,
            "atOnce": self._limits.at_once,
            **{why.value: self.kept[why] for why in Kept},
        }

    def limit(self, limits: Limits) -> None:
        """New limits, for calls that come from now on."""
        self._limits = limits
        self._room.resize(limits.at_once, limits.may_wait)

    async def run(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Make one call.

        Raises what the call raises; SourceTimeout past the deadline; SourceUnavailable when the source rests,
        is blocked, or no room came free: then it was not asked.
        """
        limits, begun = self._limits, asyncio.get_running_loop().time()
        passed, told = self._pass(), Told.NOTHING
        try:
            await self._enter(limits)
            try:
                async with asyncio.timeout_at(begun + limits.deadline_s):
                    answer = await call()
            finally:
                self._room.leave()
            told = Told.SUCCEEDED
        except TimeoutError:
            told = Told.FAILED
            raise SourceTimeout(self._source, "no whole answer within the deadline") from None
        except _Kept as kept:
            raise self._keep(kept.why) from None
        except SourceError as error:
            down = isinstance(error, SourceUnavailable | SourceTimeout)
            told = Told.FAILED if down else Told.SUCCEEDED
            raise
        finally:
            self._breaker.ended(passed, told)
        return answer

    def _pass(self) -> int:
        """Raises SourceUnavailable."""
        if self.word is Word.BLOCK:
            raise self._keep(Kept.BLOCKED)
        passed = self._breaker.admit()
        if passed is None and self.word is not Word.ALLOW:
            raise self._keep(Kept.RESTING)
        return NO_PASS if passed is None else passed

    async def _enter(self, limits: Limits) -> None:
        """Take a place. Raises _Kept where none comes free soon."""
        if self._room.enter_at_once():  # as nearly always: then no clock is wound up
            return
        try:
            async with asyncio.timeout(min(limits.wait_s, limits.deadline_s)):
                await self._room.enter()
        except (NoRoom, TimeoutError):
            raise _Kept(Kept.FULL) from None

    def _keep(self, why: Kept) -> SourceUnavailable:
        self.kept[why] += 1
        return SourceUnavailable(self._source, _CAUSES[why])


class _Kept(Exception):
    def __init__(self, why: Kept) -> None:
        super().__init__(why.value)
        self.why = why


async def ping(source: str, reach: Callable[[], Awaitable[None]]) -> None:
    """Connect to a source and keep that for the next call, beside its gate; asks about nobody.

    Raises SourceUnavailable, or SourceTimeout after PING_S.
    """
    await Gate(source, Limits(PING_S, 1)).run(reach)
