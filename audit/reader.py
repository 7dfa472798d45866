"""Reading the log: what is committed, whoever wrote it. Synchronous; call it in a thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from audit.group import STORED_LEVEL
from audit.head import Head, note_at, read_head
from audit.proof import make_proof
from audit.snapshot import Snapshots, SqliteSnapshots
from audit.tables import COUNTERS, DATA_KEYS, ENTRIES, FLAGS, NODES, TAGS
from audit.tree import inclusion_path, node_hash

_CHUNK: Final = 256  # entries in one question, as in one bundle


class Reader:
    """The log as others may see it. Safe to use from many threads; sees only what is committed.

    Each method raises AuditUnavailable where the store cannot be read, LookupError where what is asked for
    by its place is not there.
    """

    def __init__(self, store: Path | Snapshots) -> None:
        """`store`: an SQLite file, or views of any store."""
        self._snapshots = store if isinstance(store, Snapshots) else SqliteSnapshots(store)

    def snapshot(self) -> AbstractContextManager[Connection]:
        """A read-only view of the whole store, for tables that are not the log's."""
        return self._snapshots.open()

    def close(self) -> None:
        """Let go of the store."""
        self._snapshots.close()

    def head(self) -> Head:
        """Size, root, policy epoch and newest signed checkpoint."""
        with self._snapshots.open() as connection:
            return read_head(connection)

    @staticmethod
    def epoch(connection: Connection) -> int:
        """The policy epoch as of a snapshot."""
        return read_head(connection).epoch

    @staticmethod
    def of_kind(connection: Connection, kind: str) -> Iterator[tuple[int, bytes]]:
        """(index, bytes) of all entries of a kind as of a snapshot, in order."""
        statement = select(ENTRIES.c.index, ENTRIES.c.bytes).where(ENTRIES.c.kind == kind)
        rows = connection.execute(statement.order_by(ENTRIES.c.index))
        return ((index, entry) for index, entry in rows)

    def checkpoint_note(self) -> str:
        """The newest signed checkpoint."""
        return self.head().checkpoint

    def checkpoint_at(self, size: int) -> str | None:
        """The signed checkpoint of this size, None if no group ended there."""
        with self._snapshots.open() as connection:
            return note_at(connection, size)

    def entry(self, index: int) -> bytes:
        """One entry as hashed."""
        with self._snapshots.open() as connection:
            return _entry(connection, index)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The entries [start, stop), which must all be there."""
        for first in range(start, stop, _CHUNK):
            last = min(first + _CHUNK, stop)
            with self._snapshots.open() as connection:
                chunk = _column(connection, "bytes", first, last)
            yield from chunk

    def subtree(self, level: int, n: int) -> bytes:
        """The root of the complete subtree over the entries [n·2^level, (n+1)·2^level)."""
        with self._snapshots.open() as connection:
            return _subtree(connection, level, n)

    def proof(self, index: int) -> str:
        """The proof text of an entry in the newest checkpoint, with the entry in `extra`."""
        with self._snapshots.open() as connection:
            head = read_head(connection)
            entry = _entry(connection, index)
            path = inclusion_path(index, head.size, lambda level, n: _subtree(connection, level, n))
        return make_proof(index, path, head.checkpoint, entry)

    def intent_of(self, consultation: UUID) -> int | None:
        """The index of the intent, None if there is none."""
        return self._index_of(consultation, "intent")

    def outcome_of(self, consultation: UUID) -> int | None:
        """The index of the outcome that ended it (of several parts the last), None while it is open."""
        return self._index_of(consultation, "outcome")

    def data_keys(self) -> list[tuple[int, int, bytes]]:
        """(month, serial, wrapped key) of all data keys, oldest first; month 0: tag keys."""
        with self._snapshots.open() as connection:
            rows = connection.execute(select(DATA_KEYS).order_by(DATA_KEYS.c.month, DATA_KEYS.c.serial))
            return [(row.month, row.serial, row.wrapped) for row in rows]

    def tagged(self, tags: Iterable[tuple[int, bytes]]) -> list[tuple[int, str]]:
        """(index, role) of the entries beside which one of these (epoch, tag) stands, by index."""
        found: set[tuple[int, str]] = set()
        with self._snapshots.open() as connection:
            for epoch, tag in tags:
                rows = connection.execute(
                    select(TAGS.c.entry, TAGS.c.role).where(TAGS.c.epoch == epoch, TAGS.c.tag == tag)
                )
                found |= {(row.entry, row.role) for row in rows}
        return sorted(found)

    def counter(self, name: str) -> int:
        """A counter's value, 0 where nothing was counted."""
        with self._snapshots.open() as connection:
            value = connection.execute(select(COUNTERS.c.value).where(COUNTERS.c.name == name)).scalar()
            return 0 if value is None else int(value)

    def flag(self, name: str) -> str:
        """A flag's value, "" where it is not set."""
        with self._snapshots.open() as connection:
            value = connection.execute(select(FLAGS.c.value).where(FLAGS.c.flag == name)).scalar()
            return "" if value is None else str(value)

    @staticmethod
    def flags(connection: Connection, beginning: str) -> dict[str, str]:
        """The flags whose names begin so, by the rest of their names, as of a snapshot."""
        flags = connection.execute(select(FLAGS).where(FLAGS.c.flag.startswith(beginning, autoescape=True)))
        return {row.flag.removeprefix(beginning): row.value for row in flags}

    def count_by_kind(self) -> dict[str, int]:
        """How many entries there are of each kind."""
        with self._snapshots.open() as connection:
            rows = connection.execute(select(ENTRIES.c.kind, func.count()).group_by(ENTRIES.c.kind))
            return {kind: count for kind, count in rows}

    def _index_of(self, consultation: UUID, kind: str) -> int | None:
        statement = select(ENTRIES.c.index).where(ENTRIES.c.consultation == str(consultation))
        only = ENTRIES.c.final if kind == "outcome" else ENTRIES.c.kind == kind
        with self._snapshots.open() as connection:
            return connection.execute(statement.where(only)).scalar()


def _entry(connection: Connection, index: int) -> bytes:
    return _column(connection, "bytes", index, index + 1)[0]


def _column(connection: Connection, name: str, start: int, stop: int) -> list[bytes]:
    """One column of the entries [start, stop). Raises LookupError unless all are there."""
    index = ENTRIES.c.index
    statement = select(ENTRIES.c[name]).where(index >= start, index < stop).order_by(index)
    found = list(connection.execute(statement).scalars())
    if len(found) != stop - start:
        raise LookupError(f"The log has not all entries from {start} to {stop - 1}")
    return found


def _subtree(connection: Connection, level: int, n: int) -> bytes:
    """From the nearest stored level below: at most 128 hashes are read."""
    stored = level - level % STORED_LEVEL
    count = 1 << (level - stored)
    start, stop = n * count, (n + 1) * count
    if stored == 0:
        hashes = _column(connection, "leaf", start, stop)
    else:
        statement = select(NODES.c.hash).where(NODES.c.level == stored, NODES.c.n >= start, NODES.c.n < stop)
        hashes = list(connection.execute(statement.order_by(NODES.c.n)).scalars())
        if len(hashes) != count:
            raise LookupError(f"The subtree {n} of level {level} is not complete")
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
    return hashes[0]
