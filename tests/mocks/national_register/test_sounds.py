"""What sounds alike, and what does not."""

from __future__ import annotations

import pytest

from mocks.national_register.sounds import key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Van den Quaetbosch", "Vandencaatbosc"),
        ("Çelikdemirtaş", "Kelikdemirtas"),
        ("Philips", "Filips"),
        ("Dele", "Dehl"),
        ("Wouterik", "Vouderic"),
    ],
)
def test_these_sound_alike(one: str, other: str) -> None:
    assert key(one) == key(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Dele", "Bele"), ("Inessa", "Anessa"), ("Perre", "Perren")])
def test_these_do_not(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_what_has_no_letter_sounds_like_nothing() -> None:
    assert key("…") == ""
