"""Ordinary households: who lives together, since when, and where they lived before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from mocks.days import Day
from mocks.names import FAMILY_NAMES, GIVEN_NAMES
from mocks.numbers import NATIONAL, Numbers
from mocks.people import CivilState, Person, Stay
from mocks.places import any_address

WORLD_DAY = date(2026, 1, 1)
"""Nothing in this world happens on or after this day, so that a seed always gives the same world."""

_SINGLE, _COUPLE, _FAMILY, _ONE_PARENT, _SHARED = range(5)
_FOREIGN = ("111", "128", "123", "354", "262")


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes people from one source of chance."""

    random: Random
    numbers: Numbers

    def day(self, first: date, last: date) -> date:
        """Any day from `first` to `last`, both included."""
        return first + timedelta(days=self.random.randint(0, max(0, (last - first).days)))

    def moves(self, since: date, until: date | None = None) -> tuple[Stay, ...]:
        """Main addresses one after the other, without a gap, about one in nine years."""
        stays: list[Stay] = []
        start, end = since, until or WORLD_DAY
        while True:
            following = start + timedelta(days=200 + int(self.random.expovariate(1 / 3100)))
            last = following >= end
            closed = until if last else following
            stays.append(
                Stay(any_address(self.random), Day.of(start), None if closed is None else Day.of(closed))
            )
            if last:
                return tuple(stays)
            start = following

    def person(self, birth: Day, stays: tuple[Stay, ...], family: str = "", added: int = NATIONAL) -> Person:
        """Someone with a number and a name, single and alone."""
        sex = self.random.choice((1, 2))
        number = self.numbers.give(birth, sex, added)
        foreign = self.random.random() < 0.2
        return Person(
            number=number,
            birth=birth,
            sex=sex,
            family_name=family or self.random.choice(FAMILY_NAMES),
            given_names=tuple(self.random.sample(GIVEN_NAMES[sex], self.random.choice((1, 1, 2, 3)))),
            stays=stays,
            language=self.random.choice((1, 1, 1, 2)),
            nationality=self.random.choice(_FOREIGN) if foreign else "150",
            register="1" if foreign else "2",
            civil_states=(CivilState("10", birth),),
            head=number,
        )


def household(maker: Maker) -> Iterator[Person]:
    """One household, its reference person first."""
    kind = maker.random.choices(range(5), weights=(34, 20, 26, 12, 8))[0]
    formed = maker.day(date(1985, 1, 1), date(2024, 12, 31))
    common = maker.moves(formed)
    head = _adult(maker, formed, common)
    if kind in (_COUPLE, _FAMILY):
        partner = _adult(maker, formed, common)
        yield replace(head, civil_states=_married(head, partner, formed))
        yield replace(partner, civil_states=_married(partner, head, formed), head=head.number, role="02")
    else:
        partner = None
        yield head
    if kind == _SHARED:
        for _ in range(maker.random.randint(1, 3)):
            yield replace(_adult(maker, formed, common), head=head.number, role="12")
    if kind in (_FAMILY, _ONE_PARENT):
        yield from _children(maker, head, partner, formed, common)


def _adult(maker: Maker, formed: date, common: tuple[Stay, ...]) -> Person:
    """Someone of 20 to 45 years when the household was formed, with the addresses from before."""
    born = date(formed.year - maker.random.randint(20, 45), 1, 1)
    birth = maker.day(born, date(born.year, 12, 28))
    return maker.person(Day.of(birth), maker.moves(birth, formed) + common)


def _married(one: Person, other: Person, wedding: date) -> tuple[CivilState, ...]:
    day = Day.of(wedding)
    return (CivilState("10", one.birth, until=day), CivilState("20", day, spouse=other.number))


def _children(
    maker: Maker, head: Person, partner: Person | None, formed: date, common: tuple[Stay, ...]
) -> Iterator[Person]:
    """Children born into the household, with its addresses since their birth."""
    last = min(date(formed.year + 14, 12, 28), WORLD_DAY - timedelta(days=30))
    for _ in range(maker.random.randint(1, 3)):
        birth = Day.of(maker.day(formed, last))
        lived = [stay for stay in common if stay.until is None or stay.until > birth]
        own = (replace(lived[0], since=max(birth, lived[0].since)), *lived[1:])
        child = maker.person(birth, own, head.family_name)
        parents = (head.number,) if partner is None else (head.number, partner.number)
        yield replace(child, head=head.number, role="03", parents=parents)
