"""Codes of a source and what they mean (formats.md §4): {code, label {fr, nl, de, en}, known}."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Names: TypeAlias = Mapping[str, str]  # language -> name


class NotAsAgreed(ValueError):
    """The answer is against its contract, or not about what was asked. The text is a fixed phrase."""


@dataclass(frozen=True, slots=True)
class Codes:
    """What codes mean, by table (`codes.toml` of a contract).

    `unknown` is told the table of each code that has no meaning here: to be counted, never with the code.
    """

    tables: Mapping[str, Mapping[str, Names]]
    unknown: Callable[[str], None] = lambda _: None

    @classmethod
    def load(cls, folder: Path, unknown: Callable[[str], None] = lambda _: None) -> Codes:
        """From the file of the contract."""
        return cls(tomllib.loads((folder / "codes.toml").read_text(encoding="utf-8")), unknown)

    def value(self, table: str, code: str, told: Names | None = None) -> dict[str, Any]:
        """{code, label, known}. A code that is not known keeps the labels that the source told with it."""
        known = self.tables[table].get(code)
        if known is None:
            self.unknown(table)
        return {
            "code": code,
            "label": dict(told or {}) if known is None else dict(known),
            "known": known is not None,
        }
