"""Consultations that lost their process or their outcome get one all the same: `interrupted`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from audit.event import Event, Kind, Outcome
from audit.log import Cause, Declined, Log, Spend, Write
from audit.recorder import Recorder
from fidus.errors import AuditUnavailable
from fidus.model import TraceIds


class OpenConsultation(Protocol):
    """A row of the store: an intent that has no outcome yet."""

    @property
    def consultation(self) -> str: ...
    @property
    def lease(self) -> str: ...
    @property
    def failed(self) -> str: ...


class Interrupter:
    """Writes `interrupted` for intents whose process is gone, and for one's own that could not be ended."""

    def __init__(
        self,
        log: Log,
        recorder: Recorder,
        opened: Callable[[], Iterable[OpenConsultation]],
        intent: Callable[[UUID], bytes | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._log = log
        self._recorder = recorder
        self._opened = opened
        self._intent = intent
        self._clock = clock
        self._abandoned: set[str] = set()

    def abandon(self, consultation: UUID) -> None:
        """This process gave the consultation up without knowing whether the log has its outcome."""
        self._abandoned.add(str(consultation))

    async def sweep(self, gone: Callable[[str], bool]) -> int:
        """End every open intent whose lease is `gone`, and one's own abandoned ones; say how many.

        Raises AuditUnavailable; what was not ended is tried again at the next sweep.
        """
        ended = 0
        abandoned = set(self._abandoned)
        for row in list(self._opened()):
            if row.consultation in abandoned or gone(row.lease):
                ended += await self._end(row)
        self._abandoned -= abandoned
        return ended

    async def _end(self, row: OpenConsultation) -> int:
        bytes_ = self._intent(UUID(row.consultation))
        if bytes_ is None:
            raise AuditUnavailable
        spends = (Spend(row.failed, 1, None, "guesses"),) if row.failed else ()
        record = await self._recorder.record(
            _interrupted(json.loads(bytes_), self._clock()),
            spends=spends,
            writes=(Write("consultations", "close", {"consultation": row.consultation}),),
        )
        written = await self._log.append(record)
        if isinstance(written, Declined):
            if written.cause is not Cause.DUPLICATE:
                raise AuditUnavailable
            return 0
        return 1


def _interrupted(intent: dict[str, Any], at: datetime) -> Event:
    """The outcome that copies its intent's members; it has no seal, since nobody was told anything."""
    traces = intent["traceIds"]
    related = traces.get("related")
    return Event(
        kind=Kind.OUTCOME,
        at=at,
        consultation=UUID(intent["consultation"]),
        institution=intent["institution"],
        actor=intent.get("actor"),
        flow=intent["flow"],
        flow_digest=base64.b64decode(intent["flowDigest"]),
        channel=intent["channel"],
        trace_ids=TraceIds(UUID(traces["own"]), None if related is None else UUID(related)),
        outcome=Outcome.INTERRUPTED,
        fields=(),
        request=base64.b64decode(intent["request"]),
    )
