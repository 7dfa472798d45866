"""The log in a database, written by one thread of each process (design §5, "the log"; audit-log.md §8).

    1 callers enqueue            3 check, write, grow the tree, sign     5 did it go to the store?
    2 one transaction takes all  4 commit: synced                        6 only now callers go on

Whatever fails before 6 releases nobody: they get AuditUnavailable, the connection is dropped, and the next
group opens the store anew and finds out what is there.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from audit import statements
from audit.backend import Backend
from audit.checkpoint import Checkpoint
from audit.connection import TROUBLE, commit, drop, is_not_synced, is_trouble, reason
from audit.group import Applier, Group, check_form
from audit.head import Head, LogBroken, check_moved, check_trust, read_head
from audit.log import Appended, Declined, Record
from audit.note import NoteKey
from audit.reader import Reader
from audit.schema import LOG_PART, Part, bring_up, require_revisions
from audit.waiting import Result, Unit, Waiting, settle
from fidus.errors import AuditUnavailable, ConfigurationFault, ConfigurationInvalid

QUEUE: Final = 4096  # units that may wait
GROUP: Final = 512  # records of one transaction
PATIENCE_S: Final = 10.0  # of who waits for the writer: a store that stalls is one that cannot be written
NOT_SYNCED: Final = "A sync of the store failed: what it holds is uncertain until this process has ended"


@dataclass(frozen=True, slots=True)
class Store:
    """What a log is made of. `appliers`: by family. `published`: the folder of the published files.
    `parts`: all tables of the store."""

    backend: Backend
    key: NoteKey
    appliers: Mapping[str, Applier]
    published: Path | None
    parts: tuple[Part, ...]


class StoredLog:
    """`audit.log.Log` over one database. Made by `open`; one a process."""

    def __init__(
        self,
        store: Store,
        fatal: Callable[[str], None],
        today: Callable[[], date],
        queue: int,
        group: int,
    ) -> None:
        self._store = store
        self._backend = store.backend
        self._fatal = fatal
        self._today = today
        self._group = group
        self._waiting = Waiting(queue)
        self._reader = Reader(store.backend.snapshots())
        self._verifier = store.key.verifier
        self._connection: Connection | None = None
        self._revisions: frozenset[str] = frozenset()  # of the tables, as this program needs them
        self._head: Head | None = None
        self._told: Checkpoint | None = None  # what the store must go on from
        self._forgot_on: date | None = None
        self._written = 0  # records, since the store was last tended
        self._not_synced = False
        self.stopped_because: str | None = None
        """Why nothing will be written until a restart; None while all is well."""
        self.failed_because: str | None = None
        """Why the last group was not written; None after one that was."""
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)

    @classmethod
    def open(
        cls,
        backend: Backend,
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
    ) -> StoredLog:
        """Open the store, bring its tables up to this program, and with `create` make them where there are
        none. Blocks for a moment.

        `parts`: tables beside the log's own. `fatal` is called with the reason, in the writer's thread,
        when a sync failed and this process must end; its waiting callers have their answer by then.
        Raises ConfigurationInvalid if the store is missing, cannot be written, is a newer program's, or is
        not the whole log that this key signed and `published` tells of.
        """
        store = Store(backend, key, appliers, published, (LOG_PART, *parts))
        log = cls(store, fatal, today, queue, group)
        try:
            log._prepare(create)
        except (LogBroken, *TROUBLE) as error:
            log._let_go()
            raise _not_opened(backend.where, error) from None
        except ConfigurationInvalid:
            log._let_go()
            raise
        log._thread.start()
        return log

    async def append(self, *records: Record) -> tuple[Appended, ...] | Declined:
        """See `audit.log.Log.append`. Raises ValueError for a record that breaks its format, which is a bug
        of the caller's, and whatever an applier raises; nothing was written then. Nobody waits longer than
        PATIENCE_S: AuditUnavailable, and what was not begun by then is dropped."""
        for record in records:
            check_form(record, self._store.appliers)
        if self.stopped_because is not None:
            raise AuditUnavailable(self.stopped_because)
        loop = asyncio.get_running_loop()
        unit = Unit(records, loop, loop.create_future())
        if not self._waiting.add(unit):
            raise AuditUnavailable("Too many records wait for the log, or it was closed")
        alarm = loop.call_later(
            PATIENCE_S, _tire, unit.future
        )  # less than a quarter of what asyncio.timeout costs
        try:
            return await unit.future
        finally:
            alarm.cancel()

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
            self._tend()
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
            self._written += sum(len(unit.records) for unit in units)
        else:
            connection.rollback()
        self._backend.check()
        self._head = head
        self._told = Checkpoint(self._store.key.name, head.size, head.root)
        return group.results()

    def _prepare(self, create: bool) -> None:
        connection = self._connect(create=create)
        self._revisions = bring_up(connection, self._backend, self._store.parts, self._store.key, create)
        self._begin()
        connection.rollback()
        self._backend.settle(connection)

    def _begin(self) -> tuple[Connection, Head]:
        """Lock the store and read its head, never taken from memory. Where it is not the head that this
        connection left, what was told of the log must still hold: raises LogBroken."""
        connection = self._connection or self._connect()
        self._backend.lock(connection)
        if self._backend.shared:
            require_revisions(connection, self._revisions)
        head = read_head(connection)
        if self._head is None or (head != self._head and not self._backend.shared):
            check_trust(connection, head, self._verifier, self._told, self._store.published)
        elif head != self._head:
            assert self._told is not None  # since the head was first read
            check_moved(connection, head, self._verifier, self._told)
        if self._backend.shared:  # what another process committed is durable, and its callers may know of it
            self._told = Checkpoint(self._store.key.name, head.size, head.root)
        self._head = head
        return connection, head

    def _connect(self, *, create: bool = False) -> Connection:
        self._connection = connection = self._backend.connect(create=create)
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

    def _tend(self) -> None:
        """Do what the store needs now and then, when nobody waits for it."""
        if self._connection is None or not self._written:
            return
        try:
            self._backend.tend(self._connection, self._written)
            self._written = 0
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever goes wrong here
            self._let_go()
            self._failed(error)


def _tire(future: asyncio.Future[tuple[Appended, ...] | Declined]) -> None:
    if not future.done():
        future.set_exception(AuditUnavailable("The log did not take the record in time"))


def _unavailable(units: list[Unit], why: str) -> list[Result]:
    return [AuditUnavailable(why) for _ in units]


def _not_opened(where: str, error: Exception) -> ConfigurationInvalid:
    if isinstance(error, LogBroken):
        return ConfigurationInvalid((ConfigurationFault(where, 0, "this is not the log", str(error)),))
    problem = f"the store cannot be opened for writing ({reason(error)})"
    cure = "Check that it exists, that this user may write it, and that the disk is neither full nor failing"
    return ConfigurationInvalid((ConfigurationFault(where, 0, problem, cure),))
