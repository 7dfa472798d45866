"""Addresses and buildings that show one thing each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mocks.buildings import Building
from mocks.personas import Persona, chosen
from mocks.places import municipalities
from mocks.world import World


def personas(world: World) -> Sequence[Persona]:
    """One of each kind that the town has, and an address that it does not have."""
    buildings, used = world.town.buildings, frozenset(_used(world))
    several = Counter(street.names.fr for street in {one.street for one in buildings})
    wanted = (
        ("plain", lambda one: one.house_number.isdigit(), "An address with a plain house number."),
        ("boxes", lambda one: len(one.boxes) > 1, "A building with several boxes."),
        ("letter", lambda one: one.house_number[-1:].isalpha(), "A house number with a letter."),
        ("range", lambda one: "-" in one.house_number, "A range of house numbers."),
        ("empty", lambda one: one.id not in used, "A house in which nobody lives or works."),
        ("sameStreetName", lambda one: several[one.street.names.fr] > 1, "A street name of several places."),
    )
    never = Persona(
        "unknown", "address", "Rue Qui N'Existe Pas 1, 1000 Bruxelles", "Finds only what is alike."
    )
    first = buildings[0]
    return (
        *chosen(buildings, wanted, "address", _written),
        never,
        Persona("building", "buildingId", first.id, "A building with its parcel."),
        Persona(
            "point", "x, y", f"{first.x}, {first.y}", "A point in Lambert 72 at which a building stands."
        ),
    )


def _written(one: Building) -> str:
    town = municipalities()[one.street.nis].fr
    return f"{one.street.names.fr} {one.house_number}, {one.street.postal_code} {town}"


def _used(world: World) -> Iterator[str]:
    """Ids of the buildings in which somebody lives or works."""
    places = [person.address for person in world.people.persons.values()]
    for firm in world.enterprises.values():
        places += [firm.seat, *(place.address for place in firm.establishments)]
    for place in places:
        building = None if place is None else world.town.at(place)
        if building is not None:
            yield building.id
