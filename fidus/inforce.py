"""What is in force: the catalogue that the store holds, as one immutable value in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fidus.catalogue import parse_catalogue
from fidus.model import Catalogue, Service


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store says: the epoch, the files that were applied (none: nothing yet), what is suspended."""

    epoch: int
    digest: bytes
    files: Mapping[str, bytes] = field(repr=False)
    suspended: frozenset[str] = frozenset()


class InForce:
    """Reads the store when told that the epoch has moved; otherwise costs nothing."""

    def __init__(
        self,
        stored: Callable[[int], Stored | None],
        services: Mapping[str, Service],
    ) -> None:
        """`stored`: reads the store; None while it is still of the given epoch. Called in a thread."""
        self._stored = stored
        self._services = services
        self._lock = asyncio.Lock()
        self.catalogue = Catalogue(0, b"", {}, {}, services)

    async def reload(self) -> None:
        """Take over what the store holds now. Raises AuditUnavailable, ConfigurationInvalid."""
        async with self._lock:
            self.catalogue = await asyncio.to_thread(self._read, self.catalogue)

    def _read(self, known: Catalogue) -> Catalogue:
        """In a thread: thousands of files take a while."""
        stored = self._stored(known.epoch)
        if stored is None:
            return known
        if not stored.files:
            return Catalogue(stored.epoch, stored.digest, {}, {}, self._services, stored.suspended)
        return parse_catalogue(stored.files, self._services, stored.epoch, stored.suspended)
