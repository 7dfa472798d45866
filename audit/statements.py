"""Every statement by which the writer reads and changes the log's own tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from audit.direct import ask, insert, tell
from audit.head import Head
from audit.ledger import Needs, Read, key_name, taken_name
from audit.tables import CHECKPOINTS, COUNTERS, DATA_KEYS, ENTRIES, FLAGS, NODES, NUMBERS, TAGS

REMEMBERED: Final = timedelta(days=2)  # past its own day, so that "today" may be a day in any time zone
_DAY: Final = re.compile(r":([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2})?\Z")

# Each part in the very words of an index, for otherwise none is used and all rows are read.
_NEEDS: Final = " UNION ALL ".join(
    (
        "SELECT 'counter', name, value, CAST(NULL AS TEXT) FROM counters WHERE name = ANY(?)",
        "SELECT 'flag', flag, CAST(NULL AS BIGINT), value FROM flags WHERE flag = ANY(?)",
        "SELECT 'number', institution, last, NULL FROM numbers WHERE institution = ANY(?)",
        "SELECT kind, consultation, NULL, NULL FROM entries WHERE kind = 'intent' AND consultation = ANY(?)",
        "SELECT kind, consultation, NULL, NULL FROM entries WHERE final AND consultation = ANY(?)",
    )
)
_KEYS: Final = "SELECT month, serial FROM data_keys"
_NO_FLAGS: Final = "DELETE FROM flags WHERE flag = ANY(?)"
_HEAD: Final = "UPDATE head SET size = ?, epoch = ?, edge = ?"
_OLD_COUNTERS: Final = "DELETE FROM counters WHERE day < ?"


def read_needs(connection: Connection, head: Head, needs: Needs) -> Read:
    """What the store holds under the names that a group asks for."""
    found: dict[str, dict[str, Any]] = {
        what: {} for what in ("counter", "flag", "number", "intent", "outcome")
    }
    names = (needs.counters, needs.flags, needs.institutions, needs.consultations, needs.consultations)
    if any(names):
        for what, name, number, text in ask(connection, _NEEDS, *map(list, names)):
            found[what][name] = number if text is None else text
    taken = {taken_name(kind, name) for kind in ("intent", "outcome") for name in found[kind]}
    if needs.keys:
        taken |= {key_name(month, serial) for month, serial in ask(connection, _KEYS)}
    return Read(head.epoch, found["counter"], found["flag"], found["number"], frozenset(taken))


def write_entries(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Entries with all their columns, in order."""
    insert(connection, ENTRIES, rows)


def write_tags(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Search tags beside their entries: epoch, tag, entry, role."""
    insert(connection, TAGS, rows)


def write_nodes(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Roots of subtrees that became complete: level, n, hash."""
    insert(connection, NODES, rows)


def write_key(connection: Connection, month: int, serial: int, wrapped: bytes) -> None:
    """A wrapped data key."""
    insert(connection, DATA_KEYS, [(month, serial, wrapped)])


def write_values(
    connection: Connection, counters: Mapping[str, int], flags: Mapping[str, str], numbers: Mapping[str, int]
) -> None:
    """What a group changed. A flag without value is as good as none."""
    counted = [(name, value, day_of(name)) for name, value in counters.items()]
    insert(connection, COUNTERS, counted, replacing="value")
    insert(connection, FLAGS, [flag for flag in flags.items() if flag[1]], replacing="value")
    if ended := [name for name, value in flags.items() if not value]:
        tell(connection, _NO_FLAGS, ended)
    insert(connection, NUMBERS, list(numbers.items()), replacing="last")


def write_head(connection: Connection, head: Head, former: Head) -> None:
    """Move the head on; its checkpoint is new only where there are new entries: never two for one size."""
    tell(connection, _HEAD, head.size, head.epoch, head.edge.to_bytes())
    if head.size != former.size:
        insert(connection, CHECKPOINTS, [(head.size, head.checkpoint)])


def forget_counters(connection: Connection, today: date) -> None:
    """Remove counters of days that nobody asks for any more; some name people by pseudonym."""
    tell(connection, _OLD_COUNTERS, (today - REMEMBERED).isoformat())


def day_of(counter: str) -> str | None:
    """The day in which a counter's name ends (`…:2026-03-01`, `…:2026-03-01T08:15`), None for one that
    counts for ever."""
    match = _DAY.search(counter)
    return None if match is None else match[1]
