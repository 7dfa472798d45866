"""Open data of the Crossroads Bank as an adapter reads them: `fidus.opendata.OpenData` over our own store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from audit.snapshot import Snapshots, SqliteSnapshots
from fidus.cbe.tables import ENTERPRISES, TABLES
from fidus.errors import AuditUnavailable, SourceUnavailable
from fidus.opendata import Change, Changes, Held, Record
from fidus.store import cbe
from fidus.store.cbe_shelf import FILE, SCHEMA
from fidus.store.engine import SQLITE, snapshots_of

_SOURCE: Final = "cbe"
_PARTS: Final = tuple(one.part for one in TABLES.values())


class CbeOpenData:
    """Of one home: what `fidus cbe load` put there last. Opens nothing before it is asked."""

    def __init__(self, home: Path, database: str) -> None:
        """`database`: as in the settings. Raises ConfigurationInvalid."""
        self._file = home / FILE if database == SQLITE else None
        self._snapshots: Snapshots = (
            SqliteSnapshots(self._file) if self._file is not None else snapshots_of(home, database)
        )

    def enterprise(self, number: str) -> Held | None:
        """See OpenData."""
        with self._open() as connection:
            return None if connection is None else _held(connection, [int(number)])

    def establishments(self, number: str) -> Held | None:
        """See OpenData."""
        with self._open() as connection:
            if connection is None:
                return None
            if not cbe.records(connection, [ENTERPRISES.part], [int(number)]):
                return _held(connection, [])
            return _held(connection, cbe.places(connection, int(number)))

    def changes(self, first: str, last: str, number: str | None, most: int) -> Changes | None:
        """See OpenData."""
        with self._open() as connection:
            if connection is None:
                return None
            wanted = [] if number is None else [int(number), *cbe.places(connection, int(number))]
            rows = cbe.changes(connection, first, last, wanted, most)
            about = cbe.about(connection)
        after, as_of = (date.fromisoformat(about[name]) for name in ("knownAfter", "snapshotDate"))
        return Changes(after, as_of, tuple(_changes(rows)))

    def close(self) -> None:
        """See OpenData."""
        self._snapshots.close()

    @contextmanager
    def _open(self) -> Iterator[Connection | None]:
        """One view of what is there; None while nothing is."""
        if self._file is not None and not self._file.exists():
            yield None
            return
        try:
            with self._snapshots.open() as connection:
                yield self._there(connection)
        except AuditUnavailable:
            raise SourceUnavailable(_SOURCE, "its open data cannot be read") from None

    def _there(self, connection: Connection) -> Connection | None:
        if self._file is None:
            if connection.exec_driver_sql(f"SELECT to_regclass('{SCHEMA}.about')").scalar() is None:
                return None
            connection = connection.execution_options(schema_translate_map={None: SCHEMA})
        return connection if cbe.about(connection).get("format") == cbe.FORMAT else None


def _held(connection: Connection, numbers: Sequence[int]) -> Held:
    found = cbe.records(connection, _PARTS, numbers)
    records = tuple(
        Record(f"{number:010}", rows) for number, rows in sorted(found.items()) if _is_whole(rows)
    )
    as_of = date.fromisoformat(cbe.about(connection)["snapshotDate"])
    return Held(as_of, records, cbe.labels(connection, found.values()))


def _is_whole(rows: Mapping[str, Any]) -> bool:
    """Names or addresses alone make no enterprise and no establishment."""
    return "enterprise" in rows or "establishment" in rows


def _changes(rows: Sequence[Any]) -> Iterator[Change]:
    names = {one.part: one.name for one in TABLES.values()}
    parts: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        parts.setdefault((row.day, row.number), []).append(row.part)
    for (day, number), touched in parts.items():
        told = tuple(names[part] for part in touched if part in names)
        yield Change(day, f"{number:010}", told, cbe.REMOVED in touched)
