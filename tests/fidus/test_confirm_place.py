"""Postal codes and municipalities."""

from __future__ import annotations

import pytest

from fidus.comparable import Verdict
from fidus.confirm_place import same_municipality, same_postal_code
from fidus.confirm_places import MUNICIPALITIES, NINETEEN, PARTS

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
BRUSSELS = {"fr": "Bruxelles", "nl": "Brussel"}


@pytest.mark.parametrize(
    ("asked", "registered", "verdict"),
    [
        ("1000", "1000", YES),
        ("B-1000", "1000", YES),
        ("b 1000", "1000", YES),
        ("BE-1000", "1000", YES),
        ("be1000", "1000", YES),
        ("1000", "1030", NO),
        ("01000", "1000", NO),
        ("100", "1000", NO),
        ("1000 Bruxelles", "1000", NO),
        ("", "1000", NO),
        ("1000", "", UNKNOWN),
        ("L-1009", "L-1009", YES),
    ],
)
def test_postal_codes(asked: str, registered: str, verdict: Verdict) -> None:
    assert same_postal_code(asked, registered) is verdict


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ("BRUXELLES", YES),
        ("Brüssel", YES),
        ("brussels", YES),
        ("Bruxelles-Ville", YES),
        ("Stad Brussel", YES),
        ("City of Brussels", YES),
        ("B-1000 Bruxelles", YES),
        ("Bruxelles / Brussel", YES),
        ("1000", YES),
        ("1030 Bruxelles", NO),
        ("Laeken", NO),
        ("Schaerbeek", NO),
        ("Bruxelles (Laeken)", NO),
        ("Gand", NO),
        ("Nulle-Part", UNKNOWN),
        ("Bruxelles (Nulle-Part)", UNKNOWN),
        ("-", UNKNOWN),
    ],
)
def test_names_of_the_city(asked: str, verdict: Verdict) -> None:
    assert same_municipality(asked, BRUSSELS, "1000") is verdict


def test_a_part_stands_for_its_municipality_under_its_own_code() -> None:
    for key, (_, code) in PARTS.items():
        for name in MUNICIPALITIES[key]:
            assert same_municipality(name, BRUSSELS, code) is YES
            assert same_municipality(name, BRUSSELS, "1000") is NO
            assert same_municipality(name, {"fr": "Ixelles"}, code) is NO


def test_the_citys_plain_name_stands_for_each_of_the_nineteen() -> None:
    for key in NINETEEN - {"bruxelles"}:
        registered = {"fr": MUNICIPALITIES[key][0]}
        assert same_municipality("Brussel", registered, "1030") is YES
        assert same_municipality("Ville de Bruxelles", registered, "1030") is NO
    assert same_municipality("Brussel", {"nl": "Gent"}, "9000") is NO


def test_every_name_of_a_municipality_is_every_other_and_of_no_second() -> None:
    for key, names in MUNICIPALITIES.items():
        if key in PARTS:
            continue
        for name in names:
            assert same_municipality(name.upper().replace("-", " "), {"fr": names[0]}, "9999") is YES
            for other in MUNICIPALITIES.keys() - {key} - NINETEEN:
                assert same_municipality(name, {"fr": MUNICIPALITIES[other][0]}, "9999") is NO


def test_a_key_without_hyphen_is_one_of_its_names() -> None:
    for key, names in MUNICIPALITIES.items():
        if "-" not in key:
            assert same_municipality(key, {"fr": names[0]}, PARTS.get(key, ("", ""))[1]) is YES


def test_a_register_without_municipality_cannot_tell() -> None:
    for registered in ({}, {"fr": ""}, {"fr": "-"}):
        assert same_municipality("Bruxelles", registered, "1000") is UNKNOWN
