"""Every property of a REST contract's schemas, and what the list beside the contract says of it.

A property is named by the named schema in which it stands and the path from there, lists passed through:
`Address/street/name`. As a program it prints what a list lacks, and what of it no schema has:
`python -m tests.adapters.properties urbis`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.adapters.lists import CONTRACTS, Listed, destinations_in, read_list, unlisted


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


def listed(slug: str) -> Listed:
    """The list itself."""
    return read_list(slug, "openapi")


def missing(slug: str) -> list[str]:
    """Properties of which the list says nothing, and that stand in none which it leaves out."""
    return unlisted(properties(slug), listed(slug))


def destinations(slug: str) -> list[tuple[str, str, str]]:
    """(property, service, field) for each destination of the list."""
    return [*destinations_in(listed(slug))]


if __name__ == "__main__":
    for missed in missing(sys.argv[1]):
        sys.stdout.write(f'"{missed}" = {{ leftOut = "…" }}\n')
    for gone in sorted(listed(sys.argv[1]).keys() - set(properties(sys.argv[1]))):
        sys.stdout.write(f'# No schema has "{gone}": take it out.\n')
