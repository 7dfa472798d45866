"""No oracle: nobody finds out a value by trying."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from fidus.errors import AuditUnavailable, FidusError, QuotaExceeded, QuotaReason, SourceTimeout
from fidus.exchange import LAST_GUESS_FAILED, Consulted
from fidus.model import Why
from tests.fidus.questions import HOUSING, RIGHT, WRONG, absent, body, confirming, found, person

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

DATABASES = ("sqlite", "postgresql")

PERSON = person()
SPENT = [(LAST_GUESS_FAILED, "housing-confirm", HOUSING)]


def guess(desk: Desk, times: int = 1, flow: str = "housing-confirm") -> None:
    """So many guesses that fail."""
    for _ in range(times):
        assert desk.ask(flow, body(PERSON, WRONG))["confirmed"] == {"address": "no"}


def test_after_five_times_no_nobody_guesses_again_today(desk: Desk) -> None:
    guess(desk, 5)
    error = desk.refused(QuotaExceeded, "housing-confirm", body(PERSON, RIGHT))
    assert (error.reason, error.limit, error.rule) == (QuotaReason.GUESSES_SPENT, 5, 10)
    assert error.retry_after_s == 48_600  # 13 h 30 min to midnight in Brussels
    refusal = desk.entry("refusal")
    assert (refusal["error"], refusal["rule"]) == ("tooManyFailedRequests", 10)
    assert refusal["facts"] == {"epoch": 1, "dayUsed": 5, "guesses": 5}
    assert [entry["facts"]["guesses"] for entry in desk.entries("intent")] == [0, 1, 2, 3, 4]
    assert len(desk.register.asked) == 5


def test_the_bound_is_for_one_subject_under_one_flow_on_one_day(desk: Desk) -> None:
    desk.apply()
    desk.register.holds[person(2)] = found()
    guess(desk, 5)
    desk.ask("housing-confirm", body(person(2), WRONG))
    guess(desk, 1, "housing-discreet")
    desk.clock.advance(hours=13, minutes=29)
    desk.refused(QuotaExceeded, "housing-confirm", body(PERSON, RIGHT))
    desk.clock.advance(minutes=1)
    guess(desk)


def test_a_flow_may_allow_fewer(desk: Desk) -> None:
    guess(desk, 2, "housing-discreet")
    error = desk.refused(QuotaExceeded, "housing-discreet", body(PERSON, WRONG))
    assert (error.reason, error.limit) == (QuotaReason.GUESSES_SPENT, 2)
    assert desk.troubles.signals == [(LAST_GUESS_FAILED, "housing-discreet", HOUSING)]


def test_the_officer_is_told_once_when_the_last_guess_has_failed(desk: Desk) -> None:
    guess(desk, 4)
    desk.ask("housing-confirm", body(PERSON, RIGHT))
    assert desk.troubles.signals == []
    guess(desk)
    assert desk.troubles.signals == SPENT
    desk.refused(QuotaExceeded, "housing-confirm", body(PERSON, WRONG))
    assert desk.troubles.signals == SPENT


@pytest.mark.parametrize(
    ("held", "confirm"),
    [
        (found(), RIGHT),
        (found(fields={}, withheld=frozenset({"address"})), WRONG),
        (absent(Why.UNKNOWN_SUBJECT), WRONG),
        (absent(Why.REPLACED, person(2)), WRONG),
        (SourceTimeout("national-register", "a fixed phrase"), WRONG),
        (ZeroDivisionError(), WRONG),
    ],
    ids=["yes", "unknown", "absent", "replaced", "failed", "bug"],
)
def test_what_is_no_failed_guess_is_given_back(desk: Desk, held: Any, confirm: dict[str, str]) -> None:
    desk.register.holds[PERSON] = held
    for _ in range(7):
        told = desk.run(desk.at_once(desk.consult("housing-confirm", body(PERSON, confirm))))
        assert not isinstance(told[0], QuotaExceeded | AuditUnavailable)
    desk.register.holds[PERSON] = found()
    guess(desk, 5)
    assert desk.troubles.signals == SPENT


def test_an_interrupted_guess_is_not_given_back(desk: Desk) -> None:
    desk.line.losing.append("intent")
    desk.refused(AuditUnavailable, "housing-confirm", body(PERSON, WRONG))
    assert desk.run(desk.interrupter.sweep()) == 1
    guess(desk, 4)
    error = desk.refused(QuotaExceeded, "housing-confirm", body(PERSON, WRONG))
    assert error.reason == QuotaReason.GUESSES_SPENT


def test_five_under_way_leave_none_for_a_moment(desk: Desk) -> None:
    """Until they have come back as a yes, the sixth has to wait; then all are there again."""

    async def scene() -> tuple[list[Consulted], FidusError]:
        asked, go_on = asyncio.Semaphore(0), asyncio.Event()

        async def wait() -> None:
            asked.release()
            await go_on.wait()

        desk.register.meanwhile = wait
        five = [asyncio.create_task(desk.consult("housing-confirm", body(PERSON, RIGHT))) for _ in range(5)]
        for _ in five:
            await asked.acquire()
        (sixth,) = await desk.at_once(desk.consult("housing-confirm", body(PERSON, WRONG)))
        go_on.set()
        assert isinstance(sixth, FidusError)
        return await asyncio.gather(*five), sixth

    told, sixth = desk.run(scene())
    assert isinstance(sixth, QuotaExceeded)
    assert (sixth.reason, sixth.retry_after_s) == (QuotaReason.GUESSES_UNDER_WAY, 1)
    assert [one.answer["confirmed"] for one in told] == [{"address": "yes"}] * 5
    refusal = desk.entry("refusal")
    assert (refusal["error"], refusal["facts"]["guesses"]) == ("tooManyRequests", 0)
    guess(desk, 5)


def test_many_guesses_at_once_are_five_at_most(desk: Desk) -> None:
    questions = (desk.consult("housing-confirm", body(PERSON, WRONG)) for _ in range(30))
    told = desk.run(desk.at_once(*questions))
    assert sum(isinstance(one, Consulted) for one in told) == len(desk.register.asked) == 5
    assert all(isinstance(one, Consulted | QuotaExceeded) for one in told)
    assert desk.troubles.signals == SPENT


def test_guesses_are_those_of_the_flow_whatever_becomes_of_its_file(desk: Desk) -> None:
    guess(desk, 3)
    desk.apply()
    files = {"housing/housing-confirm.toml": confirming(max_guesses="3")}
    desk.run(desk.changes.apply({**desk.stored().files, **files}, ()))
    error = desk.refused(QuotaExceeded, "housing-confirm", body(PERSON, WRONG))
    assert (error.reason, error.limit) == (QuotaReason.GUESSES_SPENT, 3)
