"""The people that a test asks for by name: one for each thing that goes otherwise than usual."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from mocks.days import Day
from mocks.households import Maker
from mocks.names import FAMILY_NAMES
from mocks.numbers import BIS
from mocks.people import (
    DECEASED,
    GONE_ABROAD,
    STRUCK_OFF,
    Abroad,
    Former,
    Person,
    Residence,
    Silence,
    Stay,
)
from mocks.places import Address, street


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """A number to ask for. `people`: the files that exist because of it; `others`: those of other people.

    A number without file is replaced (`people` then has who bears it no more), `closed` on the day of a
    decease, `empty` (known, no file), or none of these: never given."""

    number: str
    family_name: str
    people: tuple[Person, ...] = ()
    others: tuple[Person, ...] = ()
    closed: Day | None = None
    empty: bool = False


def named_cases(maker: Maker) -> Mapping[str, Case]:
    """All cases by name, always the same for the same chance."""
    return {name: make(maker) for name, make in _CASES.items()}


def _of(person: Person) -> Case:
    return Case(person.number, person.family_name, (person,))


def _born(maker: Maker, first: int, last: int) -> date:
    return maker.day(date(first, 1, 1), date(last, 12, 28))


def _someone(maker: Maker, first: int = 1955, last: int = 1995) -> Person:
    """Somebody ordinary, born in one of these years, who lived in one place or more."""
    birth = _born(maker, first, last)
    return maker.person(Day.of(birth), maker.moves(birth))


def _living_at(maker: Maker, address: Address, since: Day) -> Person:
    """Somebody who has this address since that day, and only this one on record."""
    birth = _born(maker, 1960, 1990)
    return maker.person(Day.of(birth), (Stay(address, since),))


def _incomplete_birth(maker: Maker) -> Case:
    return _of(maker.person(Day(1974, 3), maker.moves(date(2001, 5, 14))))


def _birth_year_only(maker: Maker) -> Case:
    return _of(maker.person(Day(1968), maker.moves(date(1999, 9, 1))))


def _address_month_only(maker: Maker) -> Case:
    return _of(_living_at(maker, Address(street("21012", "Rue Ransfort"), "27", "2"), Day(2011, 6)))


def _address_year_only(maker: Maker) -> Case:
    return _of(_living_at(maker, Address(street("21001", "Rue Wayez"), "88"), Day(2009)))


def _bis(maker: Maker) -> Case:
    birth = _born(maker, 1975, 1999)
    person = maker.person(Day.of(birth), maker.moves(date(2019, 3, 4)), added=BIS)
    return _of(replace(person, register=None, nationality="354"))


def _replacement(maker: Maker) -> Case:
    person = _someone(maker)
    former = Former(maker.numbers.give(person.birth, person.sex, BIS), Day(2015, 10, 2))
    return _of(replace(person, formers=(former,)))


def _replaced(maker: Maker) -> Case:
    person = _someone(maker)
    former = Former(maker.numbers.give(Day(person.birth.year), person.sex), Day(2018, 2, 20))
    person = replace(person, formers=(former,))
    return Case(former.number, person.family_name, (person,))


def _left(maker: Maker, code: str, day: Day) -> Person:
    """Somebody whose last main address ended on `day`, for the reason that `code` says."""
    birth = _born(maker, 1940, 1985)
    person = maker.person(Day.of(birth), maker.moves(birth, day.first()))
    return replace(person, special=(Residence(code, day),))


def _deceased(maker: Maker) -> Case:
    day = Day(2021, 11, 9)
    return _of(replace(_left(maker, DECEASED, day), decease=day))


def _file_closed(maker: Maker) -> Case:
    number = maker.numbers.give(Day(1931, 8, 17), 2)
    return Case(number, maker.random.choice(FAMILY_NAMES), closed=Day(1994, 4, 30))


def _no_file(maker: Maker) -> Case:
    birth = Day.of(_born(maker, 1990, 2000))
    return Case(maker.numbers.give(birth, 1, BIS), maker.random.choice(FAMILY_NAMES), empty=True)


def _unknown(maker: Maker) -> Case:
    birth = Day.of(_born(maker, 1980, 1999))
    return Case(maker.numbers.give(birth, 1), maker.random.choice(FAMILY_NAMES))


def _abroad(maker: Maker) -> Case:
    since = Day(2020, 8, 31)
    away = Abroad("123", ("Rua dos Pinheiros Altos 14", "4990-511 Ponte do Vale"), since)
    return _of(replace(_left(maker, GONE_ABROAD, since), abroad=(away,)))


def _returned(maker: Maker) -> Case:
    left, back = Day(2008, 1, 15), Day(2013, 7, 1)
    person = _left(maker, GONE_ABROAD, left)
    away = Abroad("128", ("Via delle Querce Nuove 3", "38010 Pianverde"), left, back)
    return _of(
        replace(
            person,
            stays=person.stays + maker.moves(back.first()),
            special=(Residence(GONE_ABROAD, left, back),),
            abroad=(away,),
        )
    )


def _struck_off(maker: Maker) -> Case:
    return _of(_left(maker, STRUCK_OFF, Day(2023, 2, 6)))


def _secret(maker: Maker) -> Case:
    return _of(replace(_someone(maker), silence=Silence(Day(2022, 5, 12))))


def _formerly_secret(maker: Maker) -> Case:
    return _of(replace(_someone(maker), silence=Silence(Day(2016, 1, 1), Day(2019, 12, 31))))


def _at(nis: str, name: str, house: str, box: str | None = None) -> Callable[[Maker], Case]:
    """Somebody at exactly this address."""

    def make(maker: Maker) -> Case:
        since = Day.of(maker.day(date(2012, 1, 1), date(2024, 12, 31)))
        return _of(_living_at(maker, Address(street(nis, name), house, box), since))

    return make


def _street_without_code(maker: Maker) -> Case:
    near = street("21017", "Avenue Delleur")
    return _of(_living_at(maker, Address(near, "3", written="Clos des Merisiers Bleus"), Day(2024, 6, 3)))


def _long_history(maker: Maker) -> Case:
    """Fourteen addresses, about one a year."""
    days = [date(2006 + year * 5 // 4, 2 + year % 10, 11) for year in range(14)]
    stays = [
        replace(maker.moves(start)[0], until=None if end is None else Day.of(end))
        for start, end in zip(days, [*days[1:], None], strict=True)
    ]
    return _of(maker.person(Day(1983, 12, 24), tuple(stays)))


def _same_street_name(maker: Maker) -> Case:
    """One street name in three municipalities: three streets."""
    days = (Day(1998, 10, 1), Day(2007, 3, 15), Day(2017, 9, 30))
    houses = (("21004", "Chaussée de Haecht", "1201"), ("21015", "Chaussée de Haecht", "226"))
    first, second = (Address(street(*where), house) for *where, house in houses)
    third = Address(street("21014", "Chaussée de Haecht"), "226")
    stays = (Stay(first, days[0], days[1]), Stay(second, days[1], days[2]), Stay(third, days[2]))
    return _of(maker.person(Day(1979, 1, 31), stays))


def _twin(given_name: str) -> Callable[[Maker], Case]:
    """One of two who differ in serial number and given name only."""

    def make(maker: Maker) -> Case:
        birth, home = Day(1996, 4, 18), Address(street("21015", "Rue Josaphat"), "141", "3")
        person = maker.person(birth, (Stay(home, birth),), "Zwillingsmeulen")
        return _of(replace(person, given_names=(given_name,), language=2))

    return make


def _reference_address(maker: Maker) -> Case:
    return _of(replace(_someone(maker), at_reference_address=True))


def _temporarily_absent(maker: Maker) -> Case:
    return _of(replace(_someone(maker), absent_since=Day(2025, 9, 8)))


_CASES: Mapping[str, Callable[[Maker], Case]] = {
    "incompleteBirthDate": _incomplete_birth,
    "birthYearOnly": _birth_year_only,
    "incompleteAddressDate": _address_month_only,
    "addressYearOnly": _address_year_only,
    "bis": _bis,
    "replaced": _replaced,
    "replacement": _replacement,
    "deceased": _deceased,
    "deceasedFileClosed": _file_closed,
    "secretAddress": _secret,
    "formerlySecret": _formerly_secret,
    "abroad": _abroad,
    "returnedFromAbroad": _returned,
    "struckOff": _struck_off,
    "unknown": _unknown,
    "noFile": _no_file,
    "noBox": _at("21013", "Rue de la Victoire", "96"),
    "boxNumber": _at("21009", "Chaussée d'Ixelles", "168", "b 12"),
    "boxWithSlash": _at("21018", "Avenue Georges Henri", "431", "4/D"),
    "houseNumberRange": _at("21004", "Rue Haute", "116-118", "1"),
    "houseNumberLetter": _at("21016", "Avenue Brugmann", "52A"),
    "streetWithoutCode": _street_without_code,
    "longHistory": _long_history,
    "sameStreetName": _same_street_name,
    "twin": _twin("Lieveloes"),
    "otherTwin": _twin("Lieverikje"),
    "child": lambda maker: _of(_someone(maker, 2012, 2022)),
    "veryOld": lambda maker: _of(_someone(maker, 1919, 1924)),
    "referenceAddress": _reference_address,
    "temporarilyAbsent": _temporarily_absent,
}
