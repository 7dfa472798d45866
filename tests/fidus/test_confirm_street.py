"""Names of streets: abbreviations both ways, near misses never yes."""

from __future__ import annotations

import time
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.comparable import Verdict
from fidus.confirm_street import same_street

SHORT_IN_FRONT = {
    "Rue": ["r.", "R"],
    "Avenue": ["av.", "Av", "aven.", "ave"],
    "Boulevard": ["bd", "Bld.", "boul.", "Blvd"],
    "Chaussée": ["ch.", "chée", "Chauss."],
    "Place": ["pl.", "PL"],
    "Square": ["sq."],
    "Quai": ["q."],
    "Impasse": ["imp."],
}
SHORT_BEHIND = {
    "straat": ["str.", " str", "-str"],
    "laan": ["ln.", " ln"],
    "plein": ["pl.", " pl."],
    "steenweg": ["stwg", "stw.", " stw.", "steenw."],
    "square": ["sq."],
}
TITLES = {
    "Saint-": ["St-", "St. ", "st "],
    "Sainte-": ["Ste-", "Ste "],
    "Docteur ": ["Dr ", "Dr. "],
    "Professeur ": ["Prof. "],
    "Général ": ["Gén. ", "gen "],
    "Colonel ": ["Col. "],
    "Bourgmestre ": ["Bgm. "],
}


@pytest.mark.parametrize(
    ("kind", "short"), [(kind, short) for kind in SHORT_IN_FRONT for short in SHORT_IN_FRONT[kind]]
)
def test_a_french_street_is_its_abbreviation(kind: str, short: str) -> None:
    for name in ("des Palais", "d'Orient", "Royale", "Saint-Lazare"):
        assert same_street(f"{short} {name}", {"fr": f"{kind} {name}"}) is Verdict.YES
        assert same_street(f"{kind} {name}", {"fr": f"{short} {name}"}) is Verdict.YES


@pytest.mark.parametrize(
    ("kind", "short"), [(kind, short) for kind in SHORT_BEHIND for short in SHORT_BEHIND[kind]]
)
def test_a_dutch_street_is_its_abbreviation(kind: str, short: str) -> None:
    for name in ("Paleizen", "Sint-Lazarus", "Koning Albert I-", "Jan de Bruyn"):
        assert same_street(f"{name}{short}", {"nl": f"{name}{kind}"}) is Verdict.YES
        assert same_street(f"{name}{kind}", {"nl": f"{name}{short}"}) is Verdict.YES


@pytest.mark.parametrize(("title", "short"), [(title, short) for title in TITLES for short in TITLES[title]])
def test_a_title_is_its_abbreviation(title: str, short: str) -> None:
    assert same_street(f"Rue du {short}Martin", {"fr": f"Rue du {title}Martin"}) is Verdict.YES
    assert same_street(f"Rue du {title}Martin", {"fr": f"Rue du {short}Martin"}) is Verdict.YES


ARTICLES = ("", "de ", "de la ", "du ", "des ", "d'", "de l'", "Saint-", "Sainte-")
NAMES = ("Neuve", "Haute", "Palais", "Étuve", "Ardenne", "Enfer", "Fer", "Abbaye", "Albert Ier", "Albert II")


def test_french_streets_that_differ_are_never_the_same() -> None:
    made = [f"{kind} {article}{name}" for kind, article, name in product(SHORT_IN_FRONT, ARTICLES, NAMES)]
    for one, other in permutations(made[::13], 2):
        assert same_street(one, {"fr": other}) is not Verdict.YES


@given(*[st.text("abcdeinorstu", min_size=3, max_size=9)] * 2, *[st.sampled_from(sorted(SHORT_BEHIND))] * 2)
def test_dutch_streets_that_differ_are_never_the_same(
    one: str, other: str, kind: str, other_kind: str
) -> None:
    if (one, kind) != (other, other_kind):
        assert same_street(one + kind, {"nl": other + other_kind}) is Verdict.NO


@pytest.mark.parametrize(
    ("asked", "registered", "verdict"),
    [
        ("Rue du Col", "Rue du Colonel", Verdict.NO),  # the last word is a name, not a title
        ("Rue du Colonel Bourg", "Rue du Col. Bourg", Verdict.YES),
        ("Ch. des Dames", "Chemin des Dames", Verdict.UNKNOWN),  # ch. is chaussée, but may be chemin
        ("Dr. du Duc", "Drève du Duc", Verdict.UNKNOWN),
        ("Av. Lincoln", "Avenue Lincoln", Verdict.YES),  # -ln is no laan here
        ("Rue Neuve - Nieuwstraat", "Rue Neuve", Verdict.YES),
        ("Rue Neuve/Hoogstraat", "Rue Neuve", Verdict.NO),
        ("Rue Neuve / Neuve", "Rue Neuve", Verdict.UNKNOWN),
        ("Rue E. Plasky", "Rue Fernand Plasky", Verdict.NO),
        ("Rue P", "Rue Plasky", Verdict.NO),  # an initial never stands for the whole name
        ("Rue de Flandre", "Rue des Flandre", Verdict.NO),
        ("Rue Neuve (Haren)", "Rue Neuve", Verdict.UNKNOWN),
        ("Rue de l'Ange", "Rue de Lange", Verdict.UNKNOWN),
        ("Rue", "Rue Neuve", Verdict.NO),
    ],
)
def test_single_cases(asked: str, registered: str, verdict: Verdict) -> None:
    assert same_street(asked, {"fr": registered, "nl": "Nieuwstraat"}) is verdict


@pytest.mark.parametrize(
    ("asked", "registered"),
    [
        ("Rue Neuve", {"nl": "Nieuwstraat"}),
        ("Nieuwstraat", {"fr": "Rue Neuve"}),
        ("Neue Straße", {"fr": "Rue Neuve"}),
        ("Rue Neuve - Nieuwstraat", {"fr": "Rue Neuve"}),
        ("Rue Neuve", {}),
        ("Rue Neuve", {"fr": "-"}),
        ("-", {"fr": ""}),
    ],
)
def test_what_cannot_be_compared_is_told_apart(asked: str, registered: dict[str, str]) -> None:
    assert same_street(asked, registered) is None


def test_the_same_name_in_another_language_is_the_same() -> None:
    assert same_street("Avenue Louise", {"nl": "Avenue Louise"}) is Verdict.YES
    assert same_street("R. Vandeveldestr.", {"nl": "R. Vandeveldestraat"}) is Verdict.YES


@pytest.mark.parametrize("text", ["st " * 42, "a, " * 42, "(" * 128, "/" * 128, "d'" * 64, "o l v " * 21])
def test_hostile_names_cost_little(text: str) -> None:
    start = time.process_time()
    assert same_street(text, {"fr": text[:-1] + "x", "nl": text + " y"}) is not Verdict.YES
    assert time.process_time() - start < 0.2
