"""Where the store of a home is, and who works in a home: one process, by a lock that its death releases."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from audit.backend import Backend
from audit.connection import TROUBLE, reason
from audit.postgres import READS_WITHIN_S, PostgresBackend, PostgresSnapshots, is_empty, where
from audit.snapshot import Snapshots, SqliteSnapshots
from audit.sqlite import SqliteBackend
from fidus.errors import ConfigurationFault, ConfigurationInvalid

LOCK: Final = "store.lock"
FILE: Final = "fidus.db"
SQLITE: Final = "sqlite"


def backend_of(home: Path, database: str) -> Backend:
    """How the log of a home is written. `database`: as in the settings, `sqlite` or `postgresql://…`.

    Raises ConfigurationInvalid for an address that nobody can take.
    """
    return SqliteBackend(home / FILE) if database == SQLITE else PostgresBackend(_checked(home, database))


def snapshots_of(home: Path, database: str, within_s: float = READS_WITHIN_S) -> Snapshots:
    """How it is read. `within_s`: how long one question may take. Raises as `backend_of`."""
    if database == SQLITE:
        return SqliteSnapshots(home / FILE)
    return PostgresSnapshots(_checked(home, database), within_s=within_s)


def has_store(home: Path, database: str) -> bool:
    """Whether anything was ever stored there. Raises ConfigurationInvalid where that cannot be found out."""
    if database == SQLITE:
        return (home / FILE).exists()
    try:
        return not is_empty(_checked(home, database))
    except TROUBLE as error:
        cure = "Check the address, the user's rights, and that the server takes connections"
        raise _invalid(home, f"{where(database)} cannot be read ({reason(error)})", cure) from None


def _checked(home: Path, database: str) -> str:
    try:
        where(database)
    except ValueError as error:
        raise _invalid(home, f"database: {error}", "Write postgresql://user@host/name") from None
    return database


class StoreLock:
    """`flock` on HOME/store.lock, held until `release` or the end of the process. Made by `take`.

    It guards an SQLite store, and in every home the hub's socket and the published files.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, home: Path) -> StoreLock:
        """Take the lock or raise ConfigurationInvalid at once, where another process holds it or the file
        cannot be made. The file itself stays behind; only its lock counts."""
        file = home / LOCK
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _invalid(
                file,
                f"the lock cannot be made ({error.strerror})",
                "Name a home that exists and that this user may write",
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _invalid(
                file, "another process has this store open", "Stop it, or ask the running hub to do it"
            ) from None
        return cls(descriptor)

    def release(self) -> None:
        """Let others have the store."""
        os.close(self._descriptor)


def _invalid(file: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(file), 0, problem, cure),))
