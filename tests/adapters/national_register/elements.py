"""Every element of the contract's schemas, and what contracts/national-register/elements says of it.

An element is named by the named type in which it stands and the path from there: `IT031/Nationality`,
`IT001/Residence`; the parts of a type that stand in many places are listed once, under that type. As a
program it prints what the lists lack: `python -m tests.adapters.national_register.elements`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from tests.adapters.lists import Listed, read_list, unlisted

CONTRACT = Path(__file__).parents[3] / "contracts" / "national-register"
XS = "{http://www.w3.org/2001/XMLSchema}"
LISTS = {
    "rn25": ("rn25.xsd",),
    "retrieve": ("RetrieveTIGroupsV2.xsd", "CommonV3.xsd"),
    "consultrn": tuple(f"consultrn/{file.name}" for file in sorted((CONTRACT / "consultrn").glob("*.xsd"))),
}


@dataclass(frozen=True)
class Declared:
    """One element: its name in the lists, and its type if that has a name."""

    path: str
    name: str
    type: str | None


def declared(node: etree._Element, path: str) -> Iterator[Declared]:
    """All elements that stand in this type, down to those whose type has a name of its own."""
    for child in node:
        if child.tag == f"{XS}element":
            name = str(child.get("name") or str(child.get("ref")).rpartition(":")[2])
            type_ = child.get("type")
            yield Declared(f"{path}/{name}", name, None if type_ is None else type_.rpartition(":")[2])
            yield from declared(child, f"{path}/{name}")
        elif child.tag != f"{XS}attribute":
            yield from declared(child, path)


def elements(name: str) -> dict[str, Declared]:
    """Every element of one list's schemas, by its name there."""
    found = {}
    for file in LISTS[name]:
        for type_ in etree.parse(CONTRACT / file).getroot().iterfind(f"{XS}complexType"):
            found.update({one.path: one for one in declared(type_, str(type_.get("name")))})
    return found


def listed(name: str) -> Listed:
    """The list itself."""
    return read_list("national-register", name)


def missing(name: str) -> list[str]:
    """Elements of which the list says nothing, and that stand in none which it leaves out."""
    return unlisted(elements(name), listed(name))


if __name__ == "__main__":
    for list_name in LISTS:
        for path in missing(list_name):
            sys.stdout.write(f'{list_name}: "{path}" = {{ leftOut = "…" }}\n')
