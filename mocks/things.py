"""One thing of the world as it is shown to people: what it is, what is known of it, and what it leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocks.days import Day
from mocks.enterprises import DIRECTOR, MANAGER, MANAGING_DIRECTOR, REPRESENTATIVE, Enterprise
from mocks.people import Person
from mocks.places import Address, municipalities

FUNCTIONS = {
    DIRECTOR: "director",
    MANAGER: "manager",
    MANAGING_DIRECTOR: "managing director",
    REPRESENTATIVE: "permanent representative",
}


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """A way to another thing. `relation`: what that is to this one; `label`: the other one in a few words."""

    relation: str
    kind: str
    key: str
    label: str

    def as_json(self) -> dict[str, str]:
        """`relation` `kind` `key` `label`."""
        return {"relation": self.relation, "kind": self.kind, "key": self.key, "label": self.label}


@dataclass(frozen=True, slots=True, repr=False)
class Thing:
    """`kind`: person, enterprise, establishment, plate, vehicle or building; `key`: how to ask for it."""

    kind: str
    key: str
    facts: Mapping[str, str]
    links: Sequence[Link] = ()

    def as_json(self) -> dict[str, Any]:
        """`kind` `key` `facts` `links`."""
        return {
            "kind": self.kind,
            "key": self.key,
            "facts": dict(self.facts),
            "links": [one.as_json() for one in self.links],
        }


def called(person: Person) -> str:
    """Given names, family name and day of birth."""
    return f"{' '.join(person.given_names)} {person.family_name}, born {person.birth}"


def named(firm: Enterprise) -> str:
    """Its name in both languages."""
    return f"{firm.names.fr} / {firm.names.nl}"


def written(address: Address) -> str:
    """`Rue Haute / Hoogstraat 12 bus 3, 1000 Bruxelles`."""
    names = address.street.names
    street = address.written or (names.fr if names.fr == names.nl else f"{names.fr} / {names.nl}")
    box = "" if address.box is None else f" box {address.box}"
    town = municipalities()[address.street.nis].fr
    return f"{street} {address.house_number}{box}, {address.street.postal_code} {town}"


def times(since: Day, until: Day | None) -> str:
    """From when until when."""
    return f"since {since}" if until is None else f"{since} to {until}"


def told(**facts: str | None) -> dict[str, str]:
    """Those that there are; an underscore in a name stands for a blank."""
    return {name.replace("_", " "): value for name, value in facts.items() if value}
