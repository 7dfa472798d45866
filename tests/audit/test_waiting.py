from __future__ import annotations

import asyncio
import threading
import time

import pytest

from audit.log import Appended, Record
from audit.waiting import BUSY, LINGER_MOST_S, LINGER_S, Result, Unit, Waiting, settle

RECORD = Record(None)
TOLD = (Appended(0, None, b"", 0, {}),)


def unit(loop: asyncio.AbstractEventLoop, size: int = 1) -> Unit:
    return Unit((RECORD,) * size, loop, loop.create_future())


def test_it_takes_in_no_more_than_its_bound() -> None:
    async def scene() -> None:
        loop, waiting = asyncio.get_running_loop(), Waiting(2)
        assert [waiting.add(unit(loop)) for _ in range(3)] == [True, True, False]
        assert len(waiting.take(100)) == 2
        assert waiting.add(unit(loop))

    asyncio.run(scene())


def test_it_gives_whole_units_up_to_a_number_of_records() -> None:
    async def scene() -> None:
        loop, waiting = asyncio.get_running_loop(), Waiting(100)
        for size in (3, 1, 2, 7, 1):
            waiting.add(unit(loop, size))
        taken = [[len(one.records) for one in waiting.take(5)] for _ in range(4)]
        assert taken == [[3, 1], [2], [7], [1]]

    asyncio.run(scene())


def test_once_closed_it_gives_what_is_left_and_then_nothing() -> None:
    async def scene() -> None:
        loop, waiting = asyncio.get_running_loop(), Waiting(100)
        waiting.add(unit(loop))
        waiting.close()
        assert not waiting.add(unit(loop))
        assert len(waiting.take(5)) == 1
        assert waiting.take(5) == []

    asyncio.run(scene())


def test_what_nobody_waits_for_any_more_is_dropped() -> None:
    async def scene() -> None:
        loop, waiting, taken = asyncio.get_running_loop(), Waiting(100), list[int]()
        units = [unit(loop, size) for size in (1, 2, 3)]
        for one in units:
            waiting.add(one)
        units[0].future.cancel()
        assert waiting.take(5) == units[1:]
        last, gone = unit(loop, 4), unit(loop)
        gone.future.cancel()
        waiting.add(gone)
        thread = threading.Thread(target=lambda: taken.append(len(waiting.take(5))))
        thread.start()
        await asyncio.sleep(0.05)
        assert taken == []  # to have dropped something is no reason to come back with nothing
        waiting.add(last)
        await asyncio.to_thread(thread.join)
        assert taken == [1]

    asyncio.run(scene())


def test_who_takes_waits_for_the_first() -> None:
    async def scene() -> None:
        waiting, taken = Waiting(100), list[int]()
        thread = threading.Thread(target=lambda: taken.append(len(waiting.take(5))))
        thread.start()
        await asyncio.sleep(0.01)
        assert taken == []
        waiting.add(unit(asyncio.get_running_loop()))
        await asyncio.to_thread(thread.join)
        assert taken == [1]

    asyncio.run(scene())


def test_each_caller_is_told_in_its_own_loop() -> None:
    left = asyncio.new_event_loop()
    abandoned = unit(left)
    left.close()

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        told, failed, cancelled = unit(loop), unit(loop), unit(loop)
        cancelled.future.cancel()
        results: list[Result] = [TOLD, ValueError("a bug"), TOLD, TOLD]
        await asyncio.to_thread(settle, [told, failed, abandoned, cancelled], results)
        assert await told.future == TOLD
        assert str(failed.future.exception()) == "a bug"

    asyncio.run(scene())


def pass_through(waiting: Waiting, units: list[Unit]) -> None:
    for one in units:
        waiting.add(one)
    assert waiting.take(1000) == units


def test_while_many_come_at_once_it_waits_for_more_of_them() -> None:
    async def scene() -> None:
        loop, waiting = asyncio.get_running_loop(), Waiting(1000)
        pass_through(waiting, [unit(loop) for _ in range(40)])
        waiting.add(unit(loop))
        late = threading.Timer(LINGER_S, lambda: waiting.add(unit(loop)))
        late.start()
        assert len(waiting.take(1000)) == 2

    asyncio.run(scene())


def test_the_more_came_the_longer_it_waits_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    async def scene() -> None:
        loop, waiting = asyncio.get_running_loop(), Waiting(1000)
        for many in (BUSY - 1, BUSY, 10, 500, 1, 1):
            pass_through(waiting, [unit(loop) for _ in range(many)])

    asyncio.run(scene())
    assert slept == [BUSY * LINGER_S, 10 * LINGER_S, LINGER_MOST_S]
