"""What a running hub does beside answering: renew its lease, end what was interrupted, count, publish."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

from fidus.errors import FidusError
from fidus.model import TraceIds
from fidus.trouble import Trouble

PUBLISH_EVERY_S = 0.5
SWEEP_EVERY_S = 5.0
FLUSH_EVERY_S = 60.0


class Housekeeping:
    """Runs small duties at their pace. A duty that fails is told to the operator and tried again."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, seconds: float, name: str, duty: Callable[[], Awaitable[object]]) -> None:
        """Do this from now on, until `stop`."""
        self._tasks.append(asyncio.create_task(self._repeat(seconds, name, duty), name=name))

    async def stop(self) -> None:
        """End all duties; a duty under way is not waited for."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _repeat(self, seconds: float, name: str, duty: Callable[[], Awaitable[object]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await duty()
            except (FidusError, OSError) as error:
                self._trouble.duty(name, error)
            except Exception as error:  # noqa: BLE001 - a bug in one duty must not end the others
                self._trouble.bug(error, TraceIds(uuid4()))
