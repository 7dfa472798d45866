"""Addresses come from the contract's tables."""

from __future__ import annotations

from random import Random

import pytest

from mocks.places import Names, any_address, municipalities, street, streets


def test_a_street_is_found_by_its_french_name_within_its_municipality() -> None:
    assert street("21014", "Chaussée de Haecht").code != street("21015", "Chaussée de Haecht").code
    assert street("21013", "Rue de la Victoire").names == Names("Rue de la Victoire", "Overwinningsstraat")


def test_a_street_that_is_not_there_is_not_found() -> None:
    with pytest.raises(LookupError):
        street("21013", "Rue Neuve")


def test_german_gives_the_french_name() -> None:
    assert [Names("Uccle", "Ukkel").label(language) for language in ("fr", "nl", "de")] == [
        "Uccle",
        "Ukkel",
        "Uccle",
    ]


def test_any_address_lies_in_a_street_of_the_tables() -> None:
    random = Random(3)
    made = [any_address(random) for _ in range(400)]
    assert {address.street for address in made} <= set(streets())
    assert {address.street.nis for address in made} == set(municipalities())
    assert all(address.house_number[0] in "123456789" for address in made)
    assert {address.box is None for address in made} == {True, False}
