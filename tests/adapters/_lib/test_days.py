"""Days begin and end in Brussels."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._lib.codes import NotAsAgreed
from adapters._lib.days import day_of, midnight


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2025, 1, 1), "2024-12-31T23:00:00Z"),
        (date(2025, 7, 1), "2025-06-30T22:00:00Z"),
        (date(2025, 3, 30), "2025-03-29T23:00:00Z"),
        (date(2025, 3, 31), "2025-03-30T22:00:00Z"),
    ],
)
def test_a_day_begins(day: date, moment: str) -> None:
    assert midnight(day) == moment


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_its_first_moment_is_of_that_day(day: date) -> None:
    assert day_of(midnight(day)) == day.isoformat()


@pytest.mark.parametrize(
    "moment", ["2025-12-31T23:59:60Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "x"]
)
def test_a_moment_that_is_none_is_told(moment: str) -> None:
    with pytest.raises(NotAsAgreed):
        day_of(moment)
