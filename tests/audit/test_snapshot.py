from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, text

from audit.reader import Reader
from audit.snapshot import SqliteSnapshots
from fidus.errors import AuditUnavailable

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records


def size(connection: Connection) -> int:
    return int(connection.execute(text("SELECT size FROM head")).scalar_one())


def test_a_view_does_not_change_while_it_is_open(store: LogStore, records: Records) -> None:
    store.fill((records.admin(),))
    with closing(SqliteSnapshots(store.path)) as snapshots, snapshots.open() as before:
        assert size(before) == 1
        store.fill((records.admin(),))
        assert size(before) == 1
        with snapshots.open() as after:
            assert size(after) == 2


def test_nothing_can_be_written_through_a_view(store: LogStore, records: Records) -> None:
    store.fill((records.admin(),))
    with (
        closing(SqliteSnapshots(store.path)) as snapshots,
        pytest.raises(AuditUnavailable, match="SQLITE_READONLY"),
        snapshots.open() as connection,
    ):
        connection.execute(text("DELETE FROM entries"))
    assert len(store.entries()) == 1


def test_a_file_that_took_the_stores_place_is_the_one_that_is_read(store: LogStore, records: Records) -> None:
    store.fill((records.admin(),))
    with closing(SqliteSnapshots(store.path)) as snapshots:
        with snapshots.open() as connection:
            assert size(connection) == 1
        other = store.folder / "other.db"
        with closing(sqlite3.connect(store.path)) as raw, closing(sqlite3.connect(other)) as target:
            raw.backup(target)
            target.execute("UPDATE head SET size = 7")
            target.commit()
        other.replace(store.path)
        with snapshots.open() as connection:
            assert size(connection) == 7


def test_a_connection_of_read_only_days_is_not_kept(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would keep the index of the write-ahead log read-only for this whole process, the writer too."""
    store.fill((records.admin(),))
    raw = []
    with closing(SqliteSnapshots(store.path)) as snapshots:
        for writable in (False, False, True, True):
            monkeypatch.setattr("audit.snapshot.os.access", lambda path, mode, may=writable: may)
            with snapshots.open() as connection:
                raw.append(connection.connection.driver_connection)
    assert raw[0] is raw[1] is not raw[2] is raw[3]


def test_a_view_can_be_taken_again_after_letting_go(store: LogStore, records: Records) -> None:
    store.fill((records.admin(),))
    snapshots = SqliteSnapshots(store.path)
    snapshots.close()
    for _ in range(2):
        with snapshots.open() as connection:
            assert size(connection) == 1
        snapshots.close()


def test_many_threads_read_at_once(store: LogStore, records: Records) -> None:
    store.fill(tuple(records.admin(str(n)) for n in range(40)))
    found: list[bytes] = []
    with closing(Reader(store.path)) as reader:
        threads = [threading.Thread(target=lambda n=n: found.append(reader.entry(n))) for n in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted(store.entries())


def test_a_damaged_head_makes_the_log_unavailable(store: LogStore, records: Records) -> None:
    store.fill((records.admin(),))
    with closing(sqlite3.connect(store.path)) as raw:
        raw.execute("UPDATE head SET edge = x'00'")
        raw.commit()
    with closing(Reader(store.path)) as reader, pytest.raises(AuditUnavailable, match="damaged"):
        reader.head()
