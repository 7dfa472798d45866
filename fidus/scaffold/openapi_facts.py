"""What a contract in OpenAPI 3.0 says, as one flat table, so that two of them can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# What people read, or where the server stands, binds nobody; names of members are no keywords.
_SAYS_NOTHING: Final = {"description", "summary", "example", "examples", "externalDocs", "title", "tags"}
MOST: Final = 100_000  # an alias in YAML can stand for much, and another for many of it
_TOP: Final = ("paths", "components")
_SETS: Final = {"required", "enum", "security"}
_NAMED: Final = {"properties", "schemas", "parameters", "responses", "headers", "paths"}


def facts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Everything that binds a caller or the source, by its path in the document.

    Raises ValueError beyond MOST statements, RecursionError where it holds itself.
    """
    facts: dict[str, str] = {}
    for top in _TOP:
        _gather(document.get(top, {}), top, facts, named=top in _NAMED)
    return facts


def _gather(value: Any, path: str, facts: dict[str, str], *, named: bool) -> None:
    """`named`: the members of this object are names that the contract gives, not keywords."""
    if len(facts) > MOST:
        raise ValueError("a contract says more than is taken")
    if value in ({}, []):
        facts[path] = ""
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if named or (name not in _SAYS_NOTHING and not str(name).startswith("x-")):
                below = f"{path}/{str(name).replace('/', '~1')}"
                _gather_member(str(name), member, below, facts, named=named)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _gather(item, f"{path}/{_which(item, place)}", facts, named=False)
    else:
        facts[path] = str(value)


def _gather_member(name: str, member: Any, path: str, facts: dict[str, str], *, named: bool) -> None:
    if not named and name in _SETS and isinstance(member, list):
        facts |= {f"{path}/{item}": "" for item in member}
        return
    if named:
        facts[path] = ""
    _gather(member, path, facts, named=not named and name in _NAMED)


def _which(item: Any, place: int) -> str:
    """A parameter by where it stands and its name, anything else by its place."""
    if isinstance(item, Mapping) and {"in", "name"} <= item.keys():
        return f"{item['in']}:{item['name']}"
    return str(place)
