"""Where open data stand, and how new ones take the place of former ones: built aside, then renamed at once.

Until that moment the former ones answer; whoever reads them then reads them to the end.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.store import cbe
from fidus.store.engine import SQLITE

Fact: TypeAlias = tuple[int, int, int, str]  # columns of cbe.FACTS

FILE: Final = "cbe.db"
SCHEMA: Final = "fidus_cbe"
WAITS_S: Final = 60  # for those who read, before a load gives up and may be gone on with
_ASIDE, _FORMER = f"{SCHEMA}_loading", f"{SCHEMA}_former"
_INSERT: Final = f"INSERT INTO {_ASIDE}.facts SELECT * FROM new_facts ON CONFLICT DO NOTHING"  # noqa: S608
_LOCK: Final = 0x666964757301  # any number, the same in every process: "fidus" in ASCII, and 01


class Shelf(ABC):
    """The open data of one home. One process at a time loads: `take` says whether it is this one."""

    @abstractmethod
    def about(self) -> dict[str, str]:
        """What is said of those that answer now; nothing where there are none, or of another format."""

    @abstractmethod
    def take(self) -> None:
        """Hold the shelf for loading, until `close`. Raises ConfigurationInvalid where another loads."""

    @abstractmethod
    def unfinished(self) -> dict[str, str]:
        """What is said of those that a former process began to load."""

    @abstractmethod
    def begin(self, *, copy: bool) -> None:
        """Make new ones aside, in place of unfinished ones: empty, or as those that answer now."""

    @abstractmethod
    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """One transaction on those aside."""

    @abstractmethod
    def add(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """Put rows into those aside, but for those that are there already."""

    @abstractmethod
    def publish(self) -> None:
        """From now on those aside answer. When it returns they are on stable storage."""

    @abstractmethod
    def close(self) -> None:
        """Let others load."""


def shelf_of(home: Path, database: str) -> Shelf:
    """`database`: as in the settings, `sqlite` or `postgresql://…`."""
    return SqliteShelf(home) if database == SQLITE else PostgresShelf(database)


def _told(engine: Engine) -> dict[str, str]:
    """What is said of the data there; nothing of what is damaged, half made or of another format."""
    with suppress(DatabaseError), engine.connect() as connection:
        told = cbe.about(connection)
        return told if told.get("format") == cbe.FORMAT else {}
    return {}


def _busy(place: str) -> ConfigurationInvalid:
    fault = ConfigurationFault(place, 0, "another process loads open data here", "Wait until it ends")
    return ConfigurationInvalid((fault,))


class SqliteShelf(Shelf):
    """A file beside the store, which the log's writer never opens."""

    def __init__(self, home: Path) -> None:
        self._file, self._aside, self._copy = (home / name for name in (FILE, "cbe.loading", "cbe.copy"))
        self._lock_file = home / "cbe.lock"
        self._lock: int | None = None
        self._engine: Engine | None = None

    def about(self) -> dict[str, str]:
        """See Shelf."""
        return _told(_sqlite(self._file, "ro")) if self._file.exists() else {}

    def take(self) -> None:
        """See Shelf."""
        self._lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise _busy(str(self._lock_file)) from None

    def unfinished(self) -> dict[str, str]:
        """See Shelf."""
        return _told(_sqlite(self._aside, "rw")) if self._aside.exists() else {}

    def begin(self, *, copy: bool) -> None:
        """See Shelf. A copy that was cut short is never taken for a whole one."""
        _unlink(self._aside)
        _unlink(self._copy)
        if copy:
            shutil.copyfile(self._file, self._copy)
            self._copy.rename(self._aside)
        self._aside.touch(mode=0o600)
        with self.aside() as connection:
            cbe.METADATA.create_all(connection)

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """See Shelf. What a killed process committed is kept; after a failure of the machine at most the
        last seconds are lost."""
        if self._engine is None:
            self._engine = _sqlite(self._aside, "rw")
        with self._engine.begin() as connection:
            yield connection

    def add(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """See Shelf."""
        if facts:
            connection.exec_driver_sql("INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?)", list(facts))

    def publish(self) -> None:
        """See Shelf. It becomes one file without a write-ahead log, so that a rename moves all of it."""
        self._engine = None
        with _sqlite(self._aside, "rw").connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.execute("PRAGMA journal_mode=DELETE")
        _sync(self._aside)
        self._aside.rename(self._file)
        _sync(self._file.parent)

    def close(self) -> None:
        """See Shelf."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _sqlite(file: Path, mode: str) -> Engine:
    # Without a pool: a connection that outlived the rename would hold on to the former file.
    engine = create_engine(
        f"sqlite+pysqlite:///file:{file.absolute()}?mode={mode}&uri=true",
        poolclass=NullPool,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _set(raw: object, _record: object) -> None:
        if mode != "ro":
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536"):
                raw.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    return engine


def _unlink(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class PostgresShelf(Shelf):
    """A schema of its own in the database of the store."""

    def __init__(self, url: str) -> None:
        self._made = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(url, application_name="fidus cbe load"),
            poolclass=NullPool,
            hide_parameters=True,
        )
        self._lock: Connection | None = None

    def about(self) -> dict[str, str]:
        """See Shelf."""
        return _told(self._in(SCHEMA))

    def take(self) -> None:
        """See Shelf."""
        self._lock = self._made.connect()
        if not self._lock.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK})").scalar():
            self.close()
            raise _busy("the database")
        self._lock.commit()

    def unfinished(self) -> dict[str, str]:
        """See Shelf."""
        return _told(self._in(_ASIDE))

    def begin(self, *, copy: bool) -> None:
        """See Shelf."""
        with self._in(_ASIDE).begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {_ASIDE} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {_ASIDE}"))
            cbe.METADATA.create_all(connection)
            for table in cbe.METADATA.sorted_tables if copy else ():
                connection.execute(
                    text(f"INSERT INTO {_ASIDE}.{table.name} SELECT * FROM {SCHEMA}.{table.name}")  # noqa: S608
                )

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """See Shelf."""
        with self._in(_ASIDE).begin() as connection:
            yield connection

    def add(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """See Shelf."""
        raw = connection.connection.driver_connection
        assert raw is not None
        with raw.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE new_facts (LIKE {_ASIDE}.facts) ON COMMIT DROP")
            with cursor.copy("COPY new_facts FROM STDIN") as copy:
                for fact in facts:
                    copy.write_row(fact)
            cursor.execute(_INSERT)

    def publish(self) -> None:
        """See Shelf. It waits for those who read: names of schemas follow no snapshot, so whoever began with
        the former tables must not go on with these."""
        with self._made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"ANALYZE {_ASIDE}.facts"))
            connection.execute(text(f"DROP SCHEMA IF EXISTS {_FORMER} CASCADE"))
        with self._made.begin() as connection:
            if connection.exec_driver_sql(f"SELECT to_regnamespace('{SCHEMA}')").scalar() is not None:
                connection.execute(text(f"SET LOCAL lock_timeout = '{WAITS_S}s'"))
                connection.execute(text(f"LOCK TABLE {SCHEMA}.about IN ACCESS EXCLUSIVE MODE"))
                connection.execute(text(f"ALTER SCHEMA {SCHEMA} RENAME TO {_FORMER}"))
            connection.execute(text(f"ALTER SCHEMA {_ASIDE} RENAME TO {SCHEMA}"))

    def close(self) -> None:
        """See Shelf."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _in(self, schema: str) -> Engine:
        return self._made.execution_options(schema_translate_map={None: schema})
