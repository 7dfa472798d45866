"""Every named case is what its name says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mocks.days import Day
from mocks.people import DECEASED, GONE_ABROAD, STRUCK_OFF, Person, residences
from mocks.population import Closed, NeverGiven, NoFile, ReplacedBy, population

PEOPLE = population()
WITHOUT_FILE = {"replaced": ReplacedBy, "deceasedFileClosed": Closed, "unknown": NeverGiven, "noFile": NoFile}


def known(name: str) -> Person:
    found = PEOPLE.known(PEOPLE.number(name))
    assert isinstance(found, Person)
    return found


def house(person: Person) -> tuple[str, str | None]:
    assert person.address is not None
    return person.address.house_number, person.address.box


def last_residence(person: Person) -> str:
    return residences(person)[-1].code


FILES: dict[str, Callable[[Person], bool]] = {
    "divorced": lambda one: one.civil_states[-1].code == "40",
    "widowed": lambda one: one.civil_states[-1].code == "30",
    "unexplainedCode": lambda one: one.nationality not in ("150", "111", "128", "123", "354", "262"),
    "namesakes": lambda one: len(PEOPLE.cases["namesakes"].others) > 100,
    "incompleteBirthDate": lambda one: one.birth.month > 0 and one.birth.day == 0,
    "birthYearOnly": lambda one: one.birth.month == 0 and one.number[2:6] == "6000",
    "incompleteAddressDate": lambda one: one.stays[-1].since.day == 0 and one.stays[-1].since.month > 0,
    "addressYearOnly": lambda one: one.stays[-1].since == Day(2009),
    "bis": lambda one: int(one.number[2:4]) > 80 and one.address is not None and one.register is None,
    "replacement": lambda one: PEOPLE.replaced[one.formers[0].number] == one.number,
    "deceased": lambda one: one.decease is not None and last_residence(one) == DECEASED and not one.address,
    "secretAddress": lambda one: one.silence is not None and one.silence.end is None and bool(one.address),
    "formerlySecret": lambda one: one.silence is not None and one.silence.end == Day(2019, 12, 31),
    "abroad": lambda one: last_residence(one) == GONE_ABROAD and one.abroad[-1].until is None,
    "returnedFromAbroad": lambda one: one.abroad[-1].until is not None and one.address is not None,
    "struckOff": lambda one: last_residence(one) == STRUCK_OFF and one.address is None,
    "noBox": lambda one: house(one) == ("96", None),
    "boxNumber": lambda one: house(one) == ("168", "b 12"),
    "boxWithSlash": lambda one: house(one) == ("431", "4/D"),
    "houseNumberRange": lambda one: house(one) == ("116-118", "1"),
    "houseNumberLetter": lambda one: house(one) == ("52A", None),
    "streetWithoutCode": lambda one: one.address is not None and one.address.written is not None,
    "longHistory": lambda one: len(one.stays) == 14,
    "sameStreetName": lambda one: (
        len({stay.address.street.names for stay in one.stays}) == 1
        and len({stay.address.street.nis for stay in one.stays}) == 3
    ),
    "twin": lambda one: one.birth == known("otherTwin").birth and one.address == known("otherTwin").address,
    "otherTwin": lambda one: one.family_name == known("twin").family_name and one != known("twin"),
    "child": lambda one: one.birth.year >= 2012,
    "veryOld": lambda one: one.birth.year < 1926,
    "referenceAddress": lambda one: one.at_reference_address,
    "temporarilyAbsent": lambda one: one.absent_since is not None and one.address is not None,
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_case_with_a_file_is_what_it_is_called(name: str) -> None:
    assert FILES[name](known(name))


@pytest.mark.parametrize("name", sorted(WITHOUT_FILE))
def test_a_case_without_a_file_is_known_as_such(name: str) -> None:
    assert isinstance(PEOPLE.known(PEOPLE.number(name)), WITHOUT_FILE[name])


def test_no_case_goes_untested() -> None:
    assert {*FILES, *WITHOUT_FILE} == set(PEOPLE.cases)
