"""The sign of life of one process: intents name it, and only its holder may hand out answers.

Renewed every 5 s, lapsing after 20 s (design: crash). The store says by its own clock which leases lapsed;
a process goes by its monotonic clock, from before it asked the store: so it never thinks that it lives longer
than others do, and after it slept past the lapse it gives no data before it has taken a new lease.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from uuid import uuid4

from audit.log import Declined, Expect, Log, Record, Write

RENEW_EVERY_S = 5.0
LAPSES_AFTER_S = 20.0
LIVE = "live"


class Lease:
    """One process's lease. `id` changes when it is taken anew, and what was begun under the former one can
    then no longer end in an answer."""

    def __init__(self, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._until = 0.0
        self._changing = asyncio.Lock()
        self.id = ""

    @staticmethod
    def expectation(identifier: str) -> Expect:
        """What the writer checks with each record of a consultation under the lease of this id."""
        return Expect(_flag(identifier), LIVE, "lease")

    def alive(self) -> bool:
        """False once 20 s went by without a renewal."""
        return self._clock() < self._until

    def holds(self, identifier: str) -> bool:
        """Whether what was begun under the lease of this id may still end in an answer."""
        return self.id == identifier and self.alive()

    async def ensure(self) -> None:
        """Take a lease where there is none that lives. Raises AuditUnavailable."""
        if not self.alive():
            async with self._changing:
                if not self.alive():  # of many that wait, the first takes it
                    await self._take()

    async def renew(self) -> None:
        """Renew it, or take a new one where it has lapsed or another process buried it. Raises
        AuditUnavailable."""
        async with self._changing:
            renewal = (Write("leases", "renew", _row(self.id)),)
            if not (self.alive() and await self._hold(renewal, (self.expectation(self.id),))):
                await self._take()

    async def end(self) -> None:
        """Give it back at an orderly stop. Raises AuditUnavailable."""
        async with self._changing:
            self._until = 0.0
            await self._append(_burial(self.id))

    async def bury(self, gone: Iterable[str]) -> None:
        """Forget leases of processes that are known to be gone. Raises AuditUnavailable."""
        await self._append(tuple(write for lease in gone for write in _burial(lease)))

    async def _take(self) -> None:
        """A new one, and in the same transaction an end of the former: nothing more comes of that."""
        new = str(uuid4())
        taken = (
            Write("leases", "take", _row(new)),
            Write("flags", "set", {"flag": _flag(new), "value": LIVE}),
        )
        await self._hold(taken + (_burial(self.id) if self.id else ()))
        self.id = new

    async def _hold(self, writes: tuple[Write, ...], expects: tuple[Expect, ...] = ()) -> bool:
        """It counts from before the log was asked: never longer than the store says. False: declined."""
        begun = self._clock()
        held = await self._append(writes, expects)
        if held:
            self._until = begun + LAPSES_AFTER_S
        return held

    async def _append(self, writes: tuple[Write, ...], expects: tuple[Expect, ...] = ()) -> bool:
        record = Record(entry=None, numbered=False, expects=expects, writes=writes)
        return not isinstance(await self._log.append(record), Declined)


def _flag(lease: str) -> str:
    return f"lease:{lease}"


def _row(lease: str) -> dict[str, str | float]:
    return {"lease": lease, "seconds": LAPSES_AFTER_S}


def _burial(lease: str) -> tuple[Write, ...]:
    return (
        Write("leases", "end", {"lease": lease}),
        Write("flags", "set", {"flag": _flag(lease), "value": ""}),
    )
