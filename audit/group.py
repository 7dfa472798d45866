"""One group of units within one transaction: check, write, grow the tree, sign (audit-log.md §8, step 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection

from audit import statements
from audit.canonical import canonical, unb64
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.head import Head
from audit.ledger import Ledger, Needs, Passed, is_final
from audit.log import Appended, Declined, Record
from audit.note import NoteKey
from audit.proof import make_proof
from audit.tree import MAX_ENTRY, inclusion_path, leaf_hash

STORED_LEVEL: Final = 8  # of every eighth level the roots of complete subtrees are stored: those of tiles
_OPERATIONS: Final = {"flags": "set", "keys": "add"}
_FACTS: Final = ("dayUsed", "guesses")  # what the writer adds to `facts` of an entry


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a record stands. `index`: of its entry, -1 where it has none. `epoch`: in force once it is
    written."""

    index: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Applied:
    """One row for a family's tables, with the place of its record."""

    operation: str
    row: Mapping[str, Any]
    placed: Placed


Applier: TypeAlias = Callable[[Connection, Sequence[Applied]], None]
"""Changes one family's tables, within the writer's transaction: all that a group has for it, in order."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A record of this group, with what its caller will be told."""

    record: Record
    passed: Passed
    index: int
    entry: bytes = field(repr=False)


_Unit: TypeAlias = tuple[_Written, ...] | Declined


def check_form(record: Record, families: Iterable[str]) -> None:
    """Raises ValueError for a record that no log could take, so that it never reaches a group."""
    entry = record.entry
    if entry is not None:
        for name in ("kind", "at"):
            if name not in entry:
                raise ValueError(f"An entry needs the member `{name}`")
        if entry["kind"] in ("intent", "outcome") and "consultation" not in entry:
            raise ValueError("An intent and an outcome need the member `consultation`")
    elif record.tags or record.proved:
        raise ValueError("A record without entry has neither tags nor proof")
    for write in record.writes:
        if write.family not in {*_OPERATIONS, *families}:
            raise ValueError(f"Nothing applies the family {write.family}")
        if write.operation != _OPERATIONS.get(write.family, write.operation):
            raise ValueError(f"The family {write.family} has no operation {write.operation}")


