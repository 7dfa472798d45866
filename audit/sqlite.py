"""The store in one SQLite file, which one process writes."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from audit.connection import BUSY_S, Identity, begin, drop, identity, writing_engine
from audit.snapshot import SqliteSnapshots

CARRY_OVER: Final = 1000  # pages of write-ahead log, at which it is copied into the file
PAGES_A_GROUP: Final = 8  # that change with any group, however small


class SqliteBackend:
    """`audit.backend.Backend` over one file. `busy_s`: how long another's lock on it is waited for."""

    shared = False

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        self._path = path
        self._busy_s = busy_s
        self._file: Identity = ()
        self._pages = 0  # of write-ahead log, roughly

    @property
    def where(self) -> str:
        """See Backend."""
        return str(self._path)

    def connect(self, *, create: bool) -> Connection:
        """To the file that stands at the path before and after. A new file is for its owner alone."""
        if create:
            self._path.touch(mode=0o600)
        before = self._path.stat()
        connection = writing_engine(self._path, busy_s=self._busy_s).connect()
        try:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")  # opens the write-ahead log too
            connection.rollback()
            self._file = identity(self._path)
            if self._file[0] != (before.st_dev, before.st_ino):
                raise OSError(errno.ESTALE, "the store's file is being replaced")
        except BaseException:
            drop(connection)
            raise
        return connection

    def lock(self, connection: Connection) -> None:
        """See Backend."""
        begin(connection)

    def lock_tables(self, connection: Connection) -> None:
        """See Backend."""
        begin(connection)

    def settle(self, connection: Connection) -> None:
        """What a former process could not sync may still be read from the system's memory: written anew into
        the file, it is durable."""
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()

    def check(self) -> None:
        """A file that was unlinked or replaced goes on accepting commits silently."""
        if identity(self._path) != self._file:
            raise OSError(errno.ESTALE, "the store's file was replaced")

    def tend(self, connection: Connection, records: int) -> None:
        """Copy the write-ahead log into the file. SQLite would do it within a commit, and keep a failed sync
        to itself."""
        self._pages += PAGES_A_GROUP + records
        if self._pages >= CARRY_OVER:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
            connection.rollback()
            self._pages = 0

    def snapshots(self) -> SqliteSnapshots:
        """See Backend."""
        return SqliteSnapshots(self._path)
