"""What sounds alike to the Crossroads Bank, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.cbe.sounds import codes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brabeeckx", "BRABEKS"),
        ("Eaux vives", "O fifs"),
        ("Schrijnwerkerij", "srinferkeri"),
        ("Quatre-Vents", "katre vents"),
        ("Çelikdemirtaş", "Kelikdemirtas"),
        ("Photo", "foto"),
        ("Café 3000", "cafe, 3000!"),
    ],
)
def test_alike(one: str, other: str) -> None:
    assert codes(one) == codes(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Garage", "Barage"), ("Restaurant", "Restauration"), ("Café 3000", "Café 4000")]
)
def test_not_alike(one: str, other: str) -> None:
    assert codes(one) != codes(other)


def test_order_of_words_and_what_is_no_word_count_for_nothing() -> None:
    assert codes("Garage du Nord") == codes("nord -- du_garage")
    assert codes(" . _ ") == frozenset()


@given(st.text(max_size=60))
def test_any_text_has_codes_that_do_not_depend_on_case(text: str) -> None:
    assert codes(text) == codes(text.casefold())
    assert "" not in codes(text)
