"""The store as one hub process uses it: how its log is written, and what is read of it beside the log."""

from __future__ import annotations

from audit.reader import Reader
from fidus.changes import WORD_FLAG
from fidus.inforce import Stored
from fidus.settings import Settings
from fidus.store import catalogue, consultations, leases
from fidus.store.engine import backend_of, has_store


class HubStore:
    """Of one home. `backend` is for the log's writer, `reader` for everybody else.

    What reads blocks, and raises AuditUnavailable where the store cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationInvalid for a database that nobody can take."""
        self._settings = settings
        self.backend = backend_of(settings.home, settings.database)
        self.reader = Reader(self.backend.snapshots())

    def is_new(self) -> bool:
        """Whether nothing was ever stored there, nor published here. Raises ConfigurationInvalid."""
        settings = self._settings
        return not settings.path(settings.log.directory).exists() and not has_store(
            settings.home, settings.database
        )

    def stored(self, known: int) -> Stored | None:
        """What is in force; None while it is still of this epoch."""
        with self.reader.snapshot() as connection:
            epoch = self.reader.epoch(connection)
            if epoch == known:
                return None
            stored = catalogue.load(connection)
            words = self.reader.flags(connection, WORD_FLAG)
        return Stored(epoch, stored.digest, stored.files, frozenset(stored.suspended), words)

    def left_behind(self, own: str) -> list[consultations.OpenIntent]:
        """Intents without outcome that no other living process works on. `own`: this process's lease."""
        with self.reader.snapshot() as connection:
            return consultations.left_behind(connection, own)

    def former(self) -> list[str]:
        """Leases of processes that are gone, as seen by one that begins. Who holds the lock of an SQLite
        store knows that every other process is."""
        with self.reader.snapshot() as connection:
            shared = self.backend.shared
            return leases.lapsed(connection) if shared else leases.all_leases(connection)

    def census(self, own: str) -> tuple[list[str], int]:
        """The leases of others that lapsed, and how many processes live, this one included."""
        with self.reader.snapshot() as connection:
            gone = [lease for lease in leases.lapsed(connection) if lease != own]
            return gone, max(1, leases.living(connection))
