"""What is in force: the catalogue that the store holds, as one immutable value in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fidus.catalogue import parse_catalogue
from fidus.errors import AuditUnavailable
from fidus.model import Catalogue, Service


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store says: the epoch, the files that were applied (none: nothing yet), what is suspended."""

    epoch: int
    digest: bytes
    files: Mapping[str, bytes] = field(repr=False)
    suspended: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)
    """What the operator said of sources, by slug: block, allow; auto where nothing stands."""


class InForce:
    """Reads the store when told that the epoch has moved; otherwise costs nothing."""

    def __init__(
        self,
        stored: Callable[[int], Stored | None],
        services: Mapping[str, Service],
        say: Callable[[Mapping[str, str]], None] = lambda _: None,
    ) -> None:
        """`stored`: reads the store; None while it is still of the given epoch. Called in a thread. `say`:
        is told the operator's words about sources, whenever they are read."""
        self._stored = stored
        self._services = services
        self._say = say
        self._lock = asyncio.Lock()
        self.catalogue = Catalogue(0, b"", {}, {}, services)
        self.words: Mapping[str, str] = {}

    async def reload(self) -> None:
        """Take over what the store holds now. Raises AuditUnavailable, ConfigurationInvalid."""
        async with self._lock:
            read = await asyncio.to_thread(self._read, self.catalogue.epoch)
            if read is not None:
                self.catalogue, self.words = read
                self._say(self.words)

    def _read(self, known: int) -> tuple[Catalogue, Mapping[str, str]] | None:
        """In a thread: thousands of files take a while. None while it is still of the known epoch."""
        stored = self._stored(known)
        if stored is None:
            return None
        catalogue = Catalogue(stored.epoch, stored.digest, {}, {}, self._services, stored.suspended)
        if stored.files:
            catalogue = parse_catalogue(stored.files, self._services, stored.epoch, stored.suspended)
            if catalogue.digest != stored.digest:
                raise AuditUnavailable("the flows in the store are not those that were applied")
        return catalogue, stored.words
