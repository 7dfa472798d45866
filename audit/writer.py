"""The log in one SQLite file, written by one thread (design §5, "the log"; audit-log.md §8).

    1 callers enqueue            3 check, write, grow the tree, sign     5 is it still the same file?
    2 one transaction takes all  4 commit: synced                        6 only now callers go on

Whatever fails before 6 releases nobody: they get AuditUnavailable, the connection is dropped, and the next
group opens the store anew and finds out what is there.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from audit import statements
from audit.checkpoint import Checkpoint
from audit.connection import (
    BUSY_S,
    TROUBLE,
    Identity,
    begin,
    commit,
    drop,
    identity,
    is_not_synced,
    is_trouble,
    reason,
    writing_engine,
)
from audit.group import Applier, Group, check_form
from audit.head import Head, LogBroken, check_trust, read_head
from audit.log import Appended, Declined, Record
from audit.note import NoteKey
from audit.reader import Reader
from audit.schema import LOG_PART, Part, check_versions, make_store
from audit.waiting import Result, Unit, Waiting, settle
from fidus.errors import AuditUnavailable, ConfigurationFault, ConfigurationInvalid

QUEUE: Final = 4096  # units that may wait
GROUP: Final = 512  # records of one transaction
CARRY_OVER: Final = 1000  # pages of write-ahead log, at which it is copied into the file
PAGES_A_GROUP: Final = 8  # that change with any group, however small
NOT_SYNCED: Final = "A sync of the store failed: what it holds is uncertain until this process has ended"


@dataclass(frozen=True, slots=True)
class Store:
    """What a log is made of. `appliers`: by family. `published`: the folder of the published files.
    `parts`: all tables of the store. `busy_s`: how long another's lock on it is waited for."""

    path: Path
    key: NoteKey
    appliers: Mapping[str, Applier]
    published: Path | None
    parts: tuple[Part, ...]
    busy_s: float


