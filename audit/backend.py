"""What the log's writer asks of a database. One module each: audit/sqlite.py and audit/postgres.py.

Everything else about the log is the same on both, and knows no dialect but for audit/direct.py and
audit/upsert.py.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from audit.snapshot import Snapshots


class Backend(Protocol):
    """How a store is reached, locked and recognised. For one writer, in one thread.

    Each method raises what audit.connection.TROUBLE names when the store fails.
    """

    @property
    def where(self) -> str:
        """The store in the words of a message: never with a password."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes write it too, in turn at the head row."""
        ...

    def connect(self, *, create: bool) -> Connection:
        """A new connection, fit for what the log promises. `create`: also to a store that has no tables."""
        ...

    def lock(self, connection: Connection) -> None:
        """Begin a transaction whose reads stay true until its end: nobody else writes meanwhile."""
        ...

    def lock_tables(self, connection: Connection) -> None:
        """Likewise, to make or change tables: the head row need not be there yet."""
        ...

    def settle(self, connection: Connection) -> None:
        """Once, before anything is built upon what a former process left: make it durable."""
        ...

    def check(self) -> None:
        """After a transaction, before anybody is told: it went to the store. Raises OSError."""
        ...

    def tend(self, connection: Connection, records: int) -> None:
        """Between two groups, when nobody waits: what the store needs now and then. `records`: written
        since the last time."""
        ...

    def snapshots(self) -> Snapshots:
        """Views of the store for a reader."""
        ...
