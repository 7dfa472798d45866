"""Verifying a published log from its files alone: every entry, every hash, the signed root."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from audit.canonical import b64
from audit.checkpoint import open_checkpoint
from audit.note import VerifierKey
from audit.tilepaths import WIDTH, Place, places
from audit.tilereader import MalformedFile, TileReader
from audit.tree import leaf_hash, perfect_root, root_of

_UNKNOWN: Final = b""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not fit. `index`: the first entry that it concerns; None: no single one."""

    index: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found. `size`, `root`: of the signed checkpoint, 0 and b"" where there is none that
    can be trusted. `faults`: by index, those of no single entry last."""

    size: int
    root: bytes
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether everything fits."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """`{"ok", "size", "root": base64, "faults": [{"index", "what"}]}`."""
        faults = [{"index": fault.index, "what": fault.what} for fault in self.faults]
        return {"ok": self.ok, "size": self.size, "root": b64(self.root), "faults": faults}


def verify_files(reader: TileReader, key: VerifierKey) -> Report:
    """Check a published log whole against its checkpoint, signed by the log key.

    Each entry is hashed and compared with its tile, each full tile with its hash one level up, what is left
    with the signed root: so without fault the root is that of the very entries in the files. Missing and
    malformed files are faults. Raises OSError where the log cannot be reached, which says nothing about it.
    """
    try:
        checkpoint = open_checkpoint(reader.checkpoint(), key)
    except (FileNotFoundError, ValueError) as error:
        return Report(0, b"", (Fault(None, f"No checkpoint that can be trusted. {error}"),))
    walk = _Walk(reader)
    root = walk.root(checkpoint.size)
    faults = walk.faults
    if not faults and root != checkpoint.root:
        faults.append(Fault(None, "All files fit each other, but they are not those of the signed root"))
    faults.sort(key=lambda fault: -1 if fault.index is None else fault.index)
    return Report(checkpoint.size, checkpoint.root, tuple(faults))


class _Walk:
    """Through all files, from the entries up. A hash that cannot be known is b"", and there is a fault."""

    def __init__(self, reader: TileReader) -> None:
        self._reader = reader
        self._roots: defaultdict[int, list[bytes]] = defaultdict(list)  # of the full tiles of a level
        self.faults: list[Fault] = []

    def root(self, size: int) -> bytes:
        """The root to which the files lead; b"" if there are faults."""
        rest: dict[int, list[bytes]] = {}
        for tile in places(size):
            hashes = self._tile(tile)
            if tile.width < WIDTH:
                rest[tile.level] = hashes
            else:
                self._roots[tile.level].append(_UNKNOWN if _UNKNOWN in hashes else perfect_root(hashes))

        def subtree(level: int, n: int) -> bytes:
            start = (n << level % 8) % WIDTH
            return perfect_root(rest[level // 8][start : start + (1 << level % 8)])

        return _UNKNOWN if self.faults else root_of(0, size, subtree)

    def _tile(self, tile: Place) -> list[bytes]:
        """The hashes of a tile, compared with what lies below; that takes the place of missing ones."""
        if tile.level:
            below = self._roots[tile.level - 1][tile.n * WIDTH :][: tile.width]
        else:
            below = self._leaves(tile)
        found, problem = _read(lambda: self._reader.hashes(tile.level, tile.n, tile.width), tile)
        for item, (here, under) in enumerate(zip(found, below, strict=False)):
            if under not in (here, _UNKNOWN) and self._differs(tile, tile.first + item * tile.leaves):
                break  # one for each tile is enough
        if problem:
            self.faults.append(Fault(tile.first + len(found) * tile.leaves, problem))
        return [*found, *below[len(found) :]]

    def _leaves(self, tile: Place) -> list[bytes]:
        """The hashes of the entries in the bundle beside this tile."""
        entries, problem = _read(lambda: self._reader.bundle(tile.n, tile.width), tile.bundle)
        if problem:
            self.faults.append(Fault(tile.first + len(entries), problem))
        return [*map(leaf_hash, entries), *[_UNKNOWN] * (tile.width - len(entries))]

    def _differs(self, tile: Place, first: int) -> bool:
        """Say that a hash does not fit what lies below it, unless a fault found there says why already."""
        last = first + tile.leaves - 1
        if tile.level == 0:
            what = f"Entry {first} is not the one whose hash stands in {tile.path}"
        elif any(first <= fault.index <= last for fault in self.faults if fault.index is not None):
            return False
        else:
            what = f"Entries {first} to {last} do not lead to the hash that stands for them in {tile.path}"
        self.faults.append(Fault(first, what))
        return True


def _read(read: Callable[[], list[bytes]], place: Place) -> tuple[list[bytes], str | None]:
    """What can be read, and what is wrong with it."""
    try:
        return read(), None
    except FileNotFoundError:
        return [], f"{place.path} is missing"
    except MalformedFile as error:
        return error.items, str(error)
