"""Who makes room for whom."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from fidus.api.crowd import Crowd
from fidus.api.limits import Limits

A, B = b"a", b"b"


@dataclass(eq=False)
class Somebody:
    """A guest. `idle`: without a request."""

    idle: bool = True


def crowd(**limits: int) -> Crowd:
    return Crowd(Limits(**{"strangers": 2, "connections": 4, "of_one": 3, **limits}))


def shown(room: Crowd, certificate: bytes, idle: bool = True) -> tuple[Somebody, object]:
    guest = Somebody(idle)
    room.come(guest)
    return guest, room.show(guest, certificate)


def test_the_oldest_stranger_makes_room() -> None:
    room = crowd()
    guests = [Somebody() for _ in range(5)]
    assert [room.come(guest) for guest in guests] == [None, None, *guests[:3]]
    assert len(room) == 2


def test_a_flood_of_strangers_sends_nobody_away_who_showed_a_certificate() -> None:
    room = crowd()
    known, _ = shown(room, A)
    assert known not in [room.come(Somebody()) for _ in range(50)]
    assert len(room) == 3


def test_of_one_certificate_the_oldest_idle_makes_room() -> None:
    room = crowd()
    busy, _ = shown(room, A, idle=False)
    idle, _ = shown(room, A)
    shown(room, A)
    assert shown(room, A)[1] is idle
    assert shown(room, B)[1] is None
    assert busy.idle is False


def test_where_none_is_idle_the_newest_goes() -> None:
    room = crowd()
    for _ in range(3):
        shown(room, A, idle=False)
    newest, leaves = shown(room, A)
    assert leaves is newest
    assert len(room) == 3


def test_nobody_goes_for_another_certificate() -> None:
    room = crowd()
    for certificate in (A, A, A, B):
        assert shown(room, certificate)[1] is None
    other, leaves = shown(room, b"c")
    assert leaves is other
    oldest, _ = shown(room, B)
    assert len(room) == 4
    room.leave(oldest)


def test_who_left_makes_room_and_may_leave_twice() -> None:
    room = crowd()
    guests = [shown(room, A)[0] for _ in range(3)]
    for _ in range(2):
        room.leave(guests[0])
    assert shown(room, A)[1] is None


@given(st.lists(st.tuples(st.sampled_from(["come", "show", "leave"]), st.integers(0, 9), st.booleans())))
def test_there_are_never_more_than_the_limits_say(story: list[tuple[str, int, bool]]) -> None:
    room = crowd()
    here: dict[int, Somebody] = {}
    for what, number, idle in story:
        if what == "come":
            here[number] = Somebody(idle)
            room.come(here[number])
        elif number in here and what == "show":
            room.show(here.pop(number), A if number % 2 else B)  # a connection does so once
        elif number in here:
            room.leave(here.pop(number))
        assert len(room) <= 2 + 4
