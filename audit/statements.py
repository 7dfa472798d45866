"""Every statement by which the writer reads and changes the log's own tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    Column,
    CompoundSelect,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    select,
    text,
    union_all,
    update,
)

from audit.head import Head
from audit.ledger import Needs, Read, key_name, taken_name
from audit.tables import CHECKPOINTS, COUNTERS, DATA_KEYS, ENTRIES, FLAGS, HEAD, NODES, NUMBERS, TAGS
from audit.upsert import upsert

REMEMBERED: Final = timedelta(days=2)  # past its own day, so that "today" may be a day in any time zone
_DAY: Final = re.compile(r":([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2})?\Z")
_CHUNK: Final = 500  # names in one question; SQLite takes some thousands


def _named(table: Table, name: Column[Any]) -> Select[Any]:
    return select(table).where(name.in_(bindparam("names", expanding=True)))


_COUNTERS = _named(COUNTERS, COUNTERS.c.name)
_FLAGS = _named(FLAGS, FLAGS.c.flag)
_NUMBERS = _named(NUMBERS, NUMBERS.c.institution)
_OF_CONSULTATIONS = select(ENTRIES.c.kind, ENTRIES.c.consultation).where(
    ENTRIES.c.consultation.in_(bindparam("names", expanding=True))
)
# Each half in the very words of a partial index, for otherwise none is used and all entries are read.
_TAKEN = union_all(_OF_CONSULTATIONS.where(text("kind = 'intent'")), _OF_CONSULTATIONS.where(text("final")))
_KEYS = select(DATA_KEYS.c.month, DATA_KEYS.c.serial)

_ENTRY = insert(ENTRIES)
_NODE = insert(NODES)
_TAG = insert(TAGS)
_KEY = insert(DATA_KEYS)
_CHECKPOINT = insert(CHECKPOINTS)
_HEAD = update(HEAD)
_NO_FLAG = delete(FLAGS).where(FLAGS.c.flag == bindparam("name"))
_OLD_COUNTERS = delete(COUNTERS).where(COUNTERS.c.day < bindparam("before"))


def read_needs(connection: Connection, head: Head, needs: Needs) -> Read:
    """What the store holds under the names that a group asks for."""
    taken = {taken_name(row.kind, row.consultation) for row in _ask(connection, _TAKEN, needs.consultations)}
    if needs.keys:
        taken |= {key_name(row.month, row.serial) for row in connection.execute(_KEYS)}
    return Read(
        epoch=head.epoch,
        counters={row.name: row.value for row in _ask(connection, _COUNTERS, needs.counters)},
        flags={row.flag: row.value for row in _ask(connection, _FLAGS, needs.flags)},
        numbers={row.institution: row.last for row in _ask(connection, _NUMBERS, needs.institutions)},
        taken=frozenset(taken),
    )


def _ask(
    connection: Connection, statement: Select[Any] | CompoundSelect[Any], names: Iterable[str]
) -> Iterator[Any]:
    remaining = iter(names)
    while chunk := list(islice(remaining, _CHUNK)):
        yield from connection.execute(statement, {"names": chunk})


def write_entries(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Entries with their columns, in order."""
    _many(connection, _ENTRY, rows)


def write_tags(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Search tags beside their entries."""
    _many(connection, _TAG, rows)


def write_nodes(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Roots of subtrees that became complete."""
    _many(connection, _NODE, rows)


def write_keys(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Wrapped data keys."""
    _many(connection, _KEY, rows)


def write_values(
    connection: Connection, counters: Mapping[str, int], flags: Mapping[str, str], numbers: Mapping[str, int]
) -> None:
    """What a group changed. A flag without value is as good as none."""
    _many(
        connection,
        upsert(connection, COUNTERS, "name", "value"),
        [{"name": name, "value": value, "day": day_of(name)} for name, value in counters.items()],
    )
    _many(
        connection,
        upsert(connection, FLAGS, "flag", "value"),
        [{"flag": flag, "value": value} for flag, value in flags.items() if value],
    )
    _many(connection, _NO_FLAG, [{"name": flag} for flag, value in flags.items() if not value])
    _many(
        connection,
        upsert(connection, NUMBERS, "institution", "last"),
        [{"institution": name, "last": last} for name, last in numbers.items()],
    )


def write_head(connection: Connection, head: Head, former: Head) -> None:
    """Move the head on; its checkpoint is new only where there are new entries: never two for one size."""
    connection.execute(_HEAD, {"size": head.size, "epoch": head.epoch, "edge": head.edge.to_bytes()})
    if head.size != former.size:
        connection.execute(_CHECKPOINT, {"size": head.size, "note": head.checkpoint})


def forget_counters(connection: Connection, today: date) -> None:
    """Remove counters of days that nobody asks for any more; some name people by pseudonym."""
    connection.execute(_OLD_COUNTERS, {"before": (today - REMEMBERED).isoformat()})


def day_of(counter: str) -> str | None:
    """The day in which a counter's name ends (`…:2026-03-01`, `…:2026-03-01T08:15`), None for one that
    counts for ever."""
    match = _DAY.search(counter)
    return None if match is None else match[1]


def _many(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)