class Group:
    """Units to be committed together. First `add` each, then `finish`, then commit, then `results`."""

    def __init__(
        self, connection: Connection, head: Head, records: Iterable[Record], appliers: Mapping[str, Applier]
    ) -> None:
        """`records`: all that will be added, so that what they need is read at once."""
        self._connection = connection
        self._former = head
        self._appliers = appliers
        self._ledger = Ledger(statements.read_needs(connection, head, Needs.of(records)))
        self._units: list[_Unit] = []
        self._rows: list[tuple[object, ...]] = []
        self._leaves: list[bytes] = []
        self._tags: list[tuple[object, ...]] = []
        self._applied: dict[str, list[Applied]] = {}
        self._proofs: dict[int, str] = {}

    @property
    def writes(self) -> bool:
        """Whether any unit is to be written."""
        return any(not isinstance(unit, Declined) for unit in self._units)

    def add(self, records: tuple[Record, ...]) -> None:
        """Check one unit; if none of its records is declined, place them all.

        Raises ValueError for an entry that is too long or no JSON: then nothing of this group may be
        committed.
        """
        passed: list[Passed] = []
        for record in records:
            checked = self._ledger.check(record)
            if isinstance(checked, Declined):
                self._ledger.drop()
                self._units.append(checked)
                return
            passed.append(checked)
        self._ledger.keep()
        placed = [self._place(record, one) for record, one in zip(records, passed, strict=True)]
        self._units.append(tuple(placed))

    def _place(self, record: Record, passed: Passed) -> _Written:
        index, entry = -1, b""
        if record.entry is not None:
            index = self._former.size + len(self._rows)
            entry = _serialise(record.entry, passed)
            leaf = leaf_hash(entry)
            self._leaves.append(leaf)
            self._rows.append(_row(record.entry, passed, index, entry, leaf))
            self._tags += [(tag.epoch, tag.tag, index, tag.role.value) for tag in record.tags]
        for write in record.writes:
            if write.family != "flags":  # flags are the ledger's
                place = Placed(index, passed.epoch)
                applied = Applied(write.operation, write.row, place)
                self._applied.setdefault(write.family, []).append(applied)
        return _Written(record, passed, index, entry)

    def finish(self, key: NoteKey) -> Head:
        """Write what was placed, sign the new tree, move the head; give the head that a commit will make.

        Raises whatever an applier raises: then nothing of this group may be committed.
        """
        edge, grown = self._former.edge.extend(self._leaves)
        note = self._former.checkpoint
        if self._rows:
            note = sign_checkpoint(Checkpoint(key.name, edge.size, edge.root()), key)
        head = Head(edge, self._ledger.epoch, note)
        statements.write_entries(self._connection, self._rows)
        statements.write_tags(self._connection, self._tags)
        complete = [
            (*place, one) for place, one in grown.items() if place[0] and place[0] % STORED_LEVEL == 0
        ]
        statements.write_nodes(self._connection, complete)
        statements.write_values(
            self._connection,
            self._ledger.counters.changed,
            self._ledger.flags.changed,
            self._ledger.numbers.changed,
        )
        statements.write_head(self._connection, head, self._former)
        for family, applied in self._applied.items():
            (_apply_keys if family == "keys" else self._appliers[family])(self._connection, applied)
        self._prove(head, grown)
        return head

    def results(self) -> list[tuple[Appended, ...] | Declined]:
        """What each unit is told, in the order in which they were added."""
        return [
            unit if isinstance(unit, Declined) else tuple(map(self._appended, unit)) for unit in self._units
        ]

    def _prove(self, head: Head, grown: Mapping[tuple[int, int], bytes]) -> None:
        """From memory alone: the former edge and this group hold all that the path of a fresh entry needs."""
        nodes = {(node.level, node.n): node.hash for node in self._former.edge.nodes()} | dict(grown)
        for unit in self._units:
            for written in () if isinstance(unit, Declined) else unit:
                if written.record.proved:
                    path = inclusion_path(written.index, head.size, lambda level, n: nodes[level, n])
                    proof = make_proof(written.index, path, head.checkpoint, written.entry)
                    self._proofs[written.index] = proof

    def _appended(self, written: _Written) -> Appended:
        return Appended(
            index=written.index,
            number=written.passed.number,
            entry=written.entry,
            epoch=written.passed.epoch,
            facts=written.passed.facts,
            proof=self._proofs.get(written.index, ""),
        )


def _serialise(entry: Mapping[str, Any], passed: Passed) -> bytes:
    """The entry as it is hashed, with what only the writer knows."""
    members = dict(entry)
    if passed.number is not None:
        members["number"] = passed.number
    if "facts" in members:
        read = {name: passed.facts[name] for name in _FACTS if name in passed.facts}
        members["facts"] = {**members["facts"], **read}
    data = canonical(members)
    if len(data) > MAX_ENTRY:
        raise ValueError(f"An entry has {len(data)} bytes, {MAX_ENTRY} are the most")
    return data


def _row(
    entry: Mapping[str, Any], passed: Passed, index: int, data: bytes, leaf: bytes
) -> tuple[object, ...]:
    """All columns of `audit.tables.ENTRIES`, in order."""
    return (
        index,
        data,
        leaf,
        entry["kind"],
        entry["at"],
        entry.get("consultation"),
        entry.get("institution"),
        passed.number,
        entry.get("flow"),
        entry.get("outcome"),
        is_final(entry),
    )


def _apply_keys(connection: Connection, applied: Sequence[Applied]) -> None:
    for one in applied:
        statements.write_key(connection, one.row["month"], one.row["serial"], unb64(one.row["wrapped"]))
