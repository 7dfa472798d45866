"""Work in threads: what it gives comes back, what it raises too, and who left is not worked for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from adapters._lib.workers import Workers


def test_work_is_done_in_other_threads_and_its_result_comes_back() -> None:
    workers = Workers(2, "test")

    async def story() -> set[int]:
        return {await workers.run(threading.get_ident) for _ in range(20)}

    threads = asyncio.run(story())
    assert 1 <= len(threads) <= 2
    assert threading.get_ident() not in threads


def test_as_many_work_at_once_as_there_are_threads() -> None:
    workers, both = Workers(2, "test"), threading.Barrier(2, timeout=10)

    async def story() -> None:
        await asyncio.gather(workers.run(both.wait), workers.run(both.wait))

    asyncio.run(story())


def test_what_is_raised_reaches_the_caller_and_the_thread_lives_on() -> None:
    workers = Workers(1, "test")

    async def story() -> None:
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        assert await workers.run(lambda: "after") == "after"

    asyncio.run(story())


def test_who_was_cancelled_is_not_worked_for_any_more() -> None:
    workers, go_on, done = Workers(1, "test"), threading.Event(), list[str]()

    async def story() -> None:
        first = asyncio.create_task(workers.run(lambda: go_on.wait(10)))
        second = asyncio.create_task(workers.run(lambda: done.append("second")))
        await asyncio.sleep(0.01)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        go_on.set()
        await workers.run(lambda: done.append("third"))

    asyncio.run(story())
    assert done == ["third"]


def test_a_loop_that_is_closed_meanwhile_is_passed_over() -> None:
    workers, begun, go_on = Workers(1, "test"), threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        go_on.wait(10)

    async def leave() -> None:
        task = asyncio.create_task(workers.run(slowly))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()

    async def come() -> str:
        return await workers.run(lambda: "another loop")

    asyncio.run(leave())
    go_on.set()
    assert asyncio.run(come()) == "another loop"
