"""The head of the log, and whether it may be built upon (design §5, "at any new connection")."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.direct import ask
from audit.note import VerifierKey
from audit.tables import CHECKPOINTS, ENTRIES
from audit.tree import Edge, leaf_hash, perfect_root

_HEAD: Final = (
    "SELECT head.size, epoch, edge, note FROM head JOIN checkpoints ON checkpoints.size = head.size"
)
_NOTE_AT = select(CHECKPOINTS.c.note)
_LAST = select(func.max(ENTRIES.c.index))
_NEWEST = select(ENTRIES.c.index, ENTRIES.c.bytes, ENTRIES.c.leaf).order_by(ENTRIES.c.index)
NEWEST: Final = 256  # entries that are hashed anew before a store is built upon


class LogBroken(Exception):
    """The store is not the log that this key signed, or not all of it: it must not be built upon.

    Its text names what does not fit and what to do; it holds no personal data.
    """


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands. `checkpoint`: the signed note over `size` and `root`."""

    edge: Edge
    epoch: int
    checkpoint: str

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.edge.size

    @property
    def root(self) -> bytes:
        """The root over all of them, 32 bytes."""
        return self.edge.root()


def read_head(connection: Connection) -> Head:
    """The head row with its checkpoint. Raises LogBroken where they are missing or malformed."""
    rows = ask(connection, _HEAD)
    if not rows:
        raise LogBroken("The store has no head with a checkpoint. Put back a store of this log")
    size, epoch, data, note = rows[0]
    try:
        edge = Edge.from_bytes(data)
    except ValueError as error:
        raise LogBroken(f"The head of the store is damaged: {error}") from None
    if edge.size != size:
        raise LogBroken(f"The head of the store names {size} entries, its edge is of {edge.size}")
    return Head(edge, epoch, note)


def note_at(connection: Connection, size: int) -> str | None:
    """The signed checkpoint that a group left at this size, if one ended there."""
    return connection.execute(_NOTE_AT.where(CHECKPOINTS.c.size == size)).scalar_one_or_none()


def published_checkpoint(folder: Path, key: VerifierKey) -> Checkpoint | None:
    """The checkpoint in a folder of published files, None where none was published yet.

    Raises LogBroken if it is not signed by this key, OSError if it cannot be read.
    """
    try:
        note = (folder / "checkpoint").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise LogBroken("The published checkpoint is no text") from None
    return _opened(note, key, "published")


def check_trust(
    connection: Connection,
    head: Head,
    key: VerifierKey,
    released: Checkpoint | None,
    published: Path | None,
) -> None:
    """Raises LogBroken unless this store is this log, whole, and goes on from all that was told of it.

    `released`: where this process last answered; None before its first answer. `published`: the folder of
    the published files; its checkpoint must be one of the store's. Raises OSError if that cannot be read.
    """
    last = connection.execute(_LAST).scalar_one()
    if (-1 if last is None else last) != head.size - 1:
        raise LogBroken(f"The head of the store names {head.size} entries, the last one is another")
    if _opened(head.checkpoint, key, "newest").root != head.root:
        raise LogBroken(_NOT_ITS_ROOT)
    _check_newest(connection, head)
    if released is not None:
        _check_prefix(connection, key, released, "acknowledged")
    told = None if published is None else published_checkpoint(published, key)
    if told is not None:
        _check_prefix(connection, key, told, "published")


def check_moved(connection: Connection, head: Head, key: VerifierKey, told: Checkpoint) -> None:
    """Raises LogBroken unless a head that another process left, seen on a connection that was trusted before,
    is signed and goes on from what was told."""
    if _opened(head.checkpoint, key, "newest").root != head.root:
        raise LogBroken(_NOT_ITS_ROOT)
    _check_prefix(connection, key, told, "acknowledged")


def _check_newest(connection: Connection, head: Head) -> None:
    """The newest entries are whole and are those of the edge: an older file under a newer write-ahead log
    has holes there. All entries are for `fidus audit verify`."""
    first = max(0, head.size - NEWEST)
    rows = connection.execute(_NEWEST.where(ENTRIES.c.index >= first)).all()
    leaves = [row.leaf for row in rows if leaf_hash(row.bytes) == row.leaf]
    within = [node for node in head.edge.nodes() if node.n << node.level >= first]
    if [row.index for row in rows] != [*range(first, head.size)] or len(leaves) != len(rows):
        raise LogBroken(_NOT_THOSE)
    for node in within:
        start = (node.n << node.level) - first
        if perfect_root(leaves[start : start + (1 << node.level)]) != node.hash:
            raise LogBroken(_NOT_THOSE)


_NOT_ITS_ROOT: Final = "The signed root of the store is not the root of its entries"
_NOT_THOSE: Final = (
    "The newest entries of the store are not those that its head was made of: the file is damaged or mixed"
    " from two. Put back the newest store"
)


def _check_prefix(connection: Connection, key: VerifierKey, told: Checkpoint, how: str) -> None:
    note = note_at(connection, told.size)
    if note is None:
        raise LogBroken(
            f"The store does not know the checkpoint of {told.size} entries that was {how}: commits are lost,"
            " perhaps by an old back-up. Put back the newest store"
        )
    if _opened(note, key, "stored").root != told.root:
        raise LogBroken(
            f"The store has another root at {told.size} entries than was {how}. Put back the right store"
        )


def _opened(note: str, key: VerifierKey, which: str) -> Checkpoint:
    try:
        return open_checkpoint(note, key)
    except ValueError as error:
        raise LogBroken(f"The {which} checkpoint is not signed by the key of this log: {error}") from None
