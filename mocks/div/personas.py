"""Plates that show one thing each."""

from __future__ import annotations

from collections.abc import Sequence

from mocks.personas import Persona, Wanted, chosen
from mocks.vehicles import (
    ELECTRIC,
    NORMAL_PLATE,
    REGISTERED,
    STRUCK_OFF,
    SUSPENDED,
    Registration,
)
from mocks.world import World

_WANTED: Sequence[Wanted[Registration]] = (
    (
        "person",
        lambda one: one.status == REGISTERED and len(one.holder) == 11,
        "Held by a person, who is told with the address of today.",
    ),
    (
        "enterprise",
        lambda one: one.status == REGISTERED and len(one.holder) == 10 and one.driver is None,
        "Held by an enterprise.",
    ),
    (
        "leased",
        lambda one: one.status == REGISTERED and one.driver is not None,
        "Held by an enterprise; who usually drives is told, too.",
    ),
    ("electric", lambda one: one.vehicle.fuels == (ELECTRIC,), "Burns nothing, so no Euro norm applies."),
    (
        "hybrid",
        lambda one: len(one.vehicle.fuels) == 2 and ELECTRIC in one.vehicle.fuels,
        "Has two fuels; the norm stands with the one that burns.",
    ),
    (
        "truck",
        lambda one: one.vehicle.model.category == "N3",
        "Heavy: its norm is written in Roman numerals.",
    ),
    ("motorcycle", lambda one: one.vehicle.model.category == "L3e", "A motorcycle."),
    ("trailer", lambda one: one.vehicle.model.category == "O1", "A trailer: no engine, no fuel."),
    ("imported", lambda one: one.vehicle.imported, "Was brought in from another country."),
    ("specialPlate", lambda one: one.plate_type != NORMAL_PLATE, "A plate of another type than usual."),
    ("struckOff", lambda one: one.status == STRUCK_OFF, "Was struck off."),
    ("suspended", lambda one: one.status == SUSPENDED, "Is suspended."),
)


def personas(world: World) -> Sequence[Persona]:
    """One of each kind that the world has, the vehicle with most holders, and plates without registration."""
    vin, unifier = max(world.by_vehicle, key=lambda key: len(world.by_vehicle[key]))
    return (
        *chosen(world.registrations, _WANTED, "plate", lambda one: one.plate),
        Persona("manyHolders", "vin, unifier", f"{vin}, {unifier}", "Went from one holder to the next."),
        Persona("foreign", "plate", world.foreign[0].plate, "A foreign plate, which is not registered here."),
        Persona("unknown", "plate", "0ZZZ000", "A plate that was never given."),
    )
