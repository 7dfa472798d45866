"""Every element of the contract's schemas, and what contracts/national-register/elements says of it.

An element is named by the named type in which it stands and the path from there: `IT031/Nationality`,
`IT001/Residence`; the parts of a type that stand in many places are listed once, under that type. As a
program it prints what the lists lack: `python -m tests.adapters.national_register.elements`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

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


def listed(name: str) -> dict[str, dict[str, Any]]:
    """The list itself: element -> {to}, {within} or {leftOut}."""
    text = (CONTRACT / "elements" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def missing(name: str) -> list[str]:
    """Elements of which the list says nothing, and that stand in none which it leaves out."""
    told = listed(name)
    out = {path for path, entry in told.items() if "leftOut" in entry}
    return [
        path
        for path in elements(name)
        if path not in told and not any(path.startswith(f"{parent}/") for parent in out)
    ]


if __name__ == "__main__":
    for list_name in LISTS:
        for path in missing(list_name):
            sys.stdout.write(f'{list_name}: "{path}" = {{ leftOut = "…" }}\n')
