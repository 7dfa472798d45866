"""Named cases that are about more than one person: former spouses, the widowed, people of one name.

Made from a chance of their own, so that the other cases and the ordinary people stay who they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from mocks.cases import Case
from mocks.days import Day
from mocks.households import Maker
from mocks.people import DECEASED, CivilState, Person, Residence

NAMESAKES = 130
_NAME = ("Overaltegaer", "Mykolas")


def kin_cases(maker: Maker) -> Mapping[str, Case]:
    """All of them by name, always the same for the same chance."""
    return {name: make(maker) for name, make in _CASES.items()}


def _adult(maker: Maker, first: int, last: int) -> Person:
    birth = maker.day(date(first, 1, 1), date(last, 12, 28))
    return maker.person(Day.of(birth), maker.moves(birth))


def _states(one: Person, other: Person, wedding: Day, ended: Day, code: str) -> tuple[CivilState, ...]:
    """Single, married to `other`, and what came after."""
    return (
        CivilState("10", one.birth, until=wedding),
        CivilState("20", wedding, other.number, ended),
        CivilState(code, ended, other.number),
    )


def _divorced(maker: Maker) -> Case:
    one, other = _adult(maker, 1970, 1978), _adult(maker, 1970, 1978)
    wedding, ended = Day(2003, 6, 21), Day(2014, 9, 30)
    person = replace(one, civil_states=_states(one, other, wedding, ended, "40"))
    former = replace(other, civil_states=_states(other, one, wedding, ended, "40"))
    return Case(person.number, person.family_name, (person,), others=(former,))


def _widowed(maker: Maker) -> Case:
    one = _adult(maker, 1945, 1955)
    wedding, ended = Day(1979, 5, 5), Day(2019, 2, 17)
    birth = maker.day(date(1943, 1, 1), date(1953, 12, 28))
    late = maker.person(Day.of(birth), maker.moves(birth, ended.first()))
    person = replace(one, civil_states=_states(one, late, wedding, ended, "30"))
    states = (CivilState("10", late.birth, until=wedding), CivilState("20", wedding, one.number))
    died = replace(late, civil_states=states, special=(Residence(DECEASED, ended),), decease=ended)
    return Case(person.number, person.family_name, (person,), others=(died,))


def _namesakes(maker: Maker) -> Case:
    """So many of one name that a search for them all lists nobody."""
    people = [
        replace(
            _adult(maker, 1951 + place % 24, 1951 + place % 24), family_name=_NAME[0], given_names=_NAME[1:]
        )
        for place in range(NAMESAKES)
    ]
    return Case(people[0].number, _NAME[0], (people[0],), others=tuple(people[1:]))


def _unexplained_code(maker: Maker) -> Case:
    """Of a nationality that the contract's table does not explain."""
    person = replace(_adult(maker, 1980, 1999), nationality="997", register="1")
    return Case(person.number, person.family_name, (person,))


_CASES: Mapping[str, Callable[[Maker], Case]] = {
    "divorced": _divorced,
    "widowed": _widowed,
    "namesakes": _namesakes,
    "unexplainedCode": _unexplained_code,
}
