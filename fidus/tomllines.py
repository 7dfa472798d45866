"""On which line each member of a TOML text stands, which tomllib does not tell.

A hint for people, taken from the look of the lines; what the file means is tomllib's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Where a member stands: names of tables and members, numbers of items."""

_PART: Final = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_KEY: Final = rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*"
_MEMBER: Final = re.compile(rf"{_KEY}=")
_TABLE: Final = re.compile(rf"\s*(\[\[?){_KEY}\]")
_QUOTES: Final = re.compile(r"\"\"\"|'''")


def lines_of(text: str) -> dict[Place, int]:
    """The first line, counted from 1, of each table and member that begins a line of this TOML text."""
    lines: dict[Place, int] = {}
    items: dict[Place, int] = {}  # [[table]] -> number of its newest item
    table: Place = ()
    for number, line in _outside_texts(text):
        if header := _TABLE.match(line):
            table = _within(_parts(header[2]), items, new_item=header[1] == "[[")
            _note(lines, table, 0, number)
        elif member := _MEMBER.match(line):
            _note(lines, table + _parts(member[1]), len(table), number)
    return lines


def _outside_texts(text: str) -> Iterator[tuple[int, str]]:
    """The lines that do not begin within a text of several lines."""
    within: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if within is None:
            yield number, line
        for quotes in _QUOTES.findall(line):
            if within is None:
                within = quotes
            elif within == quotes:
                within = None


def _within(names: Place, items: dict[Place, int], new_item: bool) -> Place:
    """The place that a table's header names, with the number of each item on the way."""
    place: Place = ()
    for depth, name in enumerate(names, start=1):
        place = (*place, name)
        if new_item and depth == len(names):
            items[place] = items.get(place, -1) + 1
        if place in items:
            place = (*place, items[place])
    return place


def _note(lines: dict[Place, int], place: Place, above: int, number: int) -> None:
    for length in range(above + 1, len(place) + 1):
        lines.setdefault(place[:length], number)


def _parts(key: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))
