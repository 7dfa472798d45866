"""Invariants of the synthetic population, for the seed in use and for others."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mocks.days import Day
from mocks.households import WORLD_DAY
from mocks.numbers import well_formed
from mocks.people import Person, residences
from mocks.places import municipalities, streets
from mocks.population import SEED, NeverGiven, Population, ReplacedBy, population

seeds = st.integers(0, 2**32)
few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def consistent(person: Person) -> None:
    """What must be true of every file."""
    assert well_formed(person.number)
    assert int(person.number[6:9]) % 2 == person.sex % 2
    assert person.number[:2] == f"{person.birth.year % 100:02d}"
    assert int(person.number[2:4]) % 20 == person.birth.month
    assert int(person.number[4:6]) == person.birth.day
    assert person.family_name
    assert person.given_names
    assert person.stays[0].since >= person.birth
    for one, following in pairwise(person.stays):
        assert one.until is not None
        assert one.since < one.until <= following.since
    assert max(day for stay in person.stays for day in (stay.since, stay.until) if day) <= Day.of(WORLD_DAY)
    kept = residences(person)
    assert all(one.until == following.since for one, following in pairwise(kept))
    assert kept[-1].until is None


def one_world(people: Population) -> None:
    """What must be true between files."""
    for person in people.persons.values():
        for other in (person.head, *person.parents, *(state.spouse for state in person.civil_states)):
            assert other is None or other in people.persons
        if person.head is not None:
            members = people.household(person.head)
            assert members[0].number == person.head
            assert len({member.address for member in members}) == 1
        for state in person.civil_states:
            if state.spouse is not None:
                assert people.persons[state.spouse].civil_states[-1].spouse == person.number
        assert all(people.persons[parent].birth < person.birth for parent in person.parents)
        assert all(people.replaced[former.number] == person.number for former in person.formers)
    every = [*people.persons, *people.replaced]
    assert len(every) == len(set(every))


@few
@given(seeds)
def test_every_world_is_consistent(seed: int) -> None:
    people = population(seed)
    assert len(people.persons) >= 400
    for person in people.persons.values():
        consistent(person)
    one_world(people)


@few
@given(seeds)
def test_a_seed_always_gives_the_same_world(seed: int) -> None:
    once, again = population.__wrapped__(seed), population.__wrapped__(seed)
    assert once.persons == again.persons
    assert once.cases == again.cases
    assert once.subjects() == again.subjects()


def test_another_seed_gives_other_people() -> None:
    assert not population(1).persons.keys() & population(2).persons.keys()


def test_people_live_in_all_nineteen_municipalities_and_move() -> None:
    people = population(SEED).persons.values()
    assert {person.address.street.nis for person in people if person.address} == set(municipalities())
    assert sum(len(person.stays) > 1 for person in people) > 200
    assert {stay.address.box is None for person in people for stay in person.stays} == {True, False}
    assert {person.birth.year >= 2000 for person in people} == {True, False}


def test_everybody_without_a_case_has_an_address() -> None:
    people = population(SEED)
    ordinary = [one["ssin"] for one in people.subjects() if "case" not in one]
    assert len(ordinary) >= 400
    assert all(people.persons[number].address is not None for number in ordinary)


def test_subjects_name_everybody_once_the_cases_last() -> None:
    subjects = population(SEED).subjects()
    assert len({one["ssin"] for one in subjects}) == len(subjects)
    assert all(one["familyName"] for one in subjects)
    named = ["case" in one for one in subjects]
    assert named == sorted(named)


def test_what_is_known_of_a_number_is_a_file_a_newer_number_or_nothing() -> None:
    people = population(SEED)
    assert isinstance(people.known(people.number("bis")), Person)
    assert isinstance(people.known(people.number("replaced")), ReplacedBy)
    assert isinstance(people.known("00000000000"), NeverGiven)
    with pytest.raises(KeyError):
        people.number("noSuchCase")


def test_nobody_shows_a_number_or_a_name() -> None:
    people = population(SEED)
    person = next(iter(people.persons.values()))
    for value in (person, person.stays[0], person.address, people, people.known(people.number("replaced"))):
        assert person.number not in repr(value)
        assert person.family_name not in repr(value)


def test_the_nineteen_municipalities_have_streets_in_two_languages() -> None:
    assert len(municipalities()) == 19
    assert {street.nis for street in streets()} == set(municipalities())
    assert len(streets()) >= 60
    assert len({(street.nis, street.code) for street in streets()}) == len(streets())
    assert all(len(street.code) == 4 and street.code.isdigit() for street in streets())
    assert all(street.names.fr and street.names.nl for street in streets())
