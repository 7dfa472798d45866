"""Duties are done again and again, fail alone, and end whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from fidus.errors import AuditUnavailable
from fidus.housekeeping import Housekeeping
from tests.fidus.surroundings import Troubles


class Duty:
    """Counts how often it was begun and ended; `error`: raised at each second time."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun = self.ended = 0
        self.error = error

    async def __call__(self) -> None:
        self.begun += 1
        await asyncio.sleep(0.001)
        if self.error is not None and self.begun % 2:
            raise self.error
        self.ended += 1


def keep(during: Callable[[Housekeeping], Awaitable[None]]) -> Troubles:
    troubles = Troubles()

    async def scene() -> None:
        housekeeping = Housekeeping(troubles)
        await during(housekeeping)
        await housekeeping.stop()

    asyncio.run(asyncio.wait_for(scene(), 5))
    return troubles


def test_a_duty_is_done_again_and_again_until_the_end() -> None:
    duty, seldom = Duty(), Duty()

    async def during(housekeeping: Housekeeping) -> None:
        housekeeping.every(0.001, "often", duty)
        housekeeping.every(3600, "seldom", seldom)
        await asyncio.sleep(0.1)

    assert keep(during).duties == []
    assert duty.begun == duty.ended > 2
    assert seldom.begun == 0


def test_a_duty_that_fails_is_told_and_tried_again() -> None:
    duty, broken = Duty(AuditUnavailable()), Duty(ZeroDivisionError())

    async def during(housekeeping: Housekeeping) -> None:
        housekeeping.every(0.001, "sweep", duty)
        housekeeping.every(0.001, "publish", broken)
        await asyncio.sleep(0.1)

    told = keep(during).duties
    assert set(told) == {("sweep", AuditUnavailable), ("publish", ZeroDivisionError)}
    assert min(duty.ended, broken.ended) > 0


def test_a_duty_under_way_is_waited_for() -> None:
    begun = asyncio.Event()
    ended = []

    async def long() -> None:
        begun.set()
        await asyncio.sleep(0.05)
        ended.append(True)

    async def during(housekeeping: Housekeeping) -> None:
        housekeeping.every(0, "publish", long)
        await begun.wait()

    keep(during)
    assert ended == [True]


def test_a_duty_that_failed_is_tried_again_sooner_than_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fidus.housekeeping.AGAIN_S", 0.001)
    tried = []

    async def broken() -> None:
        tried.append(True)
        raise AuditUnavailable

    async def during(housekeeping: Housekeeping) -> None:
        housekeeping.every(0.1, "renew", broken)
        await asyncio.sleep(0.25)

    keep(during)
    assert len(tried) > 5
