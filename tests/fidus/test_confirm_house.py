"""Doors: every way to write a number and its box, and no way to try many doors at once."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.comparable import Verdict
from fidus.confirm_house import WIDEST_ASKED, same_door

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("asked", "registered", "verdict"),
    [
        # numbers and letters
        ("12", "0012", YES),
        ("N°12", "12", YES),
        ("nummer 12", "12", YES),
        ("１２", "12", YES),
        ("12 A", "12a", YES),
        ("12 ter", "12TER", YES),
        ("12", "12a", NO),
        ("12b", "12a", NO),
        ("12", "012A", NO),
        ("1234567", "12", NO),
        ("", "12", NO),
        ("Villa Rosa", "VILLA ROSA", YES),
        ("Villa Rosa", "12", NO),
        ("12", "Villa Rosa", NO),
        ("12", "", UNKNOWN),
        # ranges
        ("13", "12-14", NO),
        ("12-14", "14", YES),
        ("12-14", "12-16", YES),
        ("12-16", "14-18", UNKNOWN),
        ("8-10", "12-14", NO),
        ("13", "12-13", YES),
        ("30", "12-60", YES),
        ("12-60", "12-60", YES),
        ("12-14 A", "12-14a", YES),
        ("12-14 bte 3", "12", UNKNOWN),
        ("12-60 bte 3", "12", UNKNOWN),
        # what may be a letter, a range or a box
        ("12/A", "12A", UNKNOWN),
        ("12-3", "12/3", YES),
        ("12A3", "12A bte 3", YES),
        ("12A3", "12/A3", UNKNOWN),
        ("12 b 3", "12 boîte 3", YES),
        ("12/b3", "12/3", YES),
        ("12bis/3", "12 bis bus 03", YES),
        ("12bis 3", "12 bis bus 03", UNKNOWN),
        ("12 A/B", "12A", UNKNOWN),
        ("14", "12/14", NO),
        ("12-14", "12/14", YES),
        # what cannot be read whole
        ("12 rez-de-chaussée", "12", UNKNOWN),
        ("14 rez-de-chaussée", "12", NO),
        ("12 bte 3, 2e étage", "12 bte 3", UNKNOWN),
        ("12 bte 123456789", "12 bte 3", UNKNOWN),
        ("12 A !", "12A", UNKNOWN),
    ],
)
def test_numbers(asked: str, registered: str, verdict: Verdict) -> None:
    assert same_door((asked, ""), (registered, "")) is verdict


@pytest.mark.parametrize(
    ("asked", "registered", "verdict"),
    [
        ("3", "0003", YES),
        ("Boîte 3", "3", YES),
        ("bus03", "3", YES),
        ("A-3", "a003", YES),
        ("3", "4", NO),
        ("3.1", "31", NO),
        ("3", "", UNKNOWN),
        ("", "3", YES),
        ("000", "", YES),
        ("b3", "3", YES),
        ("12", "b 12", YES),
        ("b/3", "3", NO),
        ("4/D", "4 d", YES),
        ("b", "B", YES),
        ("b3", "B003", YES),
        ("c3", "3", NO),
        ("-", "", YES),
    ],
)
def test_boxes(asked: str, registered: str, verdict: Verdict) -> None:
    assert same_door(("12", asked), ("12", registered)) is verdict


def test_a_box_in_the_number_and_one_beside_it_must_agree() -> None:
    assert same_door(("12 bte 3", "3"), ("12", "3")) is YES
    assert same_door(("12 bte 3", "4"), ("12", "3")) is NO
    assert same_door(("12", "3"), ("12 bte 3", "4")) is UNKNOWN
    assert same_door(("12 bte 3", "4"), ("12 bte 3", "5")) is UNKNOWN


@given(st.integers(1, 999), st.integers(1, 999), st.integers(0, 60))
def test_a_range_holds_its_side_of_the_street_only(number: int, first: int, width: int) -> None:
    registered = f"{first}-{first + 2 * width}"
    holds = first <= number <= first + 2 * width and (number - first) % 2 == 0
    verdict = same_door((str(number), ""), (registered, ""))
    if 0 < 2 * width <= 98:
        assert verdict is (YES if holds else NO)
    elif width:
        assert verdict is (YES if number == first else NO)


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 400))
def test_one_question_tries_few_doors(number: int, first: int, width: int) -> None:
    verdict = same_door((f"{first}-{first + width}", ""), (str(number), ""))
    if verdict is not NO:
        assert width <= WIDEST_ASKED or number == first


DOORS = st.tuples(st.text(max_size=12), st.text(max_size=6))


@given(DOORS, DOORS)
def test_any_door_is_itself_and_any_two_have_an_answer(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert same_door(one, one) is (YES if one[0] else UNKNOWN)
    assert same_door(one, other) in Verdict


def test_near_misses_are_never_yes() -> None:
    doors = [
        f"{number}{letter}"
        for number, letter in product((1, 2, 11, 12, 21, 112, 121), ("", "A", "B", "bis", "ter"))
    ]
    for one, other in product(doors, doors):
        assert (same_door((one, ""), (other, "")) is YES) is (one == other)


@pytest.mark.parametrize(
    "text", ["1 " + "a" * 126, "1/" + "1 " * 63, "1" * 128, "1 " + "-" * 126, "1/" + "a1" * 62 + "!"]
)
def test_hostile_numbers_cost_little(text: str) -> None:
    start = time.process_time()
    assert same_door((text, text), ("1", "1")) is not YES
    assert time.process_time() - start < 0.2
