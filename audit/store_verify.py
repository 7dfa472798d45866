"""Verifying a store entry by entry: bytes, tree, signatures, own numbers, consultations, tags.

Everything is computed anew from the entries' bytes. Of each kind of fault the first is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, RowMapping, Select, func, select
from sqlalchemy.exc import DatabaseError

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.connection import reason
from audit.files_verify import Fault, Report
from audit.group import STORED_LEVEL
from audit.head import LogBroken, published_checkpoint, read_head
from audit.ledger import is_final
from audit.log import Tag
from audit.note import VerifierKey
from audit.reader import Reader
from audit.tables import CHECKPOINTS, ENTRIES, NODES, NUMBERS, TAGS
from audit.tilereader import TileReader
from audit.tree import HASH_SIZE, MAX_SIZE, Edge, leaf_hash

ExpectedTags: TypeAlias = Callable[[Mapping[str, Any]], frozenset[Tag] | None]
"""An entry's members -> the tags that its seal asks for, a whole set for each epoch; None if its key was
destroyed. Raises ValueError for a seal that was changed."""

_REPEATED: Final = ("kind", "at", "consultation", "institution", "number", "flow", "outcome")
_AT_ONCE: Final = 1000  # rows


def verify_store(
    reader: Reader,
    key: VerifierKey,
    *,
    published: Path | None = None,
    expected_tags: ExpectedTags | None = None,
) -> Report:
    """Check a store whole. `published`: the folder of the published files, whose checkpoint and entries must
    be those of this log; that the files lead to it is for `verify_files`.

    Raises AuditUnavailable where the store cannot be opened, or the keys that `expected_tags` needs; OSError
    where the published checkpoint cannot be read.
    """
    faults = _Faults()
    told = _told(published, key, faults)
    files: Iterator[bytes] = iter(())
    if published is not None and told is not None:
        files = TileReader.open(str(published)).entries(told.size)
    with reader.snapshot() as connection:
        walk = _Walk(connection, key, told, files, expected_tags, faults)
        try:
            walk.entries()
            walk.consultations()
            newest = walk.head()
        except (DatabaseError, TypeError) as error:  # damaged, or a value of another type than its column
            faults.add(walk.edge.size, f"The store cannot be read any further ({reason(error)})")
            newest = None
    return Report(
        0 if newest is None else newest.size, b"" if newest is None else newest.root, faults.sorted()
    )


class _Faults:
    """The first entry of each kind of fault."""

    def __init__(self) -> None:
        self._first: dict[str, int | None] = {}

    def add(self, index: int | None, what: str) -> None:
        self._first.setdefault(what, index)

    def within(self, start: int, stop: int) -> int | None:
        """The first entry of [start, stop) that a fault was found with, None without any."""
        found = [index for index in self._first.values() if index is not None and start <= index < stop]
        return min(found, default=None)

    def sorted(self) -> tuple[Fault, ...]:
        faults = [Fault(index, what) for what, index in self._first.items()]
        return tuple(sorted(faults, key=lambda fault: MAX_SIZE if fault.index is None else fault.index))


def _told(published: Path | None, key: VerifierKey, faults: _Faults) -> Checkpoint | None:
    try:
        return None if published is None else published_checkpoint(published, key)
    except LogBroken as error:
        faults.add(None, str(error))
        return None


class _Ahead:
    """Rows in the order of a number, taken up to one number at a time."""

    def __init__(self, rows: Iterator[RowMapping], number: str) -> None:
        self._rows = rows
        self._number = number
        self._next = next(rows, None)

    def up_to(self, number: int) -> Iterator[RowMapping]:
        """The rows not taken before whose number is not above this one."""
        while self._next is not None and self._next[self._number] <= number:
            row, self._next = self._next, next(self._rows, None)
            yield row


class _Walk:
    """Through one snapshot of the store. `edge`: of the entries walked through so far."""

    def __init__(
        self,
        connection: Connection,
        key: VerifierKey,
        told: Checkpoint | None,
        files: Iterator[bytes],
        expected_tags: ExpectedTags | None,
        faults: _Faults,
    ) -> None:
        self._connection = connection
        self._key = key
        self._told = told
        self._files = files
        self._expected_tags = expected_tags
        self._faults = faults
        self._signed = 0  # entries that a checkpoint was found to cover
        self._nodes = 0
        self._numbers: dict[str, int] = {}
        self.edge = Edge()

    def entries(self) -> None:
        """Every entry, with the tags beside it and the checkpoints over it."""
        tags = _Ahead(self._stream(select(TAGS).order_by(TAGS.c.entry)), "entry")
        notes = _Ahead(self._stream(select(CHECKPOINTS).order_by(CHECKPOINTS.c.size)), "size")
        self._check_roots(notes)
        for row in self._stream(select(ENTRIES).order_by(ENTRIES.c.index)):
            if row["index"] != self.edge.size:
                self._faults.add(self.edge.size, "The entry is missing")
                break
            if next(self._files, row["bytes"]) != row["bytes"]:
                self._faults.add(row["index"], "The entry is not the one in the published files")
            self._check_entry(row, list(tags.up_to(row["index"])))
            self._grow(row)
            self._check_roots(notes)
        for _ in notes.up_to(MAX_SIZE):
            self._faults.add(self.edge.size, "A checkpoint is of more entries than there are")
        for _ in tags.up_to(MAX_SIZE):
            self._faults.add(None, "A tag points to an entry that is not there")
        if self._told is not None and self._told.size > self.edge.size:
            self._faults.add(self.edge.size, "The published checkpoint is of more entries than there are")

    def consultations(self) -> None:
        """One intent before the one outcome; asked of columns that `entries` found to be the entries' own."""
        intent, outcome = ENTRIES.alias("intent"), ENTRIES.alias("outcome")
        index = ENTRIES.c.index
        for what, condition in (
            ("The consultation has two intents", ENTRIES.c.kind == "intent"),
            ("The consultation has two outcomes", ENTRIES.c.final),
        ):
            doubled = select(func.max(index)).where(condition).group_by(ENTRIES.c.consultation)
            self._first(doubled.having(func.count() > 1).order_by(func.max(index)), what)
        pairs = outcome.outerjoin(
            intent, (intent.c.consultation == outcome.c.consultation) & (intent.c.kind == "intent")
        )
        early = (intent.c.index > outcome.c.index) | intent.c.index.is_(None)
        orphans = select(outcome.c.index).select_from(pairs).where(outcome.c.kind == "outcome", early)
        self._first(orphans.order_by(outcome.c.index), "The outcome has no intent before it")

    def head(self) -> Checkpoint | None:
        """What is remembered of all entries together; gives the newest checkpoint if it can be trusted."""
        last = {row.institution: row.last for row in self._connection.execute(select(NUMBERS))}
        if last != self._numbers:
            self._faults.add(None, "The last own number of an institution is not the one remembered")
        if self._connection.execute(select(func.count()).select_from(NODES)).scalar_one() != self._nodes:
            self._faults.add(None, "There are stored nodes over entries that are not there")
        try:
            head = read_head(self._connection)
            newest = open_checkpoint(head.checkpoint, self._key)
        except (LogBroken, ValueError) as error:
            self._faults.add(None, str(error))
            return None
        if head.edge != self.edge:
            self._faults.add(None, "The head is not that of the entries")
        return newest

    def _stream(self, statement: Select[Any]) -> Iterator[RowMapping]:
        rows = self._connection.execute(statement, execution_options={"yield_per": _AT_ONCE})
        return iter(rows.mappings())

    def _first(self, statement: Select[Any], what: str) -> None:
        index = self._connection.execute(statement.limit(1)).scalar()
        if index is not None:
            self._faults.add(index, what)

    def _check_entry(self, row: RowMapping, tags: list[RowMapping]) -> None:
        if leaf_hash(row["bytes"]) != row["leaf"]:
            self._faults.add(row["index"], "The bytes of the entry are not those that were hashed")
            return
        members = _members(row["bytes"])
        if members is None:
            self._faults.add(row["index"], "The entry is no JSON object")
            return
        if any(row[name] != members.get(name) for name in _REPEATED) or row["final"] != _final(members):
            self._faults.add(row["index"], "What is stored beside the entry is not what it says")
            return
        self._check_number(row)
        self._check_tags(row["index"], members, tags)

    def _check_number(self, row: RowMapping) -> None:
        if row["number"] is None:
            return
        if row["number"] != self._numbers.get(row["institution"], 0) + 1:
            self._faults.add(row["index"], "Its own number does not follow the institution's last one")
        self._numbers[row["institution"]] = row["number"]

    def _check_tags(self, index: int, members: Mapping[str, Any], rows: list[RowMapping]) -> None:
        if self._expected_tags is None:
            return
        try:
            expected = self._expected_tags(members)
        except ValueError:
            self._faults.add(index, "The seal of the entry does not open with its key")
            return
        if expected is None:
            return
        found = {(row["epoch"], row["tag"], row["role"]) for row in rows}
        epochs = {epoch for epoch, _, _ in found}
        wanted = {(tag.epoch, tag.tag, tag.role.value) for tag in expected if tag.epoch in epochs}
        if found != wanted or (expected and not found):
            self._faults.add(index, "The tags beside the entry are not those of its subjects")

    def _grow(self, row: RowMapping) -> None:
        leaf = row["leaf"] if len(row["leaf"]) == HASH_SIZE else leaf_hash(row["bytes"])
        self.edge, grown = self.edge.grow(leaf)
        for node in grown:
            if node.level and node.level % STORED_LEVEL == 0:
                self._nodes += 1
                at = (NODES.c.level == node.level, NODES.c.n == node.n)
                if self._connection.execute(select(NODES.c.hash).where(*at)).scalar() != node.hash:
                    start, stop = node.n << node.level, (node.n + 1) << node.level
                    why = self._faults.within(start, stop)
                    self._faults.add(why, "A stored node is not the root of its entries")

    def _check_roots(self, notes: _Ahead) -> None:
        """The signed checkpoints of this very size, and the published one."""
        root = self.edge.root()
        for row in notes.up_to(self.edge.size):
            try:
                signed = open_checkpoint(row["note"], self._key)
            except ValueError:
                self._faults.add(None, "A stored checkpoint is not signed by the key of this log")
                continue
            if (row["size"], signed.size, signed.root) == (self.edge.size, self.edge.size, root):
                self._signed = self.edge.size
            else:
                why = self._faults.within(self._signed, self.edge.size)
                first = self._signed if why is None else why
                self._faults.add(first, "The signed root is not that of the entries from here on")
        if self._told is not None and self._told.size == self.edge.size and self._told.root != root:
            self._faults.add(None, "The published root is not that of the entries")


def _members(entry: bytes) -> Mapping[str, Any] | None:
    try:
        members = json.loads(entry)
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def _final(members: Mapping[str, Any]) -> bool | None:
    try:
        return is_final(members)
    except (KeyError, TypeError):
        return None
