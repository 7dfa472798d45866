"""Enterprises that show one thing each, and two questions that find none."""

from __future__ import annotations

from collections.abc import Sequence

from mocks.enterprises import BANKRUPT, DISSOLVED, LIMITED, NATURAL, STOPPED, Enterprise, checked
from mocks.personas import Persona, Wanted, chosen
from mocks.world import World

_WANTED: Sequence[Wanted[Enterprise]] = (
    (
        "limitedCompany",
        lambda one: one.form == LIMITED and one.until is None and len(one.functions) > 1,
        "A company with several who have functions: they are told by name, without a number.",
    ),
    (
        "directedByEnterprise",
        lambda one: any(len(held.holder) == 10 for held in one.functions),
        "Is directed by another enterprise, told by its number, and by the person who stands for that one.",
    ),
    (
        "naturalPerson",
        lambda one: one.kind == NATURAL and one.until is None,
        "A natural person's enterprise: no form, no capital, no functions.",
    ),
    (
        "manyEstablishments",
        lambda one: len([place for place in one.establishments if place.until is None]) > 2,
        "Works in several places.",
    ),
    (
        "leasing",
        lambda one: one.leases and one.until is None,
        "Lets others use its vehicles.",
    ),
    ("bankrupt", lambda one: one.situations[-1].code == BANKRUPT, "Went bankrupt and is no longer active."),
    ("dissolved", lambda one: one.situations[-1].code == DISSOLVED, "Was dissolved and is no longer active."),
    ("stopped", lambda one: one.situations[-1].code == STOPPED, "A natural person who stopped."),
)


def personas(world: World) -> Sequence[Persona]:
    """One of each kind that the world has."""
    firms = world.enterprises.values()
    never = checked("09999999")
    return (
        *chosen(firms, _WANTED, "enterpriseNumber", lambda one: one.number),
        Persona("unknown", "enterpriseNumber", never, "A well-formed number that was never given."),
        Persona("severalOfAName", "name", "Garage", "A search by sound that lists several."),
        Persona("nobodyOfAName", "name", "Xyloquatsch", "A search by sound that lists none."),
    )
