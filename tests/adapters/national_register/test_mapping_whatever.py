"""Whatever is valid by the contract leads to an answer or to one of the two errors, never to another."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress

import pytest
from lxml import etree

from adapters._lib.codes import NotAsAgreed
from adapters._lib.operation import NotTreated
from adapters.national_register.mapping import OPERATIONS
from fidus.model import Absent, Found
from tests.adapters.national_register import samples

ABOUT_ONE = sorted(
    service.removeprefix("national-register/")
    for service, operation in OPERATIONS.items()
    if operation.schema == "RetrieveTIGroupsServiceV2.xsd"
)
ASKED = [
    *((name, service) for name in ("whole", "other-choices", "repeats") for service in ABOUT_ONE),
    ("search", "search"),
    ("numbers", "ssin-history"),
]
TEXTS = ("", "0", "00000000000", "x")


def variants(root: etree._Element) -> Iterator[etree._Element]:
    """The answer without each of its elements, with each text another, and with each attribute gone."""
    for place, element in enumerate(root.iter("*")):
        changes = [None] if len(element) else [None, *TEXTS]
        for change in changes:
            changed = copy.deepcopy(root)
            node = list(changed.iter("*"))[place]
            parent = node.getparent()
            if change is not None:
                node.text = change
                yield changed
            elif parent is not None:
                parent.remove(node)
                yield changed
        for name in element.attrib:
            changed = copy.deepcopy(root)
            del list(changed.iter("*"))[place].attrib[name]
            yield changed


@pytest.mark.parametrize(("name", "service"), ASKED)
def test_no_valid_answer_breaks_the_mapping(name: str, service: str) -> None:
    schema = etree.XMLSchema(
        etree.parse(samples.CONTRACT / OPERATIONS[f"national-register/{service}"].schema)
    )
    root = etree.fromstring(samples.text(name), etree.XMLParser(remove_comments=True))
    schema.assertValid(root)
    tried = 0
    for variant in variants(root):
        if schema.validate(variant):
            tried += 1
            with suppress(NotAsAgreed, NotTreated):
                assert isinstance(samples.read(variant, service), Found | Absent)
    assert tried > 10
