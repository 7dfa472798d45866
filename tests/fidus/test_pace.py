"""The per-second counter knows one second and forgets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fidus.pace import Pace

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_counts_within_a_second_and_per_flow() -> None:
    pace = Pace()
    pace.take("one", NOW)
    pace.take("one", NOW + timedelta(milliseconds=999))
    assert (pace.used("one", NOW), pace.used("other", NOW)) == (2, 0)


def test_the_next_second_starts_anew() -> None:
    pace = Pace()
    pace.take("one", NOW)
    assert pace.used("one", NOW + timedelta(seconds=1)) == 0


def test_what_came_to_nothing_is_given_back_within_its_second() -> None:
    pace = Pace()
    pace.take("one", NOW)
    pace.take("one", NOW)
    pace.give_back("one", NOW + timedelta(milliseconds=999))
    assert pace.used("one", NOW) == 1
    later = NOW + timedelta(seconds=1)
    pace.take("one", later)
    pace.give_back("one", NOW)
    assert pace.used("one", later) == 1
