"""A store that stalls: who waits is told in time, and what nobody waits for any more is not written."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from audit import writer as module
from audit.log import Appended, Declined
from fidus.errors import AuditUnavailable
from tests.audit.test_writer import held

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records


def test_nobody_waits_for_a_stalled_store_longer_than_is_said(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.3)
    log = store.open()

    async def scene() -> None:
        with held(monkeypatch):
            begun = time.monotonic()
            first = asyncio.create_task(log.append(records.admin()))
            await asyncio.sleep(0.05)  # it is in the writer's hands
            late = [asyncio.create_task(log.append(records.admin())) for _ in range(100)]
            told = await asyncio.gather(first, *late, return_exceptions=True)
            assert time.monotonic() - begun < 2
        assert {type(one) for one in told} == {AuditUnavailable}
        assert "in time" in str(told[0])
        written = await log.append(records.admin())
        assert isinstance(written, tuple)
        assert isinstance(written[0], Appended)
        assert written[0].index == 1  # the first may have been written, and was; of the others none

    store.play(log, scene)


def test_what_is_told_at_the_very_moment_of_the_limit_stays() -> None:
    async def scene() -> None:
        told: asyncio.Future[tuple[Appended, ...] | Declined] = asyncio.get_running_loop().create_future()
        told.set_result(())
        module._tire(told)
        assert await told == ()

    asyncio.run(scene())
