"""Days of which something is unknown."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from mocks.days import Day


def test_what_is_unknown_reads_zero_and_sorts_first() -> None:
    days = [Day(2009, 1, 1), Day(2009), Day(2009, 1)]
    assert [str(day) for day in sorted(days)] == ["2009-00-00", "2009-01-00", "2009-01-01"]


def test_only_a_whole_date_is_complete() -> None:
    assert [Day(2009, 2, 3).is_complete, Day(2009, 2).is_complete, Day(2009).is_complete] == [
        True,
        False,
        False,
    ]


def test_an_incomplete_day_begins_at_its_first_calendar_day() -> None:
    assert Day(2011, 6).first() == date(2011, 6, 1)
    assert Day(2011).first() == date(2011, 1, 1)


@given(st.dates(min_value=date(1800, 1, 1)), st.dates(min_value=date(1800, 1, 1)))
def test_whole_days_sort_as_dates_do(one: date, other: date) -> None:
    assert (Day.of(one) < Day.of(other)) == (one < other)
    assert Day.of(one).first() == one
