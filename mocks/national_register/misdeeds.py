"""Answers that are wrong in themselves: about somebody else, or changed after they were signed."""

from __future__ import annotations

from lxml import etree

from mocks.national_register.file import RN
from mocks.population import Population


def somebody_else(number: str, population: Population) -> str:
    """The number of a person with an address who is not this one."""
    return next(
        person.number
        for person in population.persons.values()
        if person.number != number and person.address is not None
    )


def falsify(content: etree._Element) -> None:
    """Another house number, or another status text where there is no house: the digest no longer fits."""
    names = (f"{{{RN}}}HouseNumber", "description", "{*}LastName", "{*}RelatedSsin")
    changed = next((node for name in names for node in content.iter(name)), None)
    if changed is None:
        content.set("IssueInstant", "2001-01-01T00:00:00Z")
        return
    changed.text = f"{changed.text}9"
