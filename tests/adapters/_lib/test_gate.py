"""The gate before a source: deadline, room, and rest after too many failures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import pytest

from adapters._lib.gate import Breaker, Gate, State
from fidus.errors import SourceFault, SourceTimeout, SourceUnavailable


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def answered() -> str:
    return "answer"


async def never() -> str:
    await asyncio.sleep(3600)
    return "too late"


async def down() -> NoReturn:
    raise SourceUnavailable("register", "down")


async def faulty() -> NoReturn:
    raise SourceFault("register", "fault")


def gate(**changes: Any) -> Gate:
    arguments: dict[str, Any] = {"deadline_s": 5.0, "at_once": 2} | changes
    return Gate("register", **arguments)


def shown(way: Gate) -> str:
    return way.state.value


async def tried(way: Gate, call: Callable[[], Awaitable[str]], times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises((SourceUnavailable, SourceTimeout, SourceFault)):
            await way.run(call)


def test_an_answer_passes() -> None:
    assert asyncio.run(gate().run(answered)) == "answer"


def test_what_takes_too_long_ends_as_a_timeout() -> None:
    with pytest.raises(SourceTimeout, match="within the deadline"):
        asyncio.run(gate(deadline_s=0.02).run(never))


def test_only_so_many_are_under_way_and_who_found_no_room_did_not_ask() -> None:
    async def story() -> None:
        way, begun = gate(at_once=2, deadline_s=0.1), 0

        async def counted() -> str:
            nonlocal begun
            begun += 1
            return await never()

        ended = await asyncio.gather(*(way.run(counted) for _ in range(5)), return_exceptions=True)
        assert begun == 2
        assert sorted(type(error).__name__ for error in ended) == [
            *["SourceTimeout"] * 2,
            *["SourceUnavailable"] * 3,
        ]

    asyncio.run(story())


def test_room_is_given_back() -> None:
    async def story() -> None:
        way = gate(at_once=1)
        await tried(way, faulty, 3)
        assert await way.run(answered) == "answer"

    asyncio.run(story())


def test_after_too_many_failures_in_a_row_nobody_asks_for_a_while() -> None:
    async def story() -> None:
        clock = Clock()
        way = gate(breaker=Breaker(3, 10, clock))
        await tried(way, down, 2)
        assert await way.run(answered) == "answer"
        await tried(way, down, 3)
        assert shown(way) == State.OPEN
        with pytest.raises(SourceUnavailable, match="left alone"):
            await way.run(answered)
        clock.now += 10
        assert shown(way) == State.HALF_OPEN
        assert await way.run(answered) == "answer"
        assert shown(way) == State.CLOSED

    asyncio.run(story())


def test_timeouts_count_and_faults_do_not() -> None:
    async def story() -> None:
        way = gate(breaker=Breaker(2), deadline_s=0.01)
        await tried(way, faulty, 5)
        assert shown(way) == State.CLOSED
        await tried(way, never, 2)
        assert shown(way) == State.OPEN

    asyncio.run(story())


def test_when_half_open_one_call_finds_out_and_the_others_wait_for_its_word() -> None:
    async def story() -> None:
        clock = Clock()
        way = gate(breaker=Breaker(1, 10, clock), at_once=5)
        await tried(way, down)
        clock.now += 10
        found_out = asyncio.Event()

        async def slow() -> str:
            await found_out.wait()
            return await down()

        trial = asyncio.create_task(way.run(slow))
        await asyncio.sleep(0)
        with pytest.raises(SourceUnavailable, match="left alone"):
            await way.run(answered)
        found_out.set()
        with pytest.raises(SourceUnavailable, match="down"):
            await trial
        assert shown(way) == State.OPEN

    asyncio.run(story())


def test_a_trial_that_was_cancelled_leaves_the_next_one_to_find_out() -> None:
    async def story() -> None:
        clock = Clock()
        way = gate(breaker=Breaker(1, 10, clock))
        await tried(way, down)
        clock.now += 10
        trial = asyncio.create_task(way.run(never))
        await asyncio.sleep(0.01)
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial
        assert await way.run(answered) == "answer"

    asyncio.run(story())


def test_a_bug_passes_as_what_it_is() -> None:
    async def bug() -> NoReturn:
        raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(gate().run(bug))
