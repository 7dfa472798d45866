"""What a running hub does beside answering: renew its lease, end what was left behind, count, publish."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from fidus.trouble import Trouble

PUBLISH_EVERY_S = 0.5
SWEEP_EVERY_S = 5.0
FLUSH_EVERY_S = 60.0
WATCH_EVERY_S = 1.0
CRLS_EVERY_S = 1.0  # each list has a pace of its own (fidus/crl_keeping.py)


AGAIN_S = 1.0  # after which a duty that failed is tried again: a lease must not lapse for one stall


class Housekeeping:
    """Runs small duties at their pace, each of which never overlaps itself. A duty that fails is told to the
    operator and tried again soon."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, seconds: float, name: str, duty: Callable[[], Awaitable[object]]) -> None:
        """Do this from now on, until `stop`."""
        self._tasks.append(asyncio.create_task(self._repeat(seconds, name, duty), name=name))

    async def stop(self) -> None:
        """Begin no duty any more, and wait for those under way: half of one is worse than none."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def _repeat(self, seconds: float, name: str, duty: Callable[[], Awaitable[object]]) -> None:
        pause = seconds
        while not await self._stops_within(pause):
            try:
                await duty()
                pause = seconds
            except Exception as error:  # noqa: BLE001 - a bug in one duty must not end it or the others
                self._trouble.duty(name, error)
                pause = min(seconds, AGAIN_S)

    async def _stops_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()
