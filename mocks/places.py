"""Municipalities and streets of Brussels, as the contract's tables name them, and addresses there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

CONTRACT = Path(__file__).parent.parent / "contracts" / "national-register"


@dataclass(frozen=True, slots=True)
class Names:
    """A name in both official languages of Brussels."""

    fr: str
    nl: str

    def label(self, language: str) -> str:
        """The name in `fr` or `nl`; `de` gives the French one, as the contract says."""
        return self.nl if language == "nl" else self.fr


@dataclass(frozen=True, slots=True)
class Street:
    """A street of one municipality. `code` has four digits and means something there only."""

    nis: str
    code: str
    names: Names
    postal_code: str


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where somebody lives. `written`: the street as text, where it has no code; `street` then only gives
    municipality and postal code."""

    street: Street
    house_number: str
    box: str | None = None
    written: str | None = None


@cache
def municipalities() -> Mapping[str, Names]:
    """NIS code -> names of the 19 municipalities."""
    return {nis: Names(row["fr"], row["nl"]) for nis, row in _table("municipalities.toml").items()}


@cache
def streets() -> tuple[Street, ...]:
    """All streets, by municipality."""
    return tuple(
        Street(nis, code, Names(row["fr"], row["nl"]), row["postalCode"])
        for nis, rows in _table("streets.toml").items()
        for code, row in rows.items()
    )


def street(nis: str, french: str) -> Street:
    """The street of that French name in that municipality. Raises LookupError."""
    for one in streets():
        if one.nis == nis and one.names.fr == french:
            return one
    raise LookupError(french)


def any_address(random: Random) -> Address:
    """An address somewhere in the 19 municipalities, each as likely as another."""
    where = random.choice(random.choice(_by_municipality()))
    letter = random.choice(("A", "B")) if random.random() < 0.05 else ""
    box = _any_box(random) if random.random() < 0.4 else None
    return Address(where, f"{random.randint(1, 320)}{letter}", box)


@cache
def _by_municipality() -> tuple[tuple[Street, ...], ...]:
    return tuple(tuple(one for one in streets() if one.nis == nis) for nis in sorted(municipalities()))


def _any_box(random: Random) -> str:
    floor = random.randint(0, 9)
    return random.choice(
        (f"{floor + 1}", f"{floor:02d}{random.randint(1, 4)}", f"B{floor:02d}", f"{floor}/D")
    )


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((CONTRACT / name).read_text(encoding="utf-8"))
