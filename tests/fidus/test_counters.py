"""Counters are named after a day in Brussels, and spent as design §3 says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from audit.log import Spend
from audit.statements import day_of
from fidus.catalogue import parse_catalogue
from fidus.counters import Guess, day_counter, failed_guess, one_of_the_day
from fidus.model import Flow
from tests.fidus.desk import SERVICES
from tests.fidus.questions import FILES, confirming

NIGHT = datetime(2026, 10, 4, 22, 30, tzinfo=UTC)  # half past midnight in Brussels


@pytest.fixture(scope="module")
def flow() -> Flow:
    files = {**FILES, "housing/housing-confirm.toml": confirming(max_guesses="3")}
    return parse_catalogue(files, SERVICES, 1).flows["housing-confirm"]


def test_the_day_is_that_of_brussels(flow: Flow) -> None:
    assert day_counter("a-flow", NIGHT) == "day:a-flow:2026-10-05"
    assert one_of_the_day(flow, NIGHT) == Spend("day:housing-confirm:2026-10-05", 1, 5000, "dayUsed")


def test_a_guess_is_taken_and_kept_or_given_back(flow: Flow) -> None:
    guess = Guess.about("0a1b", flow, NIGHT)
    assert guess.take() == Spend("taken:housing-confirm:0a1b:2026-10-05", 1, 3, "guessesTaken")
    assert guess.end(failed=False) == Spend(guess.taken, -1, None, "guessesTaken")
    assert guess.end(failed=True) == Spend("no:housing-confirm:0a1b:2026-10-05", 1, None, "guesses")
    assert guess.end(failed=True) == failed_guess(guess.failed)


def test_only_the_last_guess_is_the_last(flow: Flow) -> None:
    guess = Guess.about("0a1b", flow, NIGHT)
    assert [guess.was_last({"guesses": before}) for before in range(5)] == [False, False, True, False, False]


def test_every_counter_is_forgotten_some_day(flow: Flow) -> None:
    guess = Guess.about("0a1b", flow, NIGHT)
    names = (day_counter(flow.id, NIGHT), guess.taken, guess.failed)
    assert {day_of(name) for name in names} == {"2026-10-05"}
