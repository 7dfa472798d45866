"""Answers that are wrong in themselves: about somebody else, badly signed, too old, to another question."""

from __future__ import annotations

import copy

from lxml import etree

from mocks.national_register.file import RN
from mocks.population import Population
from mocks.soap import DS, ID, WSSE, Envelope

_ELSEWHERE = "urn:example:elsewhere"


def somebody_else(number: str, population: Population) -> str:
    """The number of a person with an address who is not this one."""
    return next(
        person.number
        for person in population.persons.values()
        if person.number != number and person.address is not None
    )


def change_body(message: Envelope) -> None:
    """Another house number, or another status text where there is no house: the digest no longer fits."""
    _falsify(message.content)


def wrap_signature(message: Envelope) -> None:
    """Move the signed Body into a header block and put a changed one, unsigned, in its place.

    The signature stays right, by id: it is only no longer about what stands in the Body.
    """
    forged = copy.deepcopy(message.body)
    del forged.attrib[ID]
    _falsify(forged)
    message.root.replace(message.body, forged)
    etree.SubElement(message.header, f"{{{_ELSEWHERE}}}Block").append(message.body)


def take_signature_off(message: Envelope) -> None:
    """Leave the Timestamp, and neither Signature nor token."""
    for name in (f"{{{DS}}}Signature", f"{{{WSSE}}}BinarySecurityToken"):
        for node in list(message.header.iter(name)):
            parent = node.getparent()
            assert parent is not None, "it is in the header"
            parent.remove(node)


def _falsify(content: etree._Element) -> None:
    names = (f"{{{RN}}}HouseNumber", "description", "{*}LastName", "{*}RelatedSsin")
    changed = next((node for name in names for node in content.iter(name)), None)
    if changed is None:
        content.set("IssueInstant", "2001-01-01T00:00:00Z")
        return
    changed.text = f"{changed.text}9"
