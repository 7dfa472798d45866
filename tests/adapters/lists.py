"""What the lists beside contracts say of each element or property, whatever the contract is written in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Listed: TypeAlias = dict[str, dict[str, Any]]
"""Element -> {to}, {within} or {leftOut}."""
CONTRACTS = Path(__file__).parents[2] / "contracts"


def read_list(slug: str, name: str) -> Listed:
    """`contracts/<slug>/elements/<name>.toml`."""
    return tomllib.loads((CONTRACTS / slug / "elements" / f"{name}.toml").read_text(encoding="utf-8"))


def unlisted(paths: Iterable[str], told: Listed) -> list[str]:
    """Those of which the list says nothing, and that stand in none which it leaves out."""
    out = {path for path, entry in told.items() if "leftOut" in entry}
    return [
        path
        for path in paths
        if path not in told and not any(path.startswith(f"{parent}/") for parent in out)
    ]


def destinations_in(told: Listed) -> Iterator[tuple[str, str, str]]:
    """(element, service, field) for each destination of a list."""
    for path, entry in told.items():
        for destination in entry.get("to", ()):
            service, _, field = destination.partition(":")
            yield path, service.strip(), field.strip()


def values(data: Any, steps: list[str]) -> list[Any]:
    """Everything at this dotted path of an answer, lists passed through."""
    if isinstance(data, list):
        return [found for one in data for found in values(one, steps)]
    if not steps:
        return [data]
    return values(data[steps[0]], steps[1:]) if isinstance(data, Mapping) and steps[0] in data else []
