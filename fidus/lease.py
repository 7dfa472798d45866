"""The sign of life of one process: intents name it, and only its holder may hand out answers.

Renewed every 5 s, lapsing after 20 s (design: crash). Where one process alone can write, the clock is the
monotonic one: a process that slept past the lapse gives no data before it has taken a new lease.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from uuid import uuid4

from audit.log import Declined, Expect, Log, Record, Write
from fidus.errors import AuditUnavailable

RENEW_EVERY_S = 5.0
LAPSES_AFTER_S = 20.0
LIVE = "live"


class Lease:
    """One process's lease. `id` changes when it is taken anew."""

    def __init__(self, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._until = 0.0
        self.id = ""

    def expectation(self) -> Expect:
        """What the writer checks with each record of this process."""
        return Expect(f"lease:{self.id}", LIVE, "lease")

    def alive(self) -> bool:
        """False once 20 s went by without a renewal."""
        return self._clock() < self._until

    async def take(self) -> None:
        """Take a new lease. Raises AuditUnavailable."""
        identifier = str(uuid4())
        await self._write("take", identifier, LIVE)
        self.id = identifier

    async def renew(self) -> None:
        """Renew, or take a new one where it has lapsed. Raises AuditUnavailable."""
        if not self.alive():
            await self.take()
            return
        await self._write("renew", self.id, None)

    async def end(self) -> None:
        """Give it back at an orderly stop. Raises AuditUnavailable."""
        await self._write("end", self.id, "")
        self._until = 0.0

    async def bury(self, gone: Iterable[str]) -> None:
        """Forget leases of processes that are known to be gone. Raises AuditUnavailable."""
        for lease in gone:
            flag = Write("flags", "set", {"flag": f"lease:{lease}", "value": ""})
            await self._append((Write("leases", "end", {"lease": lease}), flag))

    async def _append(self, writes: tuple[Write, ...]) -> None:
        written = await self._log.append(Record(entry=None, numbered=False, writes=writes))
        if isinstance(written, Declined):
            raise AuditUnavailable

    async def _write(self, operation: str, identifier: str, flag: str | None) -> None:
        begun = self._clock()
        row = {"lease": identifier, "seconds": LAPSES_AFTER_S}
        writes = [Write("leases", operation, row)]
        if flag is not None:
            writes.append(Write("flags", "set", {"flag": f"lease:{identifier}", "value": flag}))
        await self._append(tuple(writes))
        self._until = begun + LAPSES_AFTER_S
