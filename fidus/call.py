"""One call, as much as is known from its first moment, and how its events begin."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.canonical import commitment
from audit.event import Event, Kind, Sealed
from fidus.errors import FidusError, RequestInvalid
from fidus.ids import uuid7
from fidus.model import Caller, Channel, Flow, Request, TraceIds


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, since when, by what way, for which flow. `nonce`: 32 bytes, opens the commitments to
    question and answer (formats.md §3)."""

    caller: Caller
    flow_id: str
    channel: Channel
    traces: TraceIds
    begun: datetime
    consultation: UUID
    nonce: bytes = field(repr=False)

    @classmethod
    def begin(cls, caller: Caller, flow_id: str, channel: Channel, traces: TraceIds, now: datetime) -> Call:
        """A call that comes in now."""
        return cls(caller, flow_id, channel, traces, now, uuid7(now), secrets.token_bytes(32))

    def event(self, kind: Kind, at: datetime, flow: Flow | None, **more: Any) -> Event:
        """An event of this call. `flow`: its flow, if it is the caller's own. `more`: further members."""
        return Event(
            kind=kind,
            at=at,
            consultation=self.consultation,
            institution=self.caller.institution,
            flow=None if flow is None else flow.id,
            flow_digest=None if flow is None else flow.digest,
            channel=self.channel.value,
            trace_ids=self.traces,
            **more,
        )

    def question(self, request: Request) -> dict[str, Any]:
        """Members for an event that tells the question: committed to in clear, told under the seal."""
        sealed = Sealed(
            subjects=request.query.subjects,
            end_user=request.context.end_user,
            case_reference=request.context.case_reference,
            query=request.query.values,
            answer_nonce=self.nonce,
        )
        digest = commitment(self.nonce, request.body)
        return {"request": digest, "asked": request.asked, "sealed": sealed}

    def as_far_as_read(self, error: RequestInvalid, flow: Flow | None) -> dict[str, Any]:
        """Members for an event that tells what could be read of a question that breaks rules."""
        digest = None if error.body is None else commitment(self.nonce, error.body)
        sealed = Sealed(subjects=error.subjects, answer_nonce=self.nonce, flow=self._typed(flow))
        return {"request": digest, "asked": error.asked, "sealed": sealed}

    def unread(self, flow: Flow | None) -> dict[str, Any]:
        """Members for the event of a question that was not looked at."""
        return {"sealed": Sealed(answer_nonce=self.nonce, flow=self._typed(flow))}

    def _typed(self, flow: Flow | None) -> str | None:
        """A flow that is not the caller's own stands under the seal: it is what somebody typed."""
        return self.flow_id if flow is None and self.flow_id else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question may not be asked, and what was known of it by then.

    `flow`: only if it is the caller's own. `facts`: what the policy was told (formats.md §1), if it decided.
    """

    error: FidusError
    flow: Flow | None = None
    request: Request | None = field(repr=False, default=None)
    facts: Mapping[str, int] | None = None

    def event(self, call: Call, at: datetime) -> Event:
        """For the record of this refusal of this call."""
        if self.request is not None:
            known = call.question(self.request)
        elif isinstance(self.error, RequestInvalid):
            known = call.as_far_as_read(self.error, self.flow)
        else:
            known = call.unread(self.flow)
        return call.event(Kind.REFUSAL, at, self.flow, facts=self.facts, **known)
