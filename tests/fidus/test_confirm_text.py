"""Folding: what marks and accents are taken away, what stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.confirm_text import fold, foldings, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÉTÉ", "ete"),
        ("e\u0301te\u0301", "ete"),
        ("Cœur ŒUVRE Æ", "coeur oeuvre ae"),
        ("Straße", "strasse"),
        ("Ĳzer", "ijzer"),
        ("Çà", "ca"),
        ("12–14", "12-14"),
        ("  a ", "a"),
        ("１２", "12"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_umlauts_are_read_both_ways() -> None:
    assert foldings("Mühle") == ("muhle", "muehle")
    assert foldings("Mu\u0308hle") == ("muhle", "muehle")
    assert foldings("Rue") == ("rue",)


@pytest.mark.parametrize("apostrophe", ["'", "’", "‘", "`", "´", "\u02bc", "\u02bb", " "])
def test_any_apostrophe_parts_words(apostrophe: str) -> None:
    assert words(fold(f"de l{apostrophe}Église_Neuve")) == ["de", "l", "eglise", "neuve"]


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
