"""Work goes on when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from fidus.api.running import Running
from fidus.errors import AuditUnavailable, SourceError
from fidus.model import TraceIds

TRACES = TraceIds(UUID("0d4d5c2e-6c1f-4a7e-9c0c-0b8d8f1a2f11"))


class Told:
    """Keeps the bugs it is told."""

    def __init__(self) -> None:
        self.bugs: list[BaseException] = []

    def bug(self, error: BaseException, traces: TraceIds) -> None:
        assert traces is TRACES
        self.bugs.append(error)

    def source(self, error: SourceError) -> None:
        raise AssertionError

    def signal(self, event: str, *, flow: str, institution: str) -> None:
        raise AssertionError

    def duty(self, name: str, error: BaseException) -> None:
        raise AssertionError


async def abandoned(running: Running, work: Any) -> None:
    """Begin to wait for the work, then stop waiting."""
    waiting = asyncio.create_task(running.finish(work, TRACES))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_the_result_comes_to_who_waits() -> None:
    async def treat() -> None:
        async def work() -> int:
            return 7

        running = Running(Told())
        assert await running.finish(work(), TRACES) == 7
        await running.drain(1)

    asyncio.run(treat())


@pytest.mark.parametrize(
    ("failure", "bugs"),
    [(None, []), (AuditUnavailable(), []), (ZeroDivisionError("secret"), [ZeroDivisionError])],
    ids=["fine", "refused", "bug"],
)
def test_it_ends_though_nobody_waits_and_only_a_bug_is_told(
    failure: Exception | None, bugs: list[type[BaseException]]
) -> None:
    ended: list[bool] = []
    told = Told()

    async def work() -> None:
        await asyncio.sleep(0.01)
        ended.append(True)
        if failure is not None:
            raise failure

    async def treat() -> None:
        running = Running(told)
        await abandoned(running, work())
        assert ended == []
        await running.drain(5)

    asyncio.run(treat())
    assert ended == [True]
    assert [type(bug) for bug in told.bugs] == bugs


def test_what_takes_too_long_is_not_waited_for_at_the_end() -> None:
    told = Told()

    async def work() -> None:
        await asyncio.sleep(60)

    async def treat() -> None:
        running = Running(told)
        await abandoned(running, work())
        await running.drain(0.01)

    asyncio.run(treat())
    assert told.bugs == []
