"""What the hub expects of a source's adapter."""

from __future__ import annotations

from typing import Protocol

from fidus.model import Answer, Query


class Adapter(Protocol):
    """One source. Knows its protocol, and nothing of flows, purposes, the log or filtering."""

    async def fetch(self, query: Query) -> Answer:
        """Ask the source once. Raises SourceError, and nothing else, when it gave no answer.

        Returns every field of the contract; the exchange filters. Never retries, never caches, never logs
        a value. Bounded by the source's own deadline.
        """
        ...

    async def ping(self) -> None:
        """Return if the source can be reached; raises SourceError otherwise. Asks about nobody."""
        ...

    async def close(self) -> None:
        """Give back connections. Further calls raise SourceUnavailable."""
        ...
