"""Stores that tests of the log open, close and read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from audit.backend import Backend
from audit.group import Applier
from audit.log import Declined, Record
from audit.note import NoteKey
from audit.postgres import PostgresBackend, PostgresSnapshots
from audit.reader import Reader
from audit.snapshot import Snapshots, SqliteSnapshots
from audit.sqlite import SqliteBackend
from audit.writer import StoredLog
from tests.postgres import Database

T = TypeVar("T")


@dataclass
class LogStore:
    """A store in an SQLite file, in a folder of its own, and what its writer was told to end for."""

    folder: Path
    key: NoteKey
    ended: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "fidus.db"

    @property
    def published(self) -> Path:
        return self.folder / "log"

    def backend(self, **options: float) -> Backend:
        return SqliteBackend(self.path, **options)

    def snapshots(self) -> Snapshots:
        return SqliteSnapshots(self.path)

    def change(self, statement: str) -> None:
        """What somebody with access to the store does to it."""
        with closing(sqlite3.connect(self.path)) as raw:
            raw.execute(statement)
            raw.commit()

    def open(self, appliers: Mapping[str, Applier] | None = None, **options: Any) -> StoredLog:
        own = {name: options.pop(name) for name in ("busy_s", "within_s") if name in options}
        options = {"create": True, "published": self.published, "fatal": self.ended.append, **options}
        return StoredLog.open(self.backend(**own), self.key, appliers or {}, **options)

    def play(self, log: StoredLog, scene: Callable[[], Awaitable[T]]) -> T:
        """Run a scene, then close the log."""

        async def run() -> T:
            try:
                return await scene()
            finally:
                await log.close()

        return asyncio.run(run())

    def fill(self, *units: tuple[Record, ...]) -> None:
        """Open the log, append these one after the other, close it."""
        log = self.open()

        async def scene() -> None:
            for unit in units:
                assert not isinstance(await log.append(*unit), Declined)

        self.play(log, scene)

    def reader(self) -> Reader:
        return Reader(self.snapshots())

    def entries(self) -> list[bytes]:
        with closing(self.reader()) as reader:
            return list(reader.entries(0, reader.head().size))


@dataclass
class PostgresStore(LogStore):
    """A store in a PostgreSQL database."""

    database: Database = field(kw_only=True)
    url: str = ""

    def backend(self, **options: float) -> Backend:
        return PostgresBackend(self.url or self.database.url, **options)

    def snapshots(self) -> Snapshots:
        return PostgresSnapshots(self.database.url)

    def change(self, statement: str) -> None:
        self.database.run(statement)
