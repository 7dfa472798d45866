"""Two contracts as flat tables: what differs, told so that a reader sees who has to move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """`ours`, `theirs`: what the two say there, None: nothing at all."""

    path: str
    ours: str | None
    theirs: str | None

    def __str__(self) -> str:
        if self.ours is None:
            return f"{self.path}: only the source has it"
        if self.theirs is None:
            return f"{self.path}: only ours has it"
        return f"{self.path}: ours says `{self.ours}`, the source `{self.theirs}`"


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    """By path. Below a declaration that one side lacks nothing more is told."""
    told: list[Difference] = []
    lacking: list[str] = []
    for path in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(path), theirs.get(path)
        if mine == other or any(path.startswith(above) for above in lacking):
            continue
        told.append(Difference(path, mine, other))
        if mine is None or other is None:
            lacking.append(f"{path}/")
    return told
