"""The log's files (C2SP tlog-tiles): their names, which there are at a size, what is in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from audit.tree import HASH_SIZE, MAX_ENTRY, MAX_SIZE

WIDTH: Final = 256  # hashes of a full tile, entries of a full bundle
MAX_LEVEL: Final = 7  # a tree below 2^63 leaves has no tile above
MAX_TILE: Final = WIDTH * HASH_SIZE
MAX_BUNDLE: Final = WIDTH * (2 + MAX_ENTRY)

_PATH: Final = re.compile(
    rf"tile/(?P<level>[0-{MAX_LEVEL}]|entries)/(?P<n>(?:x[0-9]{{3}}/){{0,6}}[0-9]{{3}})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """One file: hash tile `n` of `level`, or, with `entries`, the bundle beside tile `n` of level 0.

    `width`: how many items it has, 256 if it is full. Raises ValueError for a place that no log has.
    """

    level: int
    n: int
    width: int = WIDTH
    entries: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.level <= (0 if self.entries else MAX_LEVEL):
            raise ValueError(f"A hash tile has a level from 0 to {MAX_LEVEL}, a bundle has level 0")
        if not 1 <= self.width <= WIDTH:
            raise ValueError(f"A tile or bundle has 1 to {WIDTH} items")
        if not 0 <= self.first < MAX_SIZE:
            raise ValueError("A tile or bundle has a number that the log can reach")

    @property
    def leaves(self) -> int:
        """How many entries one item stands for."""
        return int(WIDTH**self.level)

    @property
    def first(self) -> int:
        """The index of the first entry that it stands for."""
        return self.n * WIDTH * self.leaves

    @property
    def full(self) -> Place:
        """The full tile or bundle that this one becomes."""
        return replace(self, width=WIDTH)

    @property
    def bundle(self) -> Place:
        """The bundle beside this tile of level 0."""
        return replace(self, entries=True)

    @property
    def path(self) -> str:
        """Its path below the log's directory, with `/`."""
        rest, last = divmod(self.n, 1000)
        number = f"{last:03}"
        while rest:
            rest, group = divmod(rest, 1000)
            number = f"x{group:03}/{number}"
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.entries else self.level}/{number}{partial}"

    @classmethod
    def parse(cls, path: str) -> Place:
        """From a path below the log's directory. Raises ValueError for every other spelling, so that a path
        from outside can name nothing but a file of the log."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise ValueError("Not the path of a tile or bundle")
        n, width = int(re.sub("[x/]", "", match["n"])), int(match["width"] or WIDTH)
        entries = match["level"] == "entries"
        place = cls(0 if entries else int(match["level"]), n, width, entries)
        if place.path != path:
            raise ValueError("Not the one path of this tile or bundle")
        return place


def tile_path(level: int, n: int, width: int = WIDTH) -> str:
    """The path of a hash tile. Raises ValueError for one that no log has."""
    return Place(level, n, width).path


def bundle_path(n: int, width: int = WIDTH) -> str:
    """The path of an entry bundle. Raises ValueError for one that no log has."""
    return Place(0, n, width, entries=True).path


def places(new: int, old: int = 0) -> Iterator[Place]:
    """The hash tiles that a log of `new` entries needs and one of `old` has not, from level 0 up, each level
    from the left. Each tile of level 0 has its bundle beside it."""
    for level in range(MAX_LEVEL + 1):
        before, after = old // WIDTH**level, new // WIDTH**level
        yield from (Place(level, n) for n in range(before // WIDTH, after // WIDTH))
        if after % WIDTH and after != before:
            yield Place(level, after // WIDTH, after % WIDTH)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry with its length before it, two bytes big-endian. Raises ValueError for an entry that has
    not 1 to 65,535 bytes."""
    parts = []
    for entry in entries:
        if not 1 <= len(entry) <= MAX_ENTRY:
            raise ValueError(f"An entry of the log has 1 to {MAX_ENTRY} bytes")
        parts.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(parts)


def decode_bundle(data: bytes) -> tuple[list[bytes], bool]:
    """The entries that can be read from the front, and whether that was all of it."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at == start or at > len(data):
            return entries, False
        entries.append(data[start:at])
    return entries, True


def decode_tile(data: bytes) -> list[bytes]:
    """The hashes of a tile, without what is left over at the end."""
    return [data[at : at + HASH_SIZE] for at in range(0, len(data) - HASH_SIZE + 1, HASH_SIZE)]
