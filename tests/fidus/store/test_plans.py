"""No statement of the writer may read a whole table: it would cost more with each entry of the log."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from audit.log import Declined, Expect, Record, Spend, Write
from audit.note import NoteKey
from audit.sqlite import SqliteBackend
from audit.writer import StoredLog
from fidus.store import APPLIERS, PART

AT = "2026-10-05T08:30:00.000000Z"
SMALL = ("SCAN head", "SCAN sqlite_schema", "SCAN json_each")  # one row, one row, the names asked for


@pytest.fixture
def executed() -> Iterator[list[str]]:
    """Statements with their values in place, as they reach SQLite, whoever put them."""
    seen: list[str] = []

    def trace(raw: sqlite3.Connection, _record: object) -> None:
        raw.set_trace_callback(seen.append)

    event.listen(Engine, "connect", trace)
    yield seen
    event.remove(Engine, "connect", trace)


def consultation(kind: str, operation: str, **members: Any) -> Record:
    row = {"consultation": "c-1", "lease": "lease-1", "failed": ""}
    return Record(
        {"kind": kind, "at": AT, "consultation": "c-1", "institution": "0999000129", "flow": "f", **members},
        spends=(Spend("day:f:2026-10-05", 1, 5, "dayUsed"),),
        expects=(Expect("lease:lease-1", "", "lease"),),
        writes=(Write("consultations", operation, row),),
        proved=True,
    )


def test_each_statement_of_a_consultation_finds_its_rows_by_an_index(
    tmp_path: Path, executed: list[str]
) -> None:
    path = tmp_path / "fidus.db"

    async def scene() -> None:
        key = NoteKey("audit.fidus.example/log", bytes(range(32)))
        log = StoredLog.open(
            SqliteBackend(path), key, APPLIERS, fatal=pytest.fail, parts=(PART,), create=True
        )
        executed.clear()
        for record in (consultation("intent", "open"), consultation("outcome", "close", outcome="found")):
            assert not isinstance(await log.append(record), Declined)
        await log.close()

    asyncio.run(scene())
    with closing(sqlite3.connect(path)) as store:
        plans = {
            (statement, step[3])
            for statement in executed
            if statement.split()[0] in ("SELECT", "UPDATE", "DELETE")
            for step in store.execute(f"EXPLAIN QUERY PLAN {statement}")
        }
    assert len(plans) > 5
    assert [plan for plan in plans if plan[1].startswith("SCAN") and not plan[1].startswith(SMALL)] == []
