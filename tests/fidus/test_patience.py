"""Nobody waits for the log without end."""

from __future__ import annotations

import asyncio

import pytest

from fidus import patience
from fidus.errors import AuditUnavailable, NotFound
from fidus.patience import in_time


async def fails(error: Exception) -> None:
    raise error


def test_what_is_done_in_time_is_given() -> None:
    assert asyncio.run(in_time(asyncio.sleep(0, "done"))) == "done"


def test_what_fails_in_time_fails_as_it_is() -> None:
    with pytest.raises(NotFound):
        asyncio.run(in_time(fails(NotFound())))


def test_what_takes_too_long_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "WITHIN_S", 0.02)

    async def story() -> bool:
        work = asyncio.create_task(asyncio.sleep(3600))
        with pytest.raises(AuditUnavailable, match="in time"):
            await in_time(work)
        return work.cancelled()

    assert asyncio.run(story())
