"""A store with the log's writer in front of it: the only way by which these tables change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.log import Appended, Declined, Raise, Record, Write
from audit.note import NoteKey
from audit.reader import Reader
from audit.writer import StoredLog
from fidus.store import APPLIERS, PART
from fidus.store.engine import backend_of, snapshots_of


class Store:
    """Writes rows, each in a log that is opened for it, and reads them again."""

    def __init__(self, home: Path, database: str) -> None:
        self._home = home
        self._database = database
        self._key = NoteKey("audit.fidus.example/log", bytes(range(32)))
        self._reader = Reader(snapshots_of(home, database))

    def write(self, *writes: Write, epoch: Raise | None = None, entry: bool = True) -> Appended:
        """One record with these rows; with an entry of its own unless told otherwise."""
        members = {"v": 1, "kind": "admin", "at": "2026-10-05T08:30:00.000000Z", "admin": {"act": "test"}}
        record = Record(members if entry else None, numbered=False, epoch=epoch, writes=writes)

        async def scene() -> tuple[Appended, ...] | Declined:
            log = StoredLog.open(
                backend_of(self._home, self._database),
                self._key,
                APPLIERS,
                fatal=pytest.fail,
                parts=(PART,),
                create=True,
            )
            try:
                return await log.append(record)
            finally:
                await log.close()

        written = asyncio.run(scene())
        assert not isinstance(written, Declined)
        return written[0]

    def read(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Ask in a snapshot of its own."""
        with self._reader.snapshot() as connection:
            return question(connection, *arguments)

    def close(self) -> None:
        self._reader.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    database = "sqlite" if request.param == "sqlite" else request.getfixturevalue("database").url
    store = Store(tmp_path, database)
    yield store
    store.close()
