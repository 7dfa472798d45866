"""Whom and what a demonstration looks at: a person, a company, a car and a building that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fidus.demo.bodies import address_in_words, birth_in_words, name_in_words
from mocks.buildings import Building
from mocks.enterprises import Enterprise
from mocks.people import Person
from mocks.vehicles import Registration
from mocks.world import World, world

_LONGEST_NAME: Final = 64  # that a search takes


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is asked about.

    `facts`: what is known of it beforehand, by the names that members of queries have. `words`: what a file
    says of it, by the group that is compared. `rows`: names in answers that are shown, by the vocabulary.
    """

    title: str
    facts: Mapping[str, Any] = field(repr=False)
    rows: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Cast:
    """The person directs the company, holds the car and lives in the building."""

    person: Person
    company: Enterprise
    car: Registration
    building: Building

    def things(self) -> tuple[Thing, ...]:
        """Each as something to ask about."""
        return (_person(self.person), _company(self.company), _car(self.car), _building(self.building))

    def says(self) -> str:
        """How they belong together, in one sentence."""
        name = f"{self.person.given_names[0]} {self.person.family_name}"
        street = self.building.street
        home = f"{street.names.fr} {self.building.house_number}, {street.postal_code}"
        held = f"holds the plate {self.car.plate} and lives at {home}"
        return f"{name} directs {self.company.names.fr}, {held}."


def cast() -> Cast:
    """Always the same: of those who can be shown whole, the first who lives with a family."""
    everybody = [*_players(world())]
    return next((one for one in everybody if one.person.civil_states[-1].spouse is not None), everybody[0])


def _players(all_: World) -> Iterator[Cast]:
    for person in all_.people.ordinary():
        address = person.address
        if address is None or address.box is not None or address.written is not None:
            continue
        building = all_.town.at(address)
        firms = [one for one in all_.by_director.get(person.number, ()) if _directs(person, one)]
        cars = [one for one in all_.by_holder.get(person.number, ()) if one.until is None]
        if building is not None and firms and cars:
            yield Cast(person, firms[0], cars[0], building)


def _directs(person: Person, firm: Enterprise) -> bool:
    return firm.until is None and any(
        function.holder == person.number and function.until is None for function in firm.functions
    )


def _person(one: Person) -> Thing:
    return Thing(
        title="A person",
        facts={
            "ssin": one.number,
            "familyName": one.family_name,
            "givenName": one.given_names[0],
            "birthDate": str(one.birth),
        },
        words={
            "address": address_in_words(one),
            "name": name_in_words(one),
            "birth": birth_in_words(one),
        },
        rows=(
            "name",
            "birth.date",
            "nationalities.nationality",
            "address",
            "addresses",
            "household.size",
            "household.members.name",
            "civilStatuses.status",
            "parents.name",
            "children.name",
            "numbers.current",
            "vehicles.plate",
        ),
    )


def _company(one: Enterprise) -> Thing:
    return Thing(
        title="A company",
        facts={"enterpriseNumber": one.number, "name": one.names.fr[:_LONGEST_NAME]},
        rows=(
            "denominations.denomination",
            "enterprise.status",
            "legal.form",
            "addresses",
            "activities.activity",
            "functions.function",
            "functions.name",
            "establishments.establishmentNumber",
            "establishments.address",
            "candidates.enterpriseNumber",
            "candidates.denominations.denomination",
            "candidates.addresses",
            "vehicles.plate",
        ),
    )


def _car(one: Registration) -> Thing:
    return Thing(
        title="A car",
        facts={"plate": one.plate},
        rows=(
            "registration.plate",
            "registration.status",
            "vehicle.make",
            "vehicle.model",
            "technical.maximumMass",
            "emission.fuels",
            "holder.name",
            "holder.address",
            "registrations.since",
            "registrations.holder.name",
        ),
    )


def _building(one: Building) -> Thing:
    return Thing(
        title="A building",
        facts={
            "street": one.street.names.fr,
            "houseNumber": one.house_number,
            "postalCode": one.street.postal_code,
            "x": one.x,
            "y": one.y,
        },
        rows=(
            "addresses",
            "addresses.parcelKeys",
            "addresses.point",
            "address",
            "distance",
            "buildings.buildingId",
            "buildings.area",
            "buildings.height",
            "buildings.parcels",
            "buildings.addresses",
        ),
    )
