"""How long a caller waits for the log, whatever holds it up: the writer, a key in the making, a lease."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from fidus.errors import AuditUnavailable

WITHIN_S: Final = 15.0  # longer than the writer's own patience, so that this rarely speaks

_T = TypeVar("_T")


async def in_time(work: Awaitable[_T]) -> _T:
    """What the work gives. Raises what it raises, and AuditUnavailable after WITHIN_S: the work is broken off
    then, and what it was about to write may be there or not."""
    try:
        async with asyncio.timeout(WITHIN_S):
            return await work
    except TimeoutError:
        raise AuditUnavailable("the log did not take the record in time") from None
