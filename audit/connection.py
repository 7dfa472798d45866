"""How a connection commits, is dropped, and tells why it failed; and how a store that is an SQLite file is
opened and recognised (audit/postgres.py has the like for PostgreSQL).

SQLite connections never begin by themselves: `begin` and `commit` are the only two ways into and out of a
transaction that writes.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.pool import NullPool, Pool, QueuePool

from audit.direct import tell

BUSY_S: Final = 2.0
_NOT_SYNCED: Final = (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)

_NO_RIGHT: Final = "42501"  # PostgreSQL's insufficient_privilege: a right that this user had is gone

TROUBLE: Final = (DatabaseError, InterfaceError, sqlite3.Error, OSError)
"""What opening, reading and carrying over raise when the store fails."""


class Unfit(OSError):
    """A database server that cannot keep the log's promises as it is set up. Its text may be told."""


Identity: TypeAlias = tuple[tuple[int, int], ...]
"""(device, inode) of the store's file, its write-ahead log and the index of that log."""


def writing_engine(path: Path, *, create: bool = False, busy_s: float = BUSY_S) -> Engine:
    """For the one connection that writes. Never makes a file unless `create`."""
    return _engine(path, "rwc" if create else "rw", busy_s, NullPool)


def reading_engine(path: Path, *, busy_s: float = BUSY_S) -> Engine:
    """For connections that cannot write, kept open for the next reader."""
    return _engine(path, "ro", busy_s, QueuePool)


def _engine(path: Path, mode: str, busy_s: float, pool: type[Pool]) -> Engine:
    address = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(
            address, uri=True, timeout=busy_s, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in (
                "synchronous=FULL",
                "wal_autocheckpoint=0",
                "foreign_keys=ON",
                "trusted_schema=OFF",
            ):
                raw.execute(f"PRAGMA {pragma}")
            if mode != "ro":
                raw.execute("PRAGMA journal_mode=WAL")  # kept in the file; a restored copy may lack it
        except BaseException:
            raw.close()
            raise
        return raw

    # Parameters are hidden: they would put sealed entries and tags into error texts.
    return create_engine("sqlite+pysqlite://", creator=connect, poolclass=pool, hide_parameters=True)


def begin(connection: Connection) -> None:
    """Lock the store for writing, so that what is read until the commit stays true."""
    connection.begin()  # for SQLAlchemy, which would not commit else
    tell(connection, "BEGIN IMMEDIATE")


def commit(connection: Connection) -> None:
    """The only commit of the log. When it returns, the transaction is on stable storage.

    When it raises, nobody knows whether it is: read the head again.
    """
    connection.commit()


def identity(path: Path) -> Identity:
    """Which files stand at the path now. Raises OSError where one is missing."""
    found = (os.stat(f"{path}{suffix}") for suffix in ("", "-wal", "-shm"))  # noqa: PTH116 - a third of the time
    return tuple((status.st_dev, status.st_ino) for status in found)


def drop(connection: Connection) -> None:
    """Let go of a connection in whatever state it is; what it had not committed is rolled back."""
    connection.invalidate()
    connection.close()


def is_trouble(error: Exception) -> bool:
    """Whether the store failed (full, read-only, busy, gone, damaged), not the statement put to it."""
    if isinstance(error, DatabaseError):
        ours = isinstance(error, IntegrityError | DataError | ProgrammingError | NotSupportedError)
        return not ours or getattr(_original(error), "sqlstate", None) == _NO_RIGHT
    return isinstance(error, InterfaceError | OSError | sqlite3.Error)


def is_not_synced(error: Exception) -> bool:
    """Whether a sync failed. The kernel may have dropped what it could not write, so that a later sync
    succeeds without it: a process that saw this must stop."""
    if isinstance(error, OSError):
        return error.errno == errno.EIO
    return getattr(_original(error), "sqlite_errorcode", None) in _NOT_SYNCED


def reason(error: Exception) -> str:
    """The failure in a word that may be logged: the database's or the system's own name for it."""
    original = _original(error)
    if isinstance(original, Unfit):
        return str(original)
    if isinstance(original, OSError) and original.errno is not None:
        return errno.errorcode.get(original.errno, str(original.errno))
    return str(getattr(original, "sqlite_errorname", type(original).__name__.lstrip("_")))


def _original(error: Exception) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
