"""The store in a PostgreSQL database, which any number of processes write, in turn at the head row.

What the log promises rests on the server: every session forces `synchronous_commit`, and a server that
does not sync (`fsync`), that goes on after a failed sync (`data_sync_retry`) or that answers by another
session than the one that was trusted (a pooler) is not written to.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool, QueuePool

from audit.connection import Unfit, drop
from audit.direct import ask
from audit.snapshot import Snapshots

R = TypeVar("R")

CONNECTS_WITHIN_S: Final = 3  # for each host that the URL names
ANSWERS_WITHIN_S: Final = 5.0  # one statement, or a commit
TURN: Final = 0.6  # of that time, others may hold the head row
READS_WITHIN_S: Final = 10.0  # one question of a reader
IDLE_WITHIN_S: Final = 5.0  # a process that froze while it holds the head row loses its session

_TABLES_LOCK: Final = 0x666964757300  # any number, the same in every process: "fidus" in ASCII, and 00
_LOCK: Final = "SELECT id FROM head FOR UPDATE"
_SESSION: Final = (
    "SELECT pg_backend_pid(), current_setting('synchronous_commit'), current_setting('fsync'),"
    " current_setting('data_sync_retry'), pg_is_in_recovery()"
)
_SYNCED: Final = ("on", "remote_apply")
_DURABLE: Final = (  # where a server asks for more than `on`, that stays
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') <> 'remote_apply'"
)


class _Session(psycopg.Connection[Any]):
    """A connection of which no answer is waited for longer than `within_s`, whatever the server does."""

    within_s = ANSWERS_WITHIN_S

    def wait(self, gen: PQGen[R], interval: float = 0.1, timeout: float | None = None) -> R:
        """See psycopg.Connection. Raises psycopg.OperationalError when it takes longer."""
        try:
            return super().wait(gen, interval, self.within_s if timeout is None else timeout)
        except psycopg.Error as error:
            if error.diag.message_primary is not None:  # without its detail, which quotes what was written
                error.args = (error.diag.message_primary,)
            raise


class PostgresBackend:
    """`audit.backend.Backend` over the database at `url`, in any form that libpq takes.

    `within_s`: how long one statement or commit may take; the next callers get their answer then.
    """

    shared = True

    def __init__(self, url: str, *, within_s: float = ANSWERS_WITHIN_S) -> None:
        self._url = url
        self._engine = _engine(url, within_s, writes=True)

    @property
    def where(self) -> str:
        """See Backend."""
        return where(self._url)

    def connect(self, *, create: bool) -> Connection:
        """To the server that takes writes."""
        del create  # a database is made by who may, not by a hub
        connection = self._engine.connect()
        try:
            connection.begin()
            connection.info["pid"] = _fit(connection)
            connection.rollback()
        except BaseException:
            drop(connection)
            raise
        return connection

    def lock(self, connection: Connection) -> None:
        """Wait for the turn at the head row. A statement that follows sees all that was committed before."""
        connection.begin()  # for SQLAlchemy, which would not commit else
        ask(connection, _LOCK)
        if _fit(connection) != connection.info["pid"]:
            raise Unfit("another session answers than before: connect to the server without a pooler")

    def lock_tables(self, connection: Connection) -> None:
        """See Backend. One process at a time changes tables, and no group is under way meanwhile."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TABLES_LOCK})")
        if connection.exec_driver_sql("SELECT to_regclass('head')").scalar() is not None:
            connection.exec_driver_sql(_LOCK)

    def settle(self, connection: Connection) -> None:
        """The server did, before it answered."""

    def check(self) -> None:
        """What was committed went to the session that was asked."""

    def tend(self, connection: Connection, records: int) -> None:
        """The server does it by itself."""

    def snapshots(self) -> PostgresSnapshots:
        """See Backend."""
        return PostgresSnapshots(self._url)


class PostgresSnapshots(Snapshots):
    """Of the database at `url`. `within_s`: how long one question may take."""

    def __init__(self, url: str, *, within_s: float = READS_WITHIN_S) -> None:
        self._engine = _engine(url, within_s, writes=False)

    def close(self) -> None:
        """See Snapshots."""
        self._engine.dispose()

    def _engine_now(self) -> Engine:
        return self._engine

    def _begin(self, connection: Connection) -> None:
        """By the first question."""


def where(url: str) -> str:
    """The database in the words of a message, without user and password. Raises ValueError if `url` is none
    that libpq takes; its text does not repeat it."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise ValueError("This is no address of a PostgreSQL database") from None
    return f"PostgreSQL {parts.get('host', 'localhost')} {parts.get('dbname', '')}".strip()


def is_empty(url: str) -> bool:
    """Whether the database holds no store yet. Raises what audit.connection.TROUBLE names."""
    engine = _engine(url, READS_WITHIN_S, writes=False)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT to_regclass('head')").scalar()
    engine.dispose()
    return found is None


def _engine(url: str, within_s: float, *, writes: bool) -> Engine:
    settings = {
        "statement_timeout": f"{within_s}s",
        "lock_timeout": f"{TURN * within_s}s",
        "idle_in_transaction_session_timeout": f"{IDLE_WITHIN_S if writes else 0}s",
        "TimeZone": "UTC",
    }

    def connect() -> _Session:
        session = _Session.connect(url, connect_timeout=CONNECTS_WITHIN_S, application_name="fidus")
        try:
            session.within_s = within_s + 0.5  # the server's own limit comes first where it still answers
            session.execute(
                "; ".join([_DURABLE, *(f"SET {name} = '{value}'" for name, value in settings.items())])
            )
            session.commit()
        except BaseException:
            session.close()
            raise
        return session

    return create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=NullPool if writes else QueuePool,
        pool_pre_ping=not writes,
        isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
        execution_options={} if writes else {"postgresql_readonly": True},
        hide_parameters=True,  # they would put sealed entries and tags into error texts
    )


def _fit(connection: Connection) -> int:
    """The session's number, if what it commits is durable. Raises Unfit, naming the cure."""
    ((pid, synchronous_commit, fsync, data_sync_retry, standby),) = ask(connection, _SESSION)
    if standby:
        raise Unfit("the server is a standby: name the one that takes writes")
    if fsync != "on":
        raise Unfit("the server does not sync: set fsync = on there")
    if data_sync_retry != "off":
        raise Unfit("the server goes on after a failed sync: set data_sync_retry = off there")
    if synchronous_commit not in _SYNCED:
        raise Unfit("synchronous_commit does not stay on: connect to the server without a pooler")
    return int(pid)
