"""Every property of a REST contract's schemas, and what the list beside the contract says of it.

A property is named by the named schema in which it stands and the path from there, lists passed through:
`Address/street/name`. As a program it prints what a list lacks, and what of it no schema has:
`python -m tests.adapters.properties urbis`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

CONTRACTS = Path(__file__).parents[2] / "contracts"


def _declared(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """All properties that stand in this schema, down to references, which have names of their own."""
    while "items" in schema:
        schema = schema["items"]
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}/{name}"
        yield from _declared(inner, f"{path}/{name}")


def properties(slug: str) -> tuple[str, ...]:
    """Every property of `contracts/<slug>/openapi.yaml`, by its name in the list."""
    document = yaml.load((CONTRACTS / slug / "openapi.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    schemas = document["components"]["schemas"]
    return tuple(found for name, schema in schemas.items() for found in _declared(schema, name))


def listed(slug: str) -> dict[str, dict[str, Any]]:
    """The list itself: property -> {to}, {within} or {leftOut}."""
    return tomllib.loads((CONTRACTS / slug / "elements" / "openapi.toml").read_text(encoding="utf-8"))


def missing(slug: str) -> list[str]:
    """Properties of which the list says nothing, and that stand in none which it leaves out."""
    told = listed(slug)
    out = {path for path, entry in told.items() if "leftOut" in entry}
    return [
        path
        for path in properties(slug)
        if path not in told and not any(path.startswith(f"{parent}/") for parent in out)
    ]


def destinations(slug: str) -> list[tuple[str, str, str]]:
    """(property, service, field) for each destination of the list."""
    return [
        (path, service.strip(), field.strip())
        for path, entry in listed(slug).items()
        for told in entry.get("to", ())
        for service, _, field in [told.partition(":")]
    ]


def values(data: Any, steps: list[str]) -> list[Any]:
    """Everything at this dotted path of an answer, lists passed through."""
    if isinstance(data, list):
        return [found for one in data for found in values(one, steps)]
    if not steps:
        return [data]
    return values(data[steps[0]], steps[1:]) if isinstance(data, Mapping) and steps[0] in data else []


if __name__ == "__main__":
    for missed in missing(sys.argv[1]):
        sys.stdout.write(f'"{missed}" = {{ leftOut = "…" }}\n')
    for gone in sorted(listed(sys.argv[1]).keys() - set(properties(sys.argv[1]))):
        sys.stdout.write(f'# No schema has "{gone}": take it out.\n')
