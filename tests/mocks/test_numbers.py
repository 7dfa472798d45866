"""Synthetic numbers: never a real person's, with right check digits, each given once."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.days import Day
from mocks.numbers import BIS, NATIONAL, Numbers, number, well_formed

births = st.dates(date(1900, 1, 1), date(2026, 12, 31)).map(Day.of)
serials = st.integers(1, 997)


@given(births, serials, st.sampled_from([NATIONAL, BIS]))
def test_a_number_is_well_formed_and_its_check_adds_up(birth: Day, serial: int, added: int) -> None:
    made = number(birth, serial, added)
    century = "2" if birth.year >= 2000 else ""
    assert well_formed(made)
    assert (int(century + made[:9]) + int(made[9:])) % 97 == 0
    assert int(made[2:4]) == birth.month + added


@given(births, serials, st.integers(0, 10), st.integers(1, 9))
def test_another_digit_anywhere_is_noticed(birth: Day, serial: int, place: int, more: int) -> None:
    made = number(birth, serial)
    other = made[:place] + str((int(made[place]) + more) % 10) + made[place + 1 :]
    # What is right for one century may be right for the other by chance; then it is another right number.
    right = {97 - int(century + other[:9]) % 97 for century in ("", "2")}
    month_exists = int(other[2:4]) in (*range(60, 73), *range(80, 93))
    assert well_formed(other) == (int(other[9:]) in right and month_exists and int(other[4:6]) <= 31)


@given(births, serials)
def test_a_number_with_a_real_month_is_not_taken(birth: Day, serial: int) -> None:
    assert not well_formed(number(birth, serial, 0))
    assert not well_formed(number(birth, serial, 20))
    assert not well_formed(number(birth, serial, 40))


@pytest.mark.parametrize("text", ["", "123", "1" * 12, "8561010012a", "٨٥٦١٠١٠٠١٠٠"], ids=range(5))
def test_what_is_not_eleven_digits_is_not_well_formed(text: str) -> None:
    assert not well_formed(text)


def test_numbers_are_given_once_and_tell_the_sex() -> None:
    numbers = Numbers(Random(1))
    men = [numbers.give(Day(1970, 5, 5), 1) for _ in range(300)]
    women = [numbers.give(Day(1970, 5, 5), 2) for _ in range(300)]
    assert len({*men, *women}) == 600
    assert {int(one[6:9]) % 2 for one in men} == {1}
    assert {int(one[6:9]) % 2 for one in women} == {0}
    assert all(1 <= int(one[6:9]) <= 997 for one in (*men, *women))
