"""Work that runs to its end whether or not somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fidus.errors import FidusError
from fidus.model import TraceIds
from fidus.trouble import Trouble

T = TypeVar("T")


class Running:
    """The consultations under way in this process."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._tasks: set[asyncio.Task[Any]] = set()
        self.closing = False
        """No call is taken any more; those under way come to their end."""
        self.most: int | None = None
        """How many may be under way at once, those included whose caller has gone."""

    @property
    def full(self) -> bool:
        """Whether no more may be begun."""
        return self.most is not None and len(self._tasks) >= self.most

    async def finish(self, work: Coroutine[Any, Any, T], traces: TraceIds) -> T:
        """Wait for the work. Who stops waiting does not stop it; a bug in it is told all the same."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: self._tell(done, traces))
            raise

    async def drain(self, within_s: float) -> None:
        """Wait until all of it has ended, at most so long."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=within_s)

    def _tell(self, task: asyncio.Task[Any], traces: TraceIds) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, FidusError):
            self._trouble.bug(error, traces)
