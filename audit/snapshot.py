"""Consistent views of the store for whoever only reads."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError

from audit.connection import TROUBLE, reading_engine, reason
from audit.head import LogBroken
from fidus.errors import AuditUnavailable


class Snapshots(ABC):
    """Read-only connections to a store. Safe to use from many threads."""

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """One unchanging view of everything committed before its first question.

        Raises AuditUnavailable when the store cannot be opened or read, also from within the block.
        """
        try:
            with self._engine_now().connect() as connection:
                self._begin(connection)
                yield connection
        except (TimeoutError, *TROUBLE) as error:
            raise AuditUnavailable(f"The store cannot be read: {reason(error)}") from None
        except LogBroken as error:
            raise AuditUnavailable(str(error)) from None

    @abstractmethod
    def close(self) -> None:
        """Let go of the store; a later `open` takes it up again."""

    @abstractmethod
    def _engine_now(self) -> Engine:
        """Connections to the store as it stands now."""

    @abstractmethod
    def _begin(self, connection: Connection) -> None:
        """Begin to read."""


class SqliteSnapshots(Snapshots):
    """Of the file that stands at the path now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._file: tuple[int, int, bool] | None = None

    def close(self) -> None:
        """See Snapshots."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = self._file = None

    def _engine_now(self) -> Engine:
        """Kept connections would go on reading a file that was replaced.

        Nor are those kept that were made while nobody could write it: SQLite shares the index of the
        write-ahead log within a process, so that the writer would find it read-only for ever.
        """
        status = self._path.stat()
        writable = all(os.access(f"{self._path}{suffix}", os.W_OK) for suffix in ("", "-shm"))
        file = (status.st_dev, status.st_ino, writable)
        with self._lock:
            if self._engine is None or file != self._file:
                if self._engine is not None:
                    self._engine.dispose()
                self._engine, self._file = reading_engine(self._path), file
            return self._engine

    def _begin(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")
