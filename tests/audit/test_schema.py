"""Making a store, bringing a former one up to this program, and refusing what is not this program's."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table

from audit.log import Declined
from audit.reader import Reader
from audit.schema import LOG_PART, Part, require_revisions
from audit.sqlite import SqliteBackend
from audit.store_verify import verify_store
from audit.writer import StoredLog
from fidus.errors import ConfigurationInvalid
from fidus.store import PART
from tests.audit.test_writer import PART as ROWS

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, PostgresStore, Records

FORMER = Path(__file__).parent / "former"


async def nothing() -> None:
    """A scene in which nothing happens."""


@pytest.mark.parametrize("part", [LOG_PART, PART], ids=lambda part: part.name)
def test_the_revisions_make_the_tables_that_the_program_names(any_store: LogStore, part: Part) -> None:
    any_store.play(any_store.open(parts=(PART,)), nothing)
    every = MetaData()
    for tables in (LOG_PART.tables, PART.tables):
        for table in tables.tables.values():
            table.to_metadata(every)
    Table("alembic_version", every, Column("version_num", Integer))
    with closing(any_store.backend().connect(create=False)) as connection:
        found = compare_metadata(MigrationContext.configure(connection), every)
        connection.invalidate()
    assert [one for one in found if not _is_of_alembic(one)] == []
    assert set(part.tables.tables) <= set(every.tables)


def _is_of_alembic(difference: Any) -> bool:
    return "alembic_version" in str(difference)


def test_a_store_that_was_made_once_is_found_as_it_is(any_store: LogStore, records: Records) -> None:
    any_store.fill((records.admin(),))
    log = any_store.open(create=False)
    assert any_store.play(log, lambda: written(log, records)) == 1


async def written(log: StoredLog, records: Records) -> int:
    result = await log.append(records.admin())
    assert not isinstance(result, Declined)
    return result[0].index


def test_an_empty_store_is_only_filled_on_request(shared_store: PostgresStore) -> None:
    with pytest.raises(ConfigurationInvalid, match="the store is empty"):
        shared_store.open(create=False)


def test_a_part_that_is_added_gets_its_tables(any_store: LogStore, records: Records) -> None:
    any_store.fill((records.admin(),))
    any_store.play(any_store.open(parts=(ROWS,)), nothing)
    any_store.play(any_store.open(parts=(ROWS,)), nothing)
    with pytest.raises(
        ConfigurationInvalid, match="the revision rows_0001, which this program does not know"
    ):
        any_store.open()


def test_a_newer_programs_store_is_refused(any_store: LogStore, records: Records) -> None:
    any_store.fill((records.admin(),))
    any_store.change("UPDATE alembic_version SET version_num = 'log_0999' WHERE version_num LIKE 'log%'")
    with pytest.raises(
        ConfigurationInvalid, match=r"log_0999.*Use the program that made them, which is newer"
    ):
        any_store.open()
    with closing(any_store.reader()) as reader:
        assert reader.head().size == 1


def test_a_database_of_something_else_is_refused(any_store: LogStore) -> None:
    any_store.change("CREATE TABLE invoices (number integer)")
    with pytest.raises(ConfigurationInvalid, match="the store holds other tables than a log's"):
        any_store.open()


def test_several_that_make_a_store_at_once_make_one(shared_store: PostgresStore, records: Records) -> None:
    async def opened() -> StoredLog:
        return await asyncio.to_thread(shared_store.open)

    async def scene() -> list[int]:
        logs = await asyncio.gather(*(opened() for _ in range(4)))
        found = [await written(log, records) for log in logs]
        for log in logs:
            await log.close()
        return found

    assert asyncio.run(scene()) == [0, 1, 2, 3]


def former(folder: Path) -> Path:
    """A store that the program made before there were revisions, with a few consultations."""
    file = folder / "fidus.db"
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript((FORMER / "store.sql").read_text(encoding="utf-8"))
        raw.execute("PRAGMA journal_mode=WAL")
    return file


def test_a_former_programs_store_is_brought_up_and_gone_on_with(
    store: LogStore, records: Records, log_key: Any
) -> None:
    path = former(store.folder)
    with closing(Reader(path)) as reader:
        before = reader.head()
    assert before.size > 3
    log = store.open(parts=(PART,), create=False)
    assert store.play(log, lambda: written(log, records)) == before.size
    with closing(Reader(path)) as reader:
        assert verify_store(reader, log_key.verifier).faults == ()
        kinds = {json.loads(entry)["kind"] for entry in reader.entries(0, before.size)}
        with reader.snapshot() as connection:
            require_revisions(connection, frozenset({"log_0002", "store_0001"}))
            tables = connection.exec_driver_sql("SELECT name FROM sqlite_schema").scalars().all()
    assert {"intent", "outcome", "refusal", "admin"} <= kinds
    assert "schema" not in tables


def test_a_former_store_of_a_version_that_never_was_is_refused(store: LogStore) -> None:
    former(store.folder)
    store.change("UPDATE schema SET version = 7 WHERE part = 'log'")
    with pytest.raises(ConfigurationInvalid, match="the revision log_0007, which this program does not know"):
        store.open(parts=(PART,))


def test_what_a_crash_left_of_a_change_is_the_former_store(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = former(store.folder)
    with monkeypatch.context() as patch:
        patch.setattr("audit.schema.commit", lambda _: (_ for _ in ()).throw(OSError("killed")))
        with pytest.raises(ConfigurationInvalid):
            store.open(parts=(PART,))
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM schema").fetchone() == (2,)
        assert raw.execute("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'alembic%'").fetchone() == (0,)
    log = StoredLog.open(SqliteBackend(path), store.key, {}, fatal=pytest.fail, parts=(PART,))
    assert store.play(log, lambda: written(log, records)) > 3
