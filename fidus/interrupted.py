"""Consultations that lost their process or their outcome get one all the same: `interrupted`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from audit.canonical import unb64
from audit.event import Event, Kind, Outcome
from audit.log import Declined, Log, Write
from audit.recorder import Recorder
from fidus.counters import failed_guess
from fidus.model import TraceIds


class OpenConsultation(Protocol):
    """A row of the store: an intent that has no outcome yet. `entry`: its index in the log. `failed`: the
    counter of failed guesses that an interruption adds to, "" where nothing was to be guessed."""

    @property
    def consultation(self) -> str: ...
    @property
    def failed(self) -> str: ...
    @property
    def entry(self) -> int: ...


class Interrupter:
    """Ends what nobody works on any more: an intent without outcome that is not under way here and of no
    living process was left behind, by this process or by one that is gone."""

    def __init__(
        self,
        log: Log,
        recorder: Recorder,
        opened: Callable[[], Iterable[OpenConsultation]],
        entry: Callable[[int], bytes],
        clock: Callable[[], datetime],
    ) -> None:
        """`opened` gives what no other living process works on. It and `entry` read the store, are called in
        a thread and may raise AuditUnavailable."""
        self._log = log
        self._recorder = recorder
        self._opened = opened
        self._entry = entry
        self._clock = clock
        self._under_way: set[str] = set()

    @property
    def under_way(self) -> int:
        """How many consultations this process works on."""
        return len(self._under_way)

    @contextmanager
    def working_on(self, consultation: UUID) -> Iterator[None]:
        """Until its end, by whatever way, this consultation is left alone. Begin before its intent."""
        name = str(consultation)
        self._under_way.add(name)
        try:
            yield
        finally:
            self._under_way.discard(name)

    async def sweep(self) -> int:
        """End every consultation that was left behind; say how many.

        Raises AuditUnavailable; what was not ended is tried again at the next sweep.
        """
        ended = 0
        # Whoever was read as open and is not under way afterwards has given up, or has its outcome by now:
        # then the log declines another one.
        for row in await asyncio.to_thread(self._opened):
            if row.consultation not in self._under_way:
                ended += await self._end(row)
        return ended

    async def _end(self, row: OpenConsultation) -> bool:
        intent = json.loads(await asyncio.to_thread(self._entry, row.entry))
        record = await self._recorder.record(
            _interrupted(intent, self._clock()),
            spends=(failed_guess(row.failed),) if row.failed else (),
            writes=(Write("consultations", "close", {"consultation": row.consultation}),),
        )
        return not isinstance(await self._log.append(record), Declined)


def _interrupted(intent: dict[str, Any], at: datetime) -> Event:
    """The outcome that copies its intent's members; it has no seal, since nobody was told anything."""
    traces = {name: UUID(trace) for name, trace in intent["traceIds"].items()}
    return Event(
        kind=Kind.OUTCOME,
        at=at,
        consultation=UUID(intent["consultation"]),
        institution=intent["institution"],
        actor=intent.get("actor"),
        flow=intent["flow"],
        flow_digest=unb64(intent["flowDigest"]),
        channel=intent["channel"],
        trace_ids=TraceIds(**traces),
        outcome=Outcome.INTERRUPTED,
        fields=(),
        request=unb64(intent["request"]),
    )
