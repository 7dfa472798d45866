"""The breaker opens by failures, rests, lets few find out, and believes nobody who asked before."""

from __future__ import annotations

import pytest

from adapters._lib.breaker import NO_PASS, Breaker, Patience, State, Told

OK, BAD, NONE = Told.SUCCEEDED, Told.FAILED, Told.NOTHING


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def saw(breaker: Breaker, *told: Told) -> str:
    """Calls one after the other that ended so; the state afterwards."""
    for one in told:
        passed = breaker.admit()
        assert passed is not None
        breaker.ended(passed, one)
    return breaker.state.value


def test_failures_in_a_row_open_it_and_a_success_begins_anew(clock: Clock) -> None:
    breaker = Breaker(Patience(in_a_row=3), clock)
    assert saw(breaker, BAD, BAD, OK, BAD, BAD, NONE) == State.CLOSED
    assert saw(breaker, BAD) == State.OPEN
    assert breaker.admit() is None


def test_a_share_of_failures_opens_it_once_enough_was_seen(clock: Clock) -> None:
    breaker = Breaker(Patience(in_a_row=99, share=0.5, among=10), clock)
    assert saw(breaker, *[BAD, OK] * 4, BAD) == State.CLOSED  # 5 of 9: too few to judge
    assert saw(breaker, OK) == State.CLOSED  # 5 of 10, and a success opens nothing
    assert saw(breaker, BAD) == State.OPEN


def test_few_failures_among_many_calls_open_nothing(clock: Clock) -> None:
    breaker = Breaker(Patience(in_a_row=99, share=0.5, among=10), clock)
    assert saw(breaker, *[BAD, OK, OK] * 30) == State.CLOSED


def test_it_rests_as_long_as_it_should(clock: Clock) -> None:
    breaker = Breaker(Patience(in_a_row=1, rest_s=5), clock)
    saw(breaker, BAD)
    clock.now += 4.9
    assert breaker.state.value == State.OPEN
    clock.now += 0.1
    assert saw(breaker, BAD) == State.OPEN  # it found out, and rests anew
    clock.now += 5
    assert saw(breaker, OK) == State.CLOSED


def test_exactly_so_many_find_out_at_once(clock: Clock) -> None:
    breaker = Breaker(Patience(in_a_row=1, rest_s=5, probes=2), clock)
    saw(breaker, BAD)
    clock.now += 5
    first, second = breaker.admit(), breaker.admit()
    assert first is not None
    assert second is not None
    assert breaker.admit() is None
    breaker.ended(first, NONE)  # told nothing: another may
    assert breaker.state.value == State.HALF_OPEN
    breaker.ended(second, OK)
    assert breaker.state.value == State.CLOSED


def test_who_asked_before_it_opened_tells_nothing_afterwards(clock: Clock) -> None:
    breaker = Breaker(Patience(in_a_row=2, rest_s=5), clock)
    early = [breaker.admit() for _ in range(6)]
    for passed in early[:2]:
        assert passed is not None
        breaker.ended(passed, BAD)
    clock.now += 5
    for passed in early[2:4]:  # late timeouts do not lengthen the rest
        assert passed is not None
        breaker.ended(passed, BAD)
    assert breaker.state is State.HALF_OPEN
    assert early[4] is not None
    breaker.ended(early[4], OK)  # nor does a late answer end it
    assert breaker.state is State.HALF_OPEN
    assert saw(breaker, OK) == State.CLOSED
    assert early[5] is not None
    breaker.ended(early[5], BAD)
    assert saw(breaker, BAD) == State.CLOSED


def test_what_did_not_come_through_tells_nothing(clock: Clock) -> None:
    breaker = Breaker(Patience(in_a_row=1), clock)
    breaker.ended(NO_PASS, BAD)
    assert breaker.state is State.CLOSED
