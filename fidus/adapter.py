"""What the hub expects of a source's adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from fidus.errors import SourceError
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


@runtime_checkable
class ManyAdapter(Adapter, Protocol):
    """A source that can also be asked about many at once."""

    def takes_many(self, query: Query) -> bool:
        """Whether `fetch_many` takes this query; one that it does not take goes through `fetch`."""
        ...

    def fetch_many(self, queries: Sequence[Query]) -> AsyncIterator[tuple[int, Answer | SourceError]]:
        """Ask about all of them, of one service, in as few questions as the source allows.

        Gives each index of `queries` once, in any order, as the answers come. An index that has not come by
        the end is AnswerInvalid to the caller; raising fails all that have not come. The intents of all
        rows are durable before the call. As `fetch`: never retries, caches or logs a value.
        """
        ...