class SqliteLog:
    """`audit.log.Log` over one file. Made by `open`; exactly one a store."""

    def __init__(
        self,
        store: Store,
        fatal: Callable[[str], None],
        today: Callable[[], date],
        queue: int,
        group: int,
    ) -> None:
        self._store = store
        self._fatal = fatal
        self._today = today
        self._group = group
        self._waiting = Waiting(queue)
        self._reader = Reader(store.path)
        self._verifier = store.key.verifier
        self._connection: Connection | None = None
        self._file: Identity = ()
        self._head: Head | None = None
        self._released: Checkpoint | None = None
        self._forgot_on: date | None = None
        self._pages = 0  # of write-ahead log, roughly
        self._not_synced = False
        self.stopped_because: str | None = None
        """Why nothing will be written until a restart; None while all is well."""
        self.failed_because: str | None = None
        """Why the last group was not written; None after one that was."""
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)

    @classmethod
    def open(
        cls,
        path: Path,
        key: NoteKey,
        appliers: Mapping[str, Applier],
        *,
        fatal: Callable[[str], None],
        published: Path | None = None,
        parts: Sequence[Part] = (),
        create: bool = False,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        queue: int = QUEUE,
        group: int = GROUP,
        busy_s: float = BUSY_S,
    ) -> SqliteLog:
        """Open the store, and with `create` make it where there is none. Blocks for a moment.

        `parts`: tables beside the log's own. `fatal` is called with the reason, in the writer's thread,
        when a sync failed and this process must end; its waiting callers have their answer by then.
        Raises ConfigurationInvalid if the store is missing, cannot be written, has other tables, or is not
        the whole log that this key signed and `published` tells of.
        """
        store = Store(path, key, appliers, published, (LOG_PART, *parts), busy_s)
        log = cls(store, fatal, today, queue, group)
        try:
            log._prepare(create)
        except (LogBroken, *TROUBLE) as error:
            log._let_go()
            raise _not_opened(path, error) from None
        except ConfigurationInvalid:
            log._let_go()
            raise
        log._thread.start()
        return log

    async def append(self, *records: Record) -> tuple[Appended, ...] | Declined:
        """See `audit.log.Log.append`. Raises ValueError for a record that breaks its format, which is a bug
        of the caller's, and whatever an applier raises; nothing was written then."""
        for record in records:
            check_form(record, self._store.appliers)
        if self.stopped_because is not None:
            raise AuditUnavailable(self.stopped_because)
        loop = asyncio.get_running_loop()
        unit = Unit(records, loop, loop.create_future())
        if not self._waiting.add(unit):
            raise AuditUnavailable("Too many records wait for the log, or it was closed")
        return await unit.future

    async def prove(self, index: int) -> str:
        """See `audit.log.Log.prove`."""
        if self.stopped_because is not None:
            raise AuditUnavailable(self.stopped_because)
        return await asyncio.to_thread(self._reader.proof, index)

    async def close(self) -> None:
        """Write what waits, then let go of the store. What is appended later is refused."""
        self._waiting.close()
        await asyncio.to_thread(self._thread.join)
        self._reader.close()

    def _run(self) -> None:
        """The writer's thread."""
        while units := self._waiting.take(self._group):
            settle(units, self._write(units))
            self._carry_over()
            if self._not_synced:
                self._waiting.close()  # what waits still gets its answer, by `stopped_because`
        self._let_go()
        if self._not_synced:
            self._fatal(NOT_SYNCED)

    def _write(self, units: list[Unit]) -> list[Result]:
        """One group. Never raises: what goes wrong is what the callers are told."""
        if self.stopped_because is not None:
            return _unavailable(units, self.stopped_because)
        try:
            results = self._commit(units)
        except LogBroken as error:
            self._let_go()
            self.stopped_because = self.failed_because = str(error)
            return _unavailable(units, str(error))
        except Exception as error:  # noqa: BLE001 - the thread must outlive a bug in an applier
            self._let_go()
            if is_trouble(error):
                self._failed(error)
                return _unavailable(units, f"The log cannot be written: {reason(error)}")
            if len(units) == 1:
                return [error]
            return [result for unit in units for result in self._write([unit])]  # only the culprit fails
        self.failed_because = None
        return list(results)

    def _commit(self, units: list[Unit]) -> list[tuple[Appended, ...] | Declined]:
        """One transaction, from the lock to the moment at which callers may be told."""
        connection, head = self._begin()
        group = Group(
            connection, head, (record for unit in units for record in unit.records), self._store.appliers
        )
        for unit in units:
            group.add(unit.records)
        today = self._today()
        if group.writes:
            if today != self._forgot_on:
                statements.forget_counters(connection, today)
            head = group.finish(self._store.key)
            commit(connection)
            self._forgot_on = today
            self._pages += PAGES_A_GROUP + sum(len(unit.records) for unit in units)
        else:
            connection.rollback()
        if identity(self._store.path) != self._file:
            raise OSError(errno.ESTALE, "the store's file was replaced")
        self._head = head
        self._released = Checkpoint(self._store.key.name, head.size, head.root)
        return group.results()

    def _prepare(self, create_missing: bool) -> None:
        if create_missing:
            make_store(self._store.path, self._store.key, self._store.parts)
        connection = self._connect()
        check_versions(connection, self._store.path, self._store.parts)
        connection.rollback()
        self._begin()
        connection.rollback()
        # What a former process could not sync may still be read from the system's memory: written anew here,
        # it is durable before anything is built upon it.
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()

    def _begin(self) -> tuple[Connection, Head]:
        """Lock the store and read its head, never taken from memory. Where it is not the head that this
        connection left, what was told of the log must still hold: raises LogBroken."""
        connection = self._connection or self._connect()
        begin(connection)
        head = read_head(connection)
        if head != self._head:
            check_trust(connection, head, self._verifier, self._released, self._store.published)
            self._head = head
        return connection, head

    def _connect(self) -> Connection:
        """A new connection, to the file that stands at the path before and after."""
        before = self._store.path.stat()
        self._connection = connection = writing_engine(self._store.path, busy_s=self._store.busy_s).connect()
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")  # opens the write-ahead log too
        connection.rollback()
        self._file = identity(self._store.path)
        if self._file[0] != (before.st_dev, before.st_ino):
            raise OSError(errno.ESTALE, "the store's file is being replaced")
        return connection

    def _let_go(self) -> None:
        """Drop all connections; the next ones are under the rule for new ones."""
        if self._connection is not None:
            drop(self._connection)
        self._reader.close()
        self._connection = self._head = None

    def _failed(self, error: Exception) -> None:
        self.failed_because = reason(error)
        if is_not_synced(error):
            self._not_synced = True
            self.stopped_because = NOT_SYNCED

    def _carry_over(self) -> None:
        """Now and then copy the write-ahead log into the file, when nobody waits for it. SQLite would do it
        within a commit, and keep a failed sync to itself."""
        if self._connection is None or self._pages < CARRY_OVER:
            return
        try:
            self._connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
            self._connection.rollback()
            self._pages = 0
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever goes wrong here
            self._let_go()
            self._failed(error)


def _unavailable(units: list[Unit], why: str) -> list[Result]:
    return [AuditUnavailable(why) for _ in units]


def _not_opened(path: Path, error: Exception) -> ConfigurationInvalid:
    if isinstance(error, LogBroken):
        return ConfigurationInvalid((ConfigurationFault(str(path), 0, "this is not the log", str(error)),))
    problem = f"the store cannot be opened for writing ({reason(error)})"
    cure = "Check that it exists, that this user may write it, and that the disk is neither full nor failing"
    return ConfigurationInvalid((ConfigurationFault(str(path), 0, problem, cure),))
