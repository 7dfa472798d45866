"""The gate before a source: a deadline, room for so many calls at once, and a breaker that lets it rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeVar

from fidus.errors import SourceError, SourceTimeout, SourceUnavailable

FAILURES = 20  # in a row before the source is left alone
REST_S = 5.0

_T = TypeVar("_T")


class State(StrEnum):
    """CLOSED: calls pass. OPEN: none does, for a while. HALF_OPEN: the next one, alone, finds out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "halfOpen"


class Breaker:
    """Opens after `failures` in a row, rests `rest_s` seconds, then lets one call try. `clock` in seconds."""

    def __init__(
        self, failures: int = FAILURES, rest_s: float = REST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failed = 0
        self._opened_at = 0.0
        self._trying = False

    @property
    def state(self) -> State:
        """As of now."""
        if self._failed < self._limit:
            return State.CLOSED
        rested = self._clock() - self._opened_at >= self._rest_s
        return State.HALF_OPEN if rested and not self._trying else State.OPEN

    def admit(self) -> bool:
        """Whether a call may pass. One that was let through when half open is the only one until it ends."""
        state = self.state
        self._trying = self._trying or state is State.HALF_OPEN
        return state is not State.OPEN

    def succeeded(self) -> None:
        """The source answered, be it with a fault."""
        self._failed, self._trying = 0, False

    def failed(self) -> None:
        """The source could not be reached or did not answer in time."""
        self._failed, self._trying = self._failed + 1, False
        self._opened_at = self._clock()

    def left(self) -> None:
        """A call ended without telling anything of the source."""
        self._trying = False


class Gate:
    """The only way to `source`. Safe to use from many tasks of one event loop."""

    def __init__(
        self, source: str, *, deadline_s: float, at_once: int, breaker: Breaker | None = None
    ) -> None:
        self._source = source
        self._deadline_s = deadline_s
        self._room = asyncio.Semaphore(at_once)
        self._breaker = Breaker() if breaker is None else breaker

    @property
    def state(self) -> State:
        """Of the breaker."""
        return self._breaker.state

    async def run(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Make one call, never again. The deadline holds for all of it, the wait for room included.

        Raises what the call raises; SourceTimeout past the deadline; SourceUnavailable when the source rests
        or no room came free in time: then it was not asked.
        """
        if not self._breaker.admit():
            raise SourceUnavailable(self._source, "it failed too often and is left alone for a while")
        told = self._breaker.left
        asked = False
        try:
            async with asyncio.timeout(self._deadline_s), self._room:
                asked = True
                answer = await call()
            told = self._breaker.succeeded
        except TimeoutError:
            if not asked:
                raise SourceUnavailable(self._source, "too many calls are under way") from None
            told = self._breaker.failed
            raise SourceTimeout(self._source, "no whole answer within the deadline") from None
        except SourceError as error:
            down = isinstance(error, SourceUnavailable | SourceTimeout)
            told = self._breaker.failed if down else self._breaker.succeeded
            raise
        finally:
            told()
        return answer
