"""What a source publishes for everybody and we hold ourselves, as an adapter sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeAlias

Row: TypeAlias = Sequence[str]
"""Columns of one row of a table, without the number that it is found by; days as yyyy-mm-dd."""


@dataclass(frozen=True, slots=True)
class Record:
    """All rows about one number, by table, in the file's order."""

    number: str = field(repr=False)
    rows: Mapping[str, Sequence[Row]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held about what was asked. `as_of`: day of the snapshot. `labels`: (category, code) ->
    language -> text, as the source explains the codes in these rows."""

    as_of: date
    records: tuple[Record, ...]
    labels: Mapping[tuple[str, str], Mapping[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What changed about one number on one day: names of tables. `removed`: it is no longer in the data."""

    day: str
    number: str = field(repr=False)
    parts: tuple[str, ...]
    removed: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """`after`: changes are known of the days after this one, until `as_of`."""

    after: date
    as_of: date
    changes: tuple[Change, ...]


class OpenData(Protocol):
    """The open data of one source. Its functions block. Each raises SourceUnavailable where the store cannot
    be read, and gives None while nothing was loaded."""

    def enterprise(self, number: str) -> Held | None:
        """One record, or none where the data do not have it: they have active enterprises only."""
        ...

    def establishments(self, number: str) -> Held | None:
        """A record of each establishment of this enterprise; none where the enterprise is not there."""
        ...

    def changes(self, first: str, last: str, number: str | None, most: int) -> Changes | None:
        """From day to day, both included: of one enterprise with its establishments, or of all; at most
        `most`, oldest first."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class NoOpenData:
    """Implements OpenData where nothing was loaded."""

    def enterprise(self, number: str) -> Held | None:
        """See OpenData."""
        del number
        return None

    def establishments(self, number: str) -> Held | None:
        """See OpenData."""
        del number
        return None

    def changes(self, first: str, last: str, number: str | None, most: int) -> Changes | None:
        """See OpenData."""
        del first, last, number, most
        return None

    def close(self) -> None:
        """See OpenData."""
