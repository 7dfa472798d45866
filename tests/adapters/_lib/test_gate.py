"""The gate before a source: deadline, room, rest after too many failures, and the operator's word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import pytest

from adapters._lib.breaker import Breaker, Patience, State
from adapters._lib.gate import Gate, Kept, Limits, Word
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


def gate(breaker: Breaker | None = None, **changes: Any) -> Gate:
    arguments: dict[str, Any] = {"deadline_s": 5.0, "at_once": 2} | changes
    return Gate("register", Limits(**arguments), breaker)


def resting(in_a_row: int, rest_s: float = 10, clock: Clock | None = None) -> Breaker:
    return Breaker(Patience(in_a_row=in_a_row, rest_s=rest_s), clock or Clock())


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


def test_the_wait_for_room_counts_towards_the_deadline() -> None:
    async def story() -> None:
        way = gate(at_once=1, deadline_s=0.2)
        loop = asyncio.get_running_loop()
        first = asyncio.create_task(way.run(lambda: asyncio.sleep(0.1)))
        await asyncio.sleep(0)
        begun = loop.time()
        with pytest.raises(SourceTimeout):
            await way.run(never)
        assert 0.15 < loop.time() - begun < 0.29
        await first

    asyncio.run(story())


def test_who_finds_room_and_queue_full_is_told_at_once_and_did_not_ask() -> None:
    async def story() -> None:
        way, begun = gate(at_once=2, queue=1, wait_s=60, deadline_s=60), 0

        async def counted() -> str:
            nonlocal begun
            begun += 1
            return await never()

        calls = [asyncio.create_task(way.run(counted)) for _ in range(3)]
        await asyncio.sleep(0)
        assert (way.under_way, way.waiting) == (2, 1)
        with pytest.raises(SourceUnavailable, match="too many calls"):
            async with asyncio.timeout(1):
                await way.run(counted)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert begun == 2
        assert (way.under_way, way.waiting, way.kept) == (0, 0, {Kept.FULL: 1})
        assert shown(way) == State.CLOSED

    asyncio.run(story())


def test_who_waits_for_room_waits_a_short_while_only() -> None:
    async def story() -> None:
        way = gate(at_once=1, wait_s=0.02, deadline_s=60)
        call = asyncio.create_task(way.run(never))
        await asyncio.sleep(0)
        with pytest.raises(SourceUnavailable, match="too many calls"):
            async with asyncio.timeout(1):
                await way.run(answered)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

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
        way = gate(resting(3, 10, clock))
        await tried(way, down, 2)
        assert await way.run(answered) == "answer"
        await tried(way, down, 3)
        assert shown(way) == State.OPEN
        with pytest.raises(SourceUnavailable, match="left alone"):
            await way.run(answered)
        assert way.kept == {Kept.RESTING: 1}
        clock.now += 10
        assert shown(way) == State.HALF_OPEN
        assert await way.run(answered) == "answer"
        assert shown(way) == State.CLOSED

    asyncio.run(story())


def test_timeouts_count_and_faults_do_not() -> None:
    async def story() -> None:
        way = gate(resting(2), deadline_s=0.01)
        await tried(way, faulty, 5)
        assert shown(way) == State.CLOSED
        await tried(way, never, 2)
        assert shown(way) == State.OPEN

    asyncio.run(story())


def test_when_half_open_one_call_finds_out_and_the_others_wait_for_its_word() -> None:
    async def story() -> None:
        clock = Clock()
        way = gate(resting(1, 10, clock), at_once=5)
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
        way = gate(resting(1, 10, clock))
        await tried(way, down)
        clock.now += 10
        trial = asyncio.create_task(way.run(never))
        await asyncio.sleep(0.01)
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial
        assert await way.run(answered) == "answer"

    asyncio.run(story())


def test_who_finds_no_room_as_a_trial_leaves_the_next_one_to_find_out() -> None:
    async def story() -> None:
        clock = Clock()
        way = gate(resting(1, 10, clock), at_once=1, queue=0)
        held = asyncio.create_task(way.run(lambda: asyncio.sleep(0.05)))
        await asyncio.sleep(0)
        way.limit(Limits(5, 2, 0))
        await tried(way, down)
        way.limit(Limits(5, 1, 0))
        clock.now += 10
        with pytest.raises(SourceUnavailable, match="too many"):
            await way.run(answered)
        await held
        assert shown(way) == State.HALF_OPEN
        assert await way.run(answered) == "answer"

    asyncio.run(story())


def test_a_bug_passes_as_what_it_is() -> None:
    async def bug() -> NoReturn:
        raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(gate().run(bug))


def test_what_the_operator_blocks_is_not_asked() -> None:
    async def story() -> None:
        way = gate()
        way.word = Word.BLOCK
        with pytest.raises(SourceUnavailable, match="operator"):
            await way.run(answered)
        assert way.kept == {Kept.BLOCKED: 1}
        way.word = Word.AUTO
        assert await way.run(answered) == "answer"

    asyncio.run(story())


def test_what_the_operator_allows_is_asked_while_the_breaker_is_open() -> None:
    async def story() -> None:
        way = gate(resting(1))
        await tried(way, down)
        way.word = Word.ALLOW
        assert await way.run(answered) == "answer"
        assert shown(way) == State.OPEN  # the breaker finds out by itself once it decides again
        way.word = Word.AUTO
        await tried(way, answered)

    asyncio.run(story())


def test_new_limits_hold_for_the_next_call() -> None:
    async def story() -> None:
        way = gate(at_once=1, queue=1, wait_s=5)
        calls = [asyncio.create_task(way.run(lambda: asyncio.sleep(0.05, "slept"))) for _ in range(2)]
        await asyncio.sleep(0)
        assert (way.under_way, way.waiting) == (1, 1)
        way.limit(Limits(deadline_s=0.01, at_once=3))
        assert (way.under_way, way.waiting) == (2, 0)
        with pytest.raises(SourceTimeout):
            await way.run(never)
        assert await asyncio.gather(*calls) == ["slept", "slept"]

    asyncio.run(story())


def test_it_shows_how_it_is() -> None:
    way = gate(at_once=7)
    way.word = Word.BLOCK
    assert way.look() == {
        "state": "closed",
        "word": "block",
        "underWay": 0,
        "waiting": 0,
        "atOnce": 7,
        "blocked": 0,
        "resting": 0,
        "full": 0,
    }
