"""What changed and when, from what is registered: keys only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mocks.div.registrations import begun, ended, stamp
from mocks.vehicles import Registration
from mocks.world import World

REGISTERED, STRUCK_OFF, NEW_PLATE, NEW_HOLDER = "REG", "DEL", "PLT", "TIT"


@dataclass(frozen=True, slots=True, repr=False)
class Movement:
    """One change of one registration."""

    about: Registration
    moment: datetime
    kind: str

    def as_json(self) -> dict[str, str]:
        """As the contract writes it."""
        return {
            "plateNr": self.about.plate,
            "vin": self.about.vehicle.vin,
            "unifier": self.about.vehicle.unifier,
            "dateTime": stamp(self.moment),
            "typeCode": self.kind,
        }


def movements(world: World) -> Iterator[Movement]:
    """All, by vehicle: its first registration, strike-offs, and what each later registration changes."""
    for all_ in world.by_vehicle.values():
        before: Registration | None = None
        for one in all_:
            yield Movement(one, begun(one), _kind(one, before))
            if (end := ended(one)) is not None:
                yield Movement(one, end, STRUCK_OFF)
            before = one


def _kind(one: Registration, before: Registration | None) -> str:
    if before is None:
        return REGISTERED
    return NEW_PLATE if before.holder == one.holder else NEW_HOLDER
