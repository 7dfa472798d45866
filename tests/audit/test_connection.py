from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from audit.connection import (
    begin,
    commit,
    drop,
    identity,
    is_not_synced,
    is_trouble,
    reading_engine,
    reason,
    writing_engine,
)


def wrapped(kind: type[DatabaseError], name: str) -> DatabaseError:
    original = sqlite3.OperationalError("the text of SQLite")
    original.sqlite_errorname = name
    original.sqlite_errorcode = getattr(sqlite3, name)
    return kind("SELECT", None, original)


def test_what_is_committed_is_synced_in_write_ahead_mode(tmp_path: Path) -> None:
    path = tmp_path / "a store #1?.db"  # a name that means something in an address
    with writing_engine(path, create=True).connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys")
        ]
        assert pragmas == ["wal", 2, 0, 1]
        connection.rollback()
        begin(connection)
        connection.exec_driver_sql("CREATE TABLE t (a)")
        commit(connection)
        begin(connection)
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        drop(connection)
    with reading_engine(path).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
        connection.engine.dispose()
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".db"] == [path.name]


@pytest.mark.parametrize("engine", [writing_engine, reading_engine])
def test_no_file_is_made_unless_asked(tmp_path: Path, engine: type) -> None:
    with pytest.raises(OperationalError, match="unable to open"):
        engine(tmp_path / "a.db").connect()
    assert list(tmp_path.iterdir()) == []


def test_a_restored_copy_is_brought_back_to_write_ahead_mode(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE t (a)").connection.close()
    with writing_engine(tmp_path / "a.db").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_file_is_known_by_itself_and_its_companions(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with pytest.raises(FileNotFoundError):
        identity(path)
    with writing_engine(path, create=True).connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
        before = identity(path)
        assert len(set(before)) == 3
        path.rename(tmp_path / "b.db")
        (tmp_path / "b.db").rename(path)
        assert identity(path) == before
        path.with_name("c.db").write_bytes(b"")
        path.with_name("c.db").replace(path)
        assert identity(path) != before


@pytest.mark.parametrize(
    ("error", "trouble", "not_synced", "word"),
    [
        pytest.param(wrapped(OperationalError, "SQLITE_FULL"), True, False, "SQLITE_FULL", id="full"),
        pytest.param(wrapped(DatabaseError, "SQLITE_CORRUPT"), True, False, "SQLITE_CORRUPT", id="damaged"),
        pytest.param(
            wrapped(OperationalError, "SQLITE_IOERR_FSYNC"), True, True, "SQLITE_IOERR_FSYNC", id="sync"
        ),
        pytest.param(
            wrapped(IntegrityError, "SQLITE_CONSTRAINT"), False, False, "SQLITE_CONSTRAINT", id="constraint"
        ),
        pytest.param(wrapped(ProgrammingError, "SQLITE_MISUSE"), False, False, "SQLITE_MISUSE", id="misuse"),
        pytest.param(sqlite3.OperationalError("bare"), True, False, "OperationalError", id="bare"),
        pytest.param(OSError(errno.EIO, "i/o"), True, True, "EIO", id="eio"),
        pytest.param(OSError(errno.ENOSPC, "full"), True, False, "ENOSPC", id="no-space"),
        pytest.param(OSError(99_999, "?"), True, False, "99999", id="unknown-number"),
        pytest.param(OSError("?"), True, False, "OSError", id="no-number"),
        pytest.param(ValueError("a bug"), False, False, "ValueError", id="bug"),
    ],
)
def test_failures_of_the_store_are_told_from_bugs(
    error: Exception, trouble: bool, not_synced: bool, word: str
) -> None:
    assert is_trouble(error) is trouble
    assert is_not_synced(error) is not_synced
    assert reason(error) == word


def test_an_engine_that_cannot_be_prepared_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(DatabaseError, match="not a database"):
        writing_engine(path).connect()
