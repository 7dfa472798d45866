"""The whole synthetic population: one seed, one world. What a register holds about a number is asked here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random
from typing import TypeAlias, TypedDict

from mocks.cases import Case, named_cases
from mocks.days import Day
from mocks.households import Maker, household
from mocks.kin import kin_cases
from mocks.numbers import Numbers
from mocks.people import Person

SEED = 20140508
AT_LEAST = 440


@dataclass(frozen=True, slots=True, repr=False)
class ReplacedBy:
    """The number is no longer in use; `number` is."""

    number: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The person died on `decease` and the file is no longer given."""

    decease: Day


@dataclass(frozen=True, slots=True)
class NoFile:
    """The number was given, there is no file."""


@dataclass(frozen=True, slots=True)
class NeverGiven:
    """Nobody has this number."""


Known: TypeAlias = Person | ReplacedBy | Closed | NoFile | NeverGiven


class Subject(TypedDict, total=False):
    """One line of `subjects`: `ssin`, `familyName`, and `case` for a named one."""

    ssin: str
    familyName: str
    case: str


@dataclass(frozen=True, repr=False)
class Population:
    """All files by number, the named cases, and the other numbers of persons with a file. `apart`: numbers of
    those who exist for a case of `mocks.kin` and have nothing to do with anybody else."""

    persons: Mapping[str, Person]
    cases: Mapping[str, Case]
    replaced: Mapping[str, str]
    apart: frozenset[str] = frozenset()

    def known(self, number: str) -> Known:
        """What the register knows of this number."""
        if number in self.persons:
            return self.persons[number]
        if number in self.replaced:
            return ReplacedBy(self.replaced[number])
        case = next((case for case in self.cases.values() if case.number == number), None)
        if case is not None and case.closed is not None:
            return Closed(case.closed)
        return NoFile() if case is not None and case.empty else NeverGiven()

    def number(self, case: str) -> str:
        """The number to ask for, by name of the case. Raises KeyError."""
        return self.cases[case].number

    def household(self, head: str) -> tuple[Person, ...]:
        """Who lives with this reference person, that person first."""
        members = self._by_head.get(head, [])
        return tuple(sorted(members, key=lambda person: person.number != head))

    def children(self, parent: str) -> tuple[Person, ...]:
        """Whose parent this person is, the oldest first."""
        found = self._by_parent.get(parent, [])
        return tuple(sorted(found, key=lambda person: (person.birth, person.number)))

    @cached_property
    def _by_head(self) -> Mapping[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        for person in self.persons.values():
            if person.head is not None:
                found.setdefault(person.head, []).append(person)
        return found

    @cached_property
    def _by_parent(self) -> Mapping[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        for person in self.persons.values():
            for parent in person.parents:
                found.setdefault(parent, []).append(person)
        return found

    def ordinary(self) -> list[Person]:
        """Everybody who exists for no case."""
        named = {one.number for case in self.cases.values() for one in (*case.people, *case.others)}
        return [person for person in self.persons.values() if person.number not in named]

    def subjects(self) -> list[Subject]:
        """Everybody who can be asked for: first all with a file and today's address, then the named cases."""
        plain = [Subject(ssin=person.number, familyName=person.family_name) for person in self.ordinary()]
        cases = [
            Subject(ssin=case.number, familyName=case.family_name, case=name)
            for name, case in self.cases.items()
        ]
        return plain + cases


@cache
def population(seed: int = SEED, at_least: int = AT_LEAST) -> Population:
    """The people of this seed: the same ones each time; a larger world begins with those of a smaller one.

    `at_least`: how many ordinary people there are beside the named cases.
    """
    random = Random(seed)  # noqa: S311 - a seed has to give the same world, and nothing here is secret
    maker = Maker(random, Numbers(random))
    apart = Random(seed + 1)  # noqa: S311 - so that more cases change nobody else
    named, kin = named_cases(maker), kin_cases(Maker(apart, maker.numbers.beside(apart)))
    cases = {**named, **kin}
    people = [person for case in cases.values() for person in (*case.people, *case.others)]
    people.extend(_ordinary(maker, at_least))
    replaced = {former.number: person.number for person in people for former in person.formers}
    strangers = frozenset(one.number for case in kin.values() for one in (*case.people, *case.others))
    return Population({person.number: person for person in people}, cases, replaced, strangers)


def _ordinary(maker: Maker, at_least: int) -> Iterator[Person]:
    made = 0
    while made < at_least:
        members = tuple(household(maker))
        made += len(members)
        yield from members
