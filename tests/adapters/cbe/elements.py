"""Every element of the contract's schemas, and what contracts/cbe/elements says of it.

An element is named by the named type, or the message, in which it stands. As a program it prints what the
lists lack: `python -m tests.adapters.cbe.elements`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from lxml import etree

from tests.adapters.cbe.samples import CONTRACT
from tests.adapters.lists import Listed, read_list, unlisted
from tests.adapters.national_register.elements import XS, Declared, declared

LISTS = ("datamodel", "messages")


def elements(name: str) -> dict[str, Declared]:
    """Every element of one schema, by its name in the list."""
    root = etree.parse(CONTRACT / f"{name}.xsd").getroot()
    named = [*root.iterfind(f"{XS}complexType"), *root.iterfind(f"{XS}element")]
    return {one.path: one for node in named for one in declared(node, str(node.get("name")))}


def listed(name: str) -> Listed:
    """The list itself."""
    return read_list("cbe", name)


def missing(name: str) -> list[str]:
    """Elements of which the list says nothing, and that stand in none which it leaves out."""
    return unlisted(elements(name), listed(name))


def bases() -> dict[str, str]:
    """Types that extend another: their elements stand under both."""
    root = etree.parse(CONTRACT / "datamodel.xsd").getroot()
    found = {}
    for node in root.iterfind(f"{XS}complexType"):
        extension = node.find(f"{XS}complexContent/{XS}extension")
        if extension is not None:
            found[str(node.get("name"))] = str(extension.get("base"))
    return found


KNOWN = {path: one for name in LISTS for path, one in elements(name).items()}
BASES = bases()


def placed(node: etree._Element, type_: str) -> Iterator[tuple[str, etree._Element]]:
    """Every element below one of this type, or message, with its name in the lists."""
    for child in node:
        name = etree.QName(child).localname
        one = KNOWN.get(f"{type_}/{name}") or KNOWN.get(f"{BASES.get(type_)}/{name}")
        if one is not None:
            yield one.path, child
            yield from placed(child, one.type or one.path)


if __name__ == "__main__":
    for list_name in LISTS:
        for lacking in missing(list_name):
            sys.stdout.write(f'{list_name}: "{lacking}" = {{ leftOut = "…" }}\n')
