"""Names and days of birth, as people write them."""

from __future__ import annotations

import pytest

from fidus.confirm import compare
from fidus.confirm_person import same_birth, same_name

REGISTERED = {"familyName": "Van den Quaetbosch", "givenNames": ["Aurélisse", "Inessa"]}


@pytest.mark.parametrize(
    ("family", "given", "verdict"),
    [
        pytest.param("VAN DEN QUAETBOSCH", None, "yes", id="capitals"),
        pytest.param("Vandenquaetbosch", "Aurelisse", "yes", id="blanks-and-accents"),
        pytest.param("Van den Quaetbosch", "Aurélisse Inessa", "yes", id="all-given-names"),
        pytest.param("Van den Quaetbosch", "Inessa", "unknown", id="second-given-name"),
        pytest.param("Van den Quaetbosch", "Inessa, Aurélisse", "unknown", id="another-order"),
        pytest.param("Van den Quaetbosch", "Margauxette", "no", id="another-given-name"),
        pytest.param("Quaetbosch", "Aurélisse", "no", id="a-part-of-the-family-name"),
        pytest.param("Van den Quaetbosch", "…", "unknown", id="no-letter"),
    ],
)
def test_a_name_is_the_same_by_meaning(family: str, given: str | None, verdict: str) -> None:
    asked = {"familyName": family} | ({} if given is None else {"givenNames": given})
    assert same_name(asked, REGISTERED).value == verdict


def test_a_name_that_the_register_lacks_is_unknown() -> None:
    assert same_name({"familyName": "Perredaelens"}, {}).value == "unknown"
    asked = {"familyName": "Perredaelens", "givenNames": "Inessa"}
    assert same_name(asked, {"familyName": "Perredaelens"}).value == "unknown"


@pytest.mark.parametrize(
    ("known", "day", "verdict"),
    [
        ("1974-03-09", "1974-03-09", "yes"),
        ("1974-03-09", "1974-03-10", "no"),
        ("1974-03-00", "1974-03-09", "unknown"),
        ("1974-03-00", "1974-04-09", "no"),
        ("1974-00-00", "1974-04-09", "unknown"),
        ("1974-00-00", "1975-04-09", "no"),
    ],
)
def test_a_day_of_birth_is_compared_as_far_as_it_is_known(known: str, day: str, verdict: str) -> None:
    assert same_birth({"date": day}, {"date": known}).value == verdict
    assert compare("birth", {"date": day}, {"birth": {"date": known}}, ()).value == verdict


def test_a_day_of_birth_that_the_register_lacks_is_unknown() -> None:
    assert same_birth({"date": "1974-03-09"}, {"place": {}}).value == "unknown"
