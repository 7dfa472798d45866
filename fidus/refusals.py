"""The record of refusals: one by one up to a bound, counted beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from audit.canonical import moment
from audit.event import Event, Kind
from audit.log import Declined, Log, Spend
from audit.recorder import Recorder
from fidus.errors import (
    AuditUnavailable,
    Conflict,
    ExchangeRefused,
    FidusError,
    HubFault,
    IdempotencyKeyReused,
    MethodNotAllowed,
    MissingPermission,
    NotAcceptable,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    QuotaReason,
    RequestInvalid,
    SourceAnswerInvalid,
    SourceFault,
    SourceSignatureInvalid,
    SourceTimeout,
    SourceUnavailable,
    UnsupportedMedia,
)

PER_MINUTE: Final = 300

_REASONS: Final[Mapping[type[FidusError], str]] = {
    RequestInvalid: "badRequest",
    NotFound: "resourceNotFound",
    MissingPermission: "missingPermission",
    Conflict: "conflict",
    PayloadTooLarge: "payloadTooLarge",
    UnsupportedMedia: "unsupportedMediaType",
    NotAcceptable: "notAcceptable",
    MethodNotAllowed: "methodNotAllowed",
    IdempotencyKeyReused: "idempotencyKeyReused",
    SourceUnavailable: "sourceUnavailable",
    SourceTimeout: "sourceTimeout",
    SourceFault: "sourceFault",
    SourceAnswerInvalid: "sourceAnswerInvalid",
    SourceSignatureInvalid: "sourceSignatureInvalid",
    AuditUnavailable: "serviceUnavailable",
    HubFault: "internalServerError",
}


def reason_of(error: FidusError) -> str:
    """The last part of the problem type, as entries name it (formats.md §1); an error that has none is a bug
    of the hub's."""
    if isinstance(error, ExchangeRefused):
        return error.reason.value
    if isinstance(error, QuotaExceeded):
        spent = error.reason is QuotaReason.GUESSES_SPENT
        return "tooManyFailedRequests" if spent else "tooManyRequests"
    return _REASONS.get(type(error), _REASONS[HubFault])


@dataclass(slots=True)
class _Tally:
    """Refusals by reason, counted since the first of them."""

    since: datetime
    reasons: Counter[str] = field(default_factory=Counter)


class Refusals:
    """Records each refusal of an institution before it leaves, up to 300 a minute each; what lies beyond,
    and peers that are no institution, is counted and written as one entry a minute."""

    def __init__(self, log: Log, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._recorder = recorder
        self._clock = clock
        self._tallies: dict[str | None, _Tally] = {}

    async def record(self, event: Event, error: FidusError) -> FidusError:
        """Make the refusal durable; give back the error to tell, which is QuotaExceeded beyond the bound.

        Raises AuditUnavailable if it cannot be recorded.
        """
        told = replace(event, error=reason_of(error), rule=getattr(error, "rule", None))
        minute = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
        spend = Spend(f"refusals:{event.institution}:{minute}", 1, PER_MINUTE, "refusals")
        written = await self._log.append(await self._recorder.record(told, spends=(spend,)))
        if isinstance(written, Declined):
            self.count(event.institution, reason_of(error))
            return QuotaExceeded(QuotaReason.REFUSALS, PER_MINUTE, 60 - event.at.second)
        return error

    def count(self, institution: str | None, reason: str) -> None:
        """One refusal that gets no entry of its own. None: a peer that is no institution."""
        self._tallies.setdefault(institution, _Tally(self._clock())).reasons[reason] += 1

    async def flush(self) -> None:
        """Write one entry for each institution with counts, and one for all strangers together.

        Raises AuditUnavailable; what is not certainly written stays counted, rather twice than never.
        """
        for institution in list(self._tallies):
            tally = self._tallies.pop(institution)
            try:
                await self._write(institution, tally)
            except AuditUnavailable:
                if (newer := self._tallies.get(institution)) is not None:
                    tally.reasons.update(newer.reasons)
                self._tallies[institution] = tally
                raise

    async def _write(self, institution: str | None, tally: _Tally) -> None:
        now = self._clock()
        detail = {
            "period": {"from": moment(tally.since), "until": moment(now)},
            "reasons": dict(sorted(tally.reasons.items())),
        }
        event = Event(kind=Kind.REFUSALS, at=now, institution=institution, detail=detail)
        await self._log.append(await self._recorder.record(event))
