"""UUIDs of version 7: layout, order, distinctness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.ids import uuid7

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))


@given(MOMENTS)
def test_the_layout_is_that_of_rfc_9562(now: datetime) -> None:
    made = uuid7(now)
    assert (made.version, made.variant) == (7, RFC_4122)
    elapsed = now - datetime(1970, 1, 1, tzinfo=UTC)
    assert made.int >> 80 == elapsed // timedelta(milliseconds=1)


def test_the_example_of_rfc_9562_has_the_same_time_in_front() -> None:
    local = datetime(2022, 2, 22, 14, 22, 22, tzinfo=timezone(timedelta(hours=-5)))
    assert str(uuid7(local)).startswith("017f22e2-79b0-7000-")


@given(MOMENTS.filter(lambda now: now.year < 9999), st.integers(1, 10**7))
def test_a_later_microsecond_sorts_later(now: datetime, microseconds: int) -> None:
    assert uuid7(now) < uuid7(now + timedelta(microseconds=microseconds))


def test_a_thousand_of_the_same_moment_differ() -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)
    assert len({uuid7(now) for _ in range(1000)}) == 1000


def test_before_1970_there_is_none() -> None:
    with pytest.raises(ValueError, match="before 1970"):
        uuid7(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))


def test_a_moment_without_time_zone_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        uuid7(datetime(2026, 10, 1))
