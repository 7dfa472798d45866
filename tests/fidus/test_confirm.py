"""Equality by meaning: the labelled pairs, and what must hold for any address."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.comparable import FORMS
from fidus.confirm import JUDGES, Verdict, compare

PAIRS = tomllib.loads(Path(__file__).with_name("confirm_pairs.toml").read_text("utf-8"))
LABELLED = [
    pytest.param(Verdict(label), pair["asked"], pair["register"], id=f"{label}: {pair['why']}")
    for label, pairs in PAIRS["pairs"].items()
    for pair in pairs
]
NEUVE = PAIRS["register"]["neuve"]
ASKED = {"street": "Rue Neuve", "houseNumber": "12", "postalCode": "1000"}


def answer(asked: Mapping[str, str], registered: Mapping[str, Any]) -> Verdict:
    return compare("address", asked, {"address": registered}, ())


def test_there_are_200_pairs_of_which_60_are_no() -> None:
    pairs = PAIRS["pairs"]
    assert sum(map(len, pairs.values())) == 200
    assert len(pairs["no"]) == 60
    asked = [
        (pair["register"], tuple(sorted(pair["asked"].items()))) for part in pairs.values() for pair in part
    ]
    assert len(set(asked)) == 200


@pytest.mark.parametrize(("label", "asked", "register"), LABELLED)
def test_the_labelled_pairs(label: Verdict, asked: Mapping[str, str], register: str) -> None:
    held = PAIRS["register"][register]
    if held == "absent":
        assert compare("address", asked, None, ()) is label
    elif held == "withheld":
        assert compare("address", asked, {}, {"address"}) is label
    else:
        assert answer(asked, held) is label


@pytest.mark.parametrize("withheld", [{"address"}, {"address.street"}, {"name", "address.box"}])
def test_what_is_withheld_is_unknown_even_if_it_slipped_through(withheld: set[str]) -> None:
    for asked in (ASKED, ASKED | {"houseNumber": "99"}):
        assert compare("address", asked, {"address": NEUVE}, withheld) is Verdict.UNKNOWN


def test_what_else_is_withheld_changes_nothing() -> None:
    assert compare("address", ASKED, {"address": NEUVE}, {"name", "addresses"}) is Verdict.YES


@pytest.mark.parametrize("member", FORMS["address"].required)
def test_less_than_the_form_asks_for_is_unknown(member: str) -> None:
    part = {name: value for name, value in ASKED.items() if name != member}
    assert answer(part, NEUVE) is Verdict.UNKNOWN


def test_every_form_has_its_judge_and_no_other_group_is_judged() -> None:
    assert JUDGES.keys() == FORMS.keys()
    with pytest.raises(KeyError):
        compare("sex", {}, {"sex": {}}, ())


@pytest.mark.parametrize("change", [{}, {"houseNumber": "99"}, {"postalCode": "1030"}])
def test_without_a_street_to_compare_the_rest_tells_nothing(change: dict[str, str]) -> None:
    dutch_only = NEUVE | {"street": {"nl": "Nieuwstraat"}}
    assert answer(ASKED | change, dutch_only) is Verdict.UNKNOWN
    assert answer(ASKED | change, NEUVE | {"street": {}}) is Verdict.UNKNOWN


STREETS = st.text(
    st.characters(categories=["L", "Nd", "Zs"], include_characters="-'’.()/,"), min_size=1, max_size=30
)
NAMES = st.dictionaries(st.sampled_from(["fr", "nl", "de"]), STREETS, min_size=1)
NUMBERS = st.from_regex(r"[1-9][0-9]{0,3}( ?[A-Z]|bis|-[1-9][0-9]{0,2})?", fullmatch=True)
BOXES = st.from_regex(r"[A-Z]?[0-9]{1,4}(/[0-9]{1,2})?", fullmatch=True)
ADDRESSES = st.fixed_dictionaries(
    {
        "street": NAMES.filter(lambda names: all(any(map(str.isalnum, name)) for name in names.values())),
        "municipality": NAMES.filter(
            lambda names: all(any(map(str.isalpha, name)) for name in names.values())
        ),
        "houseNumber": NUMBERS,
        "postalCode": st.from_regex(r"[1-9][0-9]{3}", fullmatch=True),
    },
    optional={"box": BOXES},
)


@given(ADDRESSES)
def test_any_address_is_itself_in_each_of_its_languages(registered: dict[str, Any]) -> None:
    plain = {name: value for name, value in registered.items() if isinstance(value, str)}
    for street in registered["street"].values():
        for municipality in registered["municipality"].values():
            asked = plain | {"street": street, "municipality": municipality}
            assert answer(asked, registered) is Verdict.YES


@given(ADDRESSES, NUMBERS, st.from_regex(r"[1-9][0-9]{3}", fullmatch=True))
def test_another_number_or_postal_code_is_never_yes(
    registered: dict[str, Any], number: str, code: str
) -> None:
    street = next(iter(registered["street"].values()))
    asked = {"street": street, "houseNumber": registered["houseNumber"], "postalCode": code}
    if code != registered["postalCode"]:
        assert answer(asked, registered) is not Verdict.YES
    plain = {"street": street, "houseNumber": "12", "postalCode": registered["postalCode"]}
    if number.isdigit() and number != "12":
        assert answer(plain | {"houseNumber": number}, registered | {"houseNumber": "12"}) is Verdict.NO


@given(
    st.dictionaries(
        st.sampled_from(["street", "houseNumber", "box", "postalCode", "municipality"]), st.text(max_size=128)
    )
)
def test_whatever_is_asked_has_an_answer(asked: dict[str, str]) -> None:
    for registered in (NEUVE, PAIRS["register"]["sainteanne"], PAIRS["register"]["wavre"]):
        assert answer(ASKED | asked, registered) in Verdict
