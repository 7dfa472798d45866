"""What the REST interface needs of the hub behind it. `fidus/app.py` gives it; tests give a small one.

The interface knows HTTP and nothing else: who asks is found by `fidus/identity.py`, everything about flows,
records and sources happens behind this protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from fidus.errors import FidusError, IdentityReason
from fidus.model import Caller, Catalogue, Channel, Quota, TraceIds
from fidus.trouble import Trouble
from fidus.trust import Trust


class Health(StrEnum):
    """The health statuses of the Belgif guide: DEGRADED still answers, DOWN does not."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


class Consulted(Protocol):
    """What a consultation gives back (`fidus.exchange.Consulted` is one).

    `answer`: the whole answer with its receipt, sent as it is. `day_used`: consultations of this flow today,
    this one included.
    """

    @property
    def answer(self) -> Mapping[str, Any]: ...
    @property
    def quota(self) -> Quota: ...
    @property
    def day_used(self) -> int: ...


class HubProtocol(Protocol):
    """The hub, seen from its REST interface. All of it is called on one event loop."""

    @property
    def catalogue(self) -> Catalogue:
        """What is in force at this moment."""
        ...

    @property
    def trust(self) -> Trust:
        """Whose word on a client's identity is taken."""
        ...

    @property
    def log_directory(self) -> Path:
        """Where the log's files are published (facts of the log: `checkpoint`, `tile/…`)."""
        ...

    @property
    def trouble(self) -> Trouble:
        """Where bugs are told: by class and place."""
        ...

    def now(self) -> datetime:
        """The moment, with its time zone."""
        ...

    async def consult(
        self,
        caller: Caller,
        flow_id: str,
        body: bytes | FidusError,
        traces: TraceIds,
        channel: Channel = Channel.API,
    ) -> Consulted:
        """Treat one question that came by this channel.

        `body`: raw bytes, or the error with which reading the request ended: RequestInvalid (query
        parameter, interrupted), PayloadTooLarge, UnsupportedMedia or NotAcceptable. An unknown flow is 404
        all the same. Runs to its record whether or not somebody waits. Raises FidusError, with
        `consultation` once an intent is durable.
        """
        ...

    async def receipt(self, caller: Caller, consultation_id: str, traces: TraceIds) -> Mapping[str, Any]:
        """{consultationId, outcome, receipt}. Raises NotFound, Conflict, AuditUnavailable."""
        ...

    async def used_today(self, flow_id: str) -> int:
        """How many consultations this flow had today, for the RateLimit header. Raises AuditUnavailable."""
        ...

    async def health(self) -> Health:
        """Whether questions can be answered. Cheap: asked by anyone, as often as they like."""
        ...

    def stranger(self, reason: IdentityReason) -> None:
        """Count one request of a peer that is no institution."""
        ...

    async def refused(
        self, caller: Caller, error: FidusError, traces: TraceIds, flow_id: str | None = None
    ) -> FidusError:
        """Record a 4xx that was decided before the hub was asked: the role is missing, or on the log's files.

        `flow_id`: the flow named in the path, as the caller wrote it. Gives back the error to tell, which is
        QuotaExceeded beyond the bound of single records. Raises AuditUnavailable.
        """
        ...
