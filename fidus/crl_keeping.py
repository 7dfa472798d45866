"""Keeps the lists of revoked certificates fresh: fetched before they end, and on disk for the next start.

Each issuer has tasks of its own, so that a slow server delays nobody else's list. A list is in force from the
moment it is read; then it is made durable. What was taken once is never replaced by an older one, across
restarts too: the kept file remembers.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.serialization import Encoding

from audit.durable import write_file
from fidus.crl import CrlInvalid, read_crl
from fidus.crl_fetch import FetchFailed, fetch, is_url, read
from fidus.revocation import Freshness, Watched

REFRESH_S: Final = 3600.0  # so much after its publication a revocation is known, at the latest
LEAST_S: Final = 60.0
FILE_S: Final = 5.0  # looking at a file costs nobody anything
LONGEST_RETRY_S: Final = 900.0


class Journal(Protocol):
    """Where the operator reads what became of the lists."""

    def revocation(self, event: str, *, issuer: str, reason: str, alarm: bool) -> None:
        """One event about an issuer's list. `alarm`: somebody has to do something."""
        ...


@dataclass(slots=True)
class Source:
    """Where an issuer's list comes from: addresses or paths, tried in this order until one gives a list."""

    watched: Watched
    locations: tuple[str, ...]
    trusted: ssl.SSLContext | None = None
    failures: int = 0
    due: datetime | None = None
    last: bytes = b""  # as it came
    kept: bytes = b""  # as it is on disk
    told: Freshness = Freshness.CURRENT
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Keeper:
    """Fetches, verifies, keeps. `draw` gives numbers from 0 to 1, by which hubs spread their fetching."""

    def __init__(
        self,
        sources: Iterable[Source],
        folder: Path,
        now: Callable[[], datetime],
        journal: Journal,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._sources = tuple(sources)
        self._folder, self._now, self._journal, self._draw = folder, now, journal, draw
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def open(self) -> None:
        """Take what was kept. Asks nobody."""
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        for source in self._sources:
            await self._take_kept(source)

    async def begin(self) -> None:
        """Ask once, before anybody is answered, for those lists of which none is known that serves."""
        now = self._now()
        without = [source for source in self._sources if not source.watched.freshness(now).serves]
        await asyncio.gather(*(self._ask(source) for source in without))
        self._tell_freshness()

    async def keep(self) -> None:
        """A duty, for every second: begin what is due, and tell what has become too old."""
        self._tell_freshness()
        now = self._now()
        for source in self._sources:
            name = source.watched.name
            if name in self._tasks and self._tasks[name].done():
                self._tasks.pop(name).result()  # a bug, if it raises: told as that of a duty
            if name not in self._tasks and (source.due is None or source.due <= now):
                self._tasks[name] = asyncio.create_task(self._ask(source), name=f"crl {name}")

    async def refresh(self) -> None:
        """Ask for every list now, and wait for what comes."""
        await asyncio.gather(*(self._ask(source) for source in self._sources))
        self._tell_freshness()

    async def close(self) -> None:
        """Break off what is under way: a list that was not taken is taken at the next start."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _ask(self, source: Source) -> None:
        """One round over the locations. Sets when the next one is due, whatever comes of this one."""
        async with source.asking:
            source.due = self._now() + timedelta(seconds=LEAST_S)
            await self._ask_each(source)
            source.due = self._now() + timedelta(seconds=self._pause_s(source))

    async def _ask_each(self, source: Source) -> None:
        for location in source.locations:
            try:
                await self._take(source, await self._bytes(source, location))
            except (FetchFailed, CrlInvalid) as error:
                self._tell("crl_not_taken", source, str(error), alarm=False)
            else:
                source.failures = 0
                return
        source.failures += 1

    async def _bytes(self, source: Source, location: str) -> bytes:
        if is_url(location):
            return await fetch(location, trusted=source.trusted)
        return await read(Path(location))

    async def _take(self, source: Source, data: bytes) -> None:
        """Into force, then onto the disk. Raises CrlInvalid."""
        watched = source.watched
        if data == source.last:
            return
        crl = await asyncio.to_thread(read_crl, data, watched.issuer, self._now())
        if watched.crl is not None:
            crl.require_no_older_than(watched.crl)
        is_new = watched.crl is None or watched.crl.der != crl.der
        watched.crl = crl
        if is_new:
            self._tell("crl_taken", source, f"number {crl.number}", alarm=False)
        if source.kept != crl.der:
            try:
                await asyncio.to_thread(write_file, self._kept(watched), crl.der, 0o600)
            except OSError as error:
                self._tell("crl_not_kept", source, error.strerror or type(error).__name__, alarm=True)
                return  # tried again at the next round
            source.kept = crl.der
        source.last = data

    async def _take_kept(self, source: Source) -> None:
        watched = source.watched
        try:
            data = await read(self._kept(watched))
            watched.crl = await asyncio.to_thread(read_crl, data, watched.issuer, self._now())
            source.kept = data
        except FetchFailed:
            return  # none yet
        except CrlInvalid as error:
            self._tell("crl_kept_unusable", source, str(error), alarm=True)

    def _kept(self, watched: Watched) -> Path:
        der = watched.issuer.public_bytes(Encoding.DER)
        return self._folder / f"{hashlib.sha256(der).hexdigest()[:32]}.crl"

    def _pause_s(self, source: Source) -> float:
        """Until the next round: before the list ends, and spread out so that hubs do not all come at once."""
        if not any(is_url(location) for location in source.locations):
            return LEAST_S if source.failures else FILE_S
        if source.failures:
            longest = min(LEAST_S * (1 << min(source.failures - 1, 10)), LONGEST_RETRY_S)
            return longest * (0.5 + 0.5 * self._draw())
        assert source.watched.crl is not None
        half = (source.watched.crl.next_update - self._now()).total_seconds() / 2
        return max(min(REFRESH_S, half) * (0.8 + 0.2 * self._draw()), LEAST_S)

    def _tell_freshness(self) -> None:
        now = self._now()
        for source in self._sources:
            freshness = source.watched.freshness(now)
            if freshness is not source.told:
                source.told = freshness
                self._tell("crl_freshness", source, freshness.value, alarm=freshness.is_alarming)

    def _tell(self, event: str, source: Source, reason: str, *, alarm: bool) -> None:
        self._journal.revocation(event, issuer=source.watched.name, reason=reason, alarm=alarm)
