"""What a typed address is taken to ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.urbis.words import Wanted, likeness, number_of, plain, wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Rue Wayez 13, 1070 Anderlecht", Wanted("rue wayez", "13", "1070", "anderlecht")),
        ("13 rue Wayez 1070", Wanted("rue wayez", "13", "1070", "")),
        ("WAYEZSTRAAT 13 bus 3", Wanted("wayezstraat", "13", "", "")),
        ("Wayezstraat 13 12 b", Wanted("wayezstraat 13", "12B", "", "")),
        ("Rue Wayez 13 bte 1/D, 1070 Anderlecht", Wanted("rue wayez", "13", "1070", "anderlecht")),
        ("Chaussée de Haecht 1080", Wanted("chaussee de haecht", "1080", "", "")),
        ("Chaussée de Haecht 116-118", Wanted("chaussee de haecht", "116-118", "", "")),
        ("Avenue d'Itterbeek", Wanted("avenue d itterbeek", "", "", "")),
        ("Rue Wayez 13 Anderlecht", Wanted("rue wayez", "13", "", "anderlecht")),
        ("…", Wanted("", "", "", "")),
    ],
)
def test_a_text_is_taken_apart(text: str, found: Wanted) -> None:
    assert wanted(text) == found


@given(st.text(max_size=60))
def test_any_text_is_taken_apart_and_plain_stays_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert set(plain(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789/- ")
    assert isinstance(wanted(text), Wanted)


def test_only_equal_texts_are_wholly_alike() -> None:
    assert likeness("rue wayez", "rue wayez") == 1.0
    assert 0.8 < likeness("rue wayez", "rue wayes") < 1.0
    assert likeness("rue wayez", "xxx") < 0.3


def test_a_house_number_has_one_spelling() -> None:
    assert number_of("12 b") == number_of("12B") == "12B"
