"""Following a replaced number: when, with which question, and under which numbers it is found again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from fidus.errors import QuotaExceeded, QuotaReason, SourceTimeout
from fidus.exchange import LAST_GUESS_FAILED
from fidus.model import Why
from tests.fidus.questions import (
    LIVES_AT,
    RIGHT,
    TOWN,
    WRONG,
    absent,
    asked,
    body,
    confirming,
    flow_file,
    found,
    person,
)

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

OLD, NEW, NEWER = person(1), person(2), person(3)
FOLLOWS = {"follow_replaced": "true"}


@pytest.fixture
def followed(desk: Desk) -> Desk:
    """OLD was replaced by NEW; three flows of town follow that."""
    desk.apply(
        town_follows=flow_file(**FOLLOWS),
        town_confirms=confirming(**FOLLOWS),
        town_discreet=confirming(**FOLLOWS, existence="false"),
    )
    desk.register.holds |= {OLD: absent(Why.REPLACED, NEW), NEW: found()}
    return desk


def test_the_answer_is_that_about_the_newest_number(followed: Desk) -> None:
    answer = followed.ask("town-follows", body(OLD))
    assert answer["data"]["address"]["street"] == LIVES_AT["street"]
    assert NEW not in str(answer)
    assert [query.values["ssin"] for query in followed.register.asked] == [OLD, NEW]
    assert followed.register.asked[1].subjects == (asked(NEW),)
    followed.verify(answer, body(OLD))


def test_the_record_is_found_under_both_numbers_and_tells_neither(followed: Desk) -> None:
    followed.ask("town-follows", body(OLD))
    assert followed.about(OLD) == ["outcome", "intent"]
    assert followed.about(NEW) == ["outcome"]
    entry = followed.entry("outcome")
    assert (entry["outcome"], entry["subjects"]["asked"]) == ("found", 0)


def test_it_is_followed_once(followed: Desk) -> None:
    followed.register.holds[NEW] = absent(Why.REPLACED, NEWER)
    assert followed.ask("town-follows", body(OLD))["why"] == "replaced"
    assert len(followed.register.asked) == 2
    assert followed.about(NEWER) == ["outcome"]


def test_whom_nobody_knows_under_the_newest_number_is_not_there(followed: Desk) -> None:
    followed.register.holds[NEW] = absent(Why.NOTHING_IN_PERIOD)
    assert followed.ask("town-follows", body(OLD))["why"] == "nothingInPeriod"
    assert followed.about(NEW) == ["outcome"]


def test_a_flow_that_does_not_say_so_does_not_follow(followed: Desk) -> None:
    assert followed.ask("town-address", body(OLD))["why"] == "replaced"
    assert len(followed.register.asked) == 1


def test_a_source_that_fails_the_second_time_fails_the_consultation(followed: Desk) -> None:
    followed.register.holds[NEW] = SourceTimeout("national-register", "late")
    for _ in range(6):
        followed.refused(SourceTimeout, "town-confirms", body(OLD, WRONG))
    assert {entry["outcome"] for entry in followed.entries("outcome")} == {"failed"}
    assert followed.about(NEW) == ["outcome"] * 6


def test_guesses_count_under_the_newest_number_by_whichever_it_is_asked(followed: Desk) -> None:
    for ssin in (OLD, NEW, OLD, NEW, OLD):
        assert followed.ask("town-confirms", body(ssin, WRONG))["confirmed"] == {"address": "no"}
    assert followed.troubles.signals == [(LAST_GUESS_FAILED, "town-confirms", TOWN)]
    for ssin in (NEW, OLD):
        for guess in (RIGHT, WRONG):
            error = followed.refused(QuotaExceeded, "town-confirms", body(ssin, guess))
            assert (error.reason, error.limit, error.rule) == (QuotaReason.GUESSES_SPENT, 5, 10)
    assert followed.about(NEW)[0] == "outcome"
    outcome = followed.entries("outcome")[-1]
    assert (outcome["outcome"], outcome["error"]) == ("failed", "tooManyFailedRequests")
    followed.clock.advance(hours=14)
    assert followed.ask("town-confirms", body(OLD, RIGHT))["confirmed"] == {"address": "yes"}


def test_what_is_no_failed_guess_takes_none(followed: Desk) -> None:
    for _ in range(7):
        assert followed.ask("town-confirms", body(OLD, RIGHT))["confirmed"] == {"address": "yes"}
    followed.register.holds[NEW] = absent(Why.UNKNOWN_SUBJECT)
    for _ in range(7):
        assert followed.ask("town-discreet", body(OLD, WRONG))["confirmed"] == {"address": "unknown"}
        assert followed.ask("town-confirms", body(OLD, WRONG))["found"] is False
    followed.register.holds[NEW] = found()
    assert followed.ask("town-confirms", body(NEW, WRONG))["confirmed"] == {"address": "no"}


def test_many_at_once_under_both_numbers_are_five_at_most(followed: Desk) -> None:
    questions = (followed.consult("town-confirms", body(ssin, WRONG)) for ssin in (OLD, NEW) * 8)
    ended = followed.run(followed.at_once(*questions))
    assert sum(not isinstance(one, BaseException) for one in ended) <= 5
    assert all(isinstance(one, QuotaExceeded) for one in ended if isinstance(one, BaseException))
    followed.run(asyncio.sleep(0))
    for _ in range(5 - sum(not isinstance(one, BaseException) for one in ended)):
        followed.ask("town-confirms", body(OLD, WRONG))
    followed.refused(QuotaExceeded, "town-confirms", body(OLD, RIGHT))
