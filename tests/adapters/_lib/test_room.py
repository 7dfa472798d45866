"""Places are given in order, none is lost and none is given twice, whoever leaves the queue and when."""

from __future__ import annotations

import asyncio

import pytest

from adapters._lib.room import NoRoom, Room


def test_a_free_place_is_taken_without_waiting_and_none_twice() -> None:
    room = Room(1, 3)
    assert (room.enter_at_once(), room.enter_at_once(), room.taken) == (True, False, 1)
    room.leave()
    assert room.enter_at_once()


def test_places_are_given_first_come_first_served() -> None:
    async def story() -> None:
        room, inside = Room(1, 3), []

        async def visit(name: str) -> None:
            await room.enter()
            inside.append(name)

        await room.enter()
        tasks = [asyncio.create_task(visit(name)) for name in "abc"]
        await asyncio.sleep(0)
        with pytest.raises(NoRoom):
            await room.enter()
        for expected in ("a", "ab", "abc"):
            room.leave()
            await asyncio.sleep(0)
            assert ("".join(inside), room.taken) == (expected, 1)
        await asyncio.gather(*tasks)

    asyncio.run(story())


def test_who_leaves_the_queue_gets_no_place() -> None:
    async def story() -> None:
        room = Room(1, 2)
        await room.enter()
        first, second = (asyncio.create_task(room.enter()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (first.cancelled(), room.waiting) == (True, 1)
        room.leave()
        await second
        assert (room.taken, room.waiting) == (1, 0)

    asyncio.run(story())


def test_a_place_for_who_has_just_left_goes_to_the_next() -> None:
    async def story() -> None:
        room = Room(1, 2)
        await room.enter()
        first, second = (asyncio.create_task(room.enter()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()  # it is still in the queue
        room.leave()
        await asyncio.gather(first, second, return_exceptions=True)
        assert (first.cancelled(), second.cancelled(), room.taken, room.waiting) == (True, False, 1, 0)

    asyncio.run(story())


def test_a_place_that_came_too_late_is_given_back() -> None:
    async def story() -> None:
        room = Room(1, 1)
        await room.enter()
        late = asyncio.create_task(room.enter())
        await asyncio.sleep(0)
        room.leave()  # the place is given
        late.cancel()  # and no longer wanted
        with pytest.raises(asyncio.CancelledError):
            await late
        assert (room.taken, room.waiting) == (0, 0)

    asyncio.run(story())


def test_a_larger_room_lets_in_who_waits() -> None:
    async def story() -> None:
        room = Room(1, 5)
        await room.enter()
        tasks = [asyncio.create_task(room.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        room.resize(3, 5)
        assert (room.taken, room.waiting) == (3, 1)
        room.resize(1, 0)
        room.leave()
        room.leave()
        assert (room.taken, room.waiting) == (1, 1)
        room.leave()
        await asyncio.gather(*tasks)
        assert room.taken == 1

    asyncio.run(story())
