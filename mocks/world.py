"""The whole synthetic world: people, enterprises, vehicles, buildings, all linked. One seed, one world.

A larger world begins with the people of a smaller one, so that named cases are the same in both.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random
from typing import TypeVar

from mocks.boards import with_boards
from mocks.buildings import Town, town
from mocks.enterprises import Enterprise, enterprises
from mocks.places import Address
from mocks.population import SEED, Population, population
from mocks.vehicles import Foreign, Registration, fleet, foreigners

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each a world has at least."""

    persons: int
    enterprises: int
    vehicles: int
    foreign: int


SMALL = Size(persons=440, enterprises=60, vehicles=240, foreign=20)
WHOLE = Size(persons=20_000, enterprises=3_000, vehicles=12_000, foreign=600)


@dataclass(frozen=True)
class World:
    """Everything, and the ways from one to the other. Ways are made when first gone."""

    people: Population
    enterprises: Mapping[str, Enterprise]
    registrations: tuple[Registration, ...]
    foreign: tuple[Foreign, ...]
    town: Town

    @cached_property
    def by_plate(self) -> Mapping[str, Registration]:
        """Plate -> its registration; each plate was given once."""
        return {one.plate: one for one in self.registrations}

    @cached_property
    def by_vehicle(self) -> Mapping[tuple[str, str], tuple[Registration, ...]]:
        """(VIN, unifier) -> registrations, from old to new."""
        return _grouped(((one.vehicle.vin, one.vehicle.unifier), one) for one in self.registrations)

    @cached_property
    def by_holder(self) -> Mapping[str, tuple[Registration, ...]]:
        """SSIN or enterprise number -> registrations, from old to new as they were made."""
        return _grouped((one.holder, one) for one in self.registrations)

    @cached_property
    def by_establishment(self) -> Mapping[str, Enterprise]:
        """Establishment number -> the enterprise whose it is."""
        return {place.number: one for one in self.enterprises.values() for place in one.establishments}

    @cached_property
    def by_director(self) -> Mapping[str, tuple[Enterprise, ...]]:
        """SSIN or enterprise number -> enterprises in which that one has or had a function, or which are that
        person's."""
        return _grouped(
            (number, one)
            for one in self.enterprises.values()
            for number in {*(function.holder for function in one.functions), one.owner}
            if number is not None
        )


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


@cache
def world(seed: int = SEED, size: Size = SMALL) -> World:
    """The world of this seed and size: the same one each time. The whole one takes some seconds."""
    with _nothing_to_collect():
        return _made(seed, size)


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """All that is made here stays, so looking for garbage among it would only cost a quarter of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _made(seed: int, size: Size) -> World:
    people = population(seed, size.persons)
    everybody = tuple(one for one in people.persons.values() if one.number not in people.apart)
    random = Random(seed + 1)  # noqa: S311 - a seed has to give the same world, and nothing here is secret
    firms = tuple(enterprises(random, everybody, size.enterprises))
    apart = Random(seed + 2)  # noqa: S311 - so that boards change nothing else
    registrations = tuple(fleet(random, everybody, firms, size.vehicles))
    strangers = tuple(foreigners(random, size.foreign))
    places = town(_addresses(people, firms))
    boards = {one.number: one for one in with_boards(apart, firms)}
    return World(people, boards, registrations, strangers, places)


def _addresses(people: Population, firms: tuple[Enterprise, ...]) -> Iterator[Address]:
    for person in people.persons.values():
        yield from (stay.address for stay in person.stays)
    for firm in firms:
        yield firm.seat
        yield from (place.address for place in firm.establishments)
