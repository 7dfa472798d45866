"""One group of units within one transaction: check, write, grow the tree, sign (audit-log.md §8, step 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


Applier: TypeAlias = Callable[[Connection, str, Mapping[str, Any], Placed], None]
"""(connection, operation, row, place): one family's tables, within the writer's transaction."""


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
        self._rows: list[dict[str, Any]] = []
        self._tags: list[dict[str, Any]] = []
        self._proofs: dict[int, str] = {}

    @property
    def writes(self) -> bool:
        """Whether any unit is to be written."""
        return any(not isinstance(unit, Declined) for unit in self._units)

    def add(self, records: tuple[Record, ...]) -> None:
        """Check one unit; if none of its records is declined, place and apply them all.

        Raises whatever an applier raises, and ValueError for an entry that is too long or no JSON: then
        nothing of this group may be committed.
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
            self._rows.append(_row(record.entry, passed, index, entry))
            self._tags += [
                {"epoch": tag.epoch, "tag": tag.tag, "entry": index, "role": tag.role.value}
                for tag in record.tags
            ]
        for write in record.writes:
            if write.family == "keys":
                row = {**write.row, "wrapped": unb64(write.row["wrapped"])}
                statements.write_keys(self._connection, [row])
            elif write.family != "flags":  # flags are the ledger's
                apply = self._appliers[write.family]
                apply(self._connection, write.operation, write.row, Placed(index, passed.epoch))
        return _Written(record, passed, index, entry)

    def finish(self, key: NoteKey) -> Head:
        """Write what was placed, sign the new tree, move the head; give the head that a commit will make."""
        nodes = {(node.level, node.n): node.hash for node in self._former.edge.nodes()}
        edge = self._former.edge
        complete = []
        for row in self._rows:
            edge, grown = edge.grow(row["leaf"])
            nodes.update({(node.level, node.n): node.hash for node in grown})
            complete += [node for node in grown if node.level and node.level % STORED_LEVEL == 0]
        note = self._former.checkpoint
        if self._rows:
            note = sign_checkpoint(Checkpoint(key.name, edge.size, edge.root()), key)
        head = Head(edge, self._ledger.epoch, note)
        statements.write_entries(self._connection, self._rows)
        statements.write_tags(self._connection, self._tags)
        statements.write_nodes(
            self._connection, [{"level": node.level, "n": node.n, "hash": node.hash} for node in complete]
        )
        statements.write_values(
            self._connection,
            self._ledger.counters.changed,
            self._ledger.flags.changed,
            self._ledger.numbers.changed,
        )
        statements.write_head(self._connection, head, self._former)
        self._prove(head, nodes)
        return head

    def results(self) -> list[tuple[Appended, ...] | Declined]:
        """What each unit is told, in the order in which they were added."""
        return [
            unit if isinstance(unit, Declined) else tuple(map(self._appended, unit)) for unit in self._units
        ]

    def _prove(self, head: Head, nodes: Mapping[tuple[int, int], bytes]) -> None:
        """From memory alone: the former edge and this group hold all that the path of a fresh entry needs."""
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


def _row(entry: Mapping[str, Any], passed: Passed, index: int, data: bytes) -> dict[str, Any]:
    return {
        "index": index,
        "bytes": data,
        "leaf": leaf_hash(data),
        "kind": entry["kind"],
        "at": entry["at"],
        "consultation": entry.get("consultation"),
        "institution": entry.get("institution"),
        "number": passed.number,
        "flow": entry.get("flow"),
        "outcome": entry.get("outcome"),
        "final": is_final(entry),
    }
