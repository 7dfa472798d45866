"""What stands around the hub in tests: a clock, a source in memory, the operator, the way to the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from audit.log import Appended, Declined, Record
from audit.writer import StoredLog
from fidus.errors import AuditUnavailable, SourceError
from fidus.model import Answer, Query, TraceIds, Why
from tests.fidus.questions import absent


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


async def _nothing() -> None:
    """What happens meanwhile, unless a test says otherwise."""


@dataclass
class Register:
    """A source in memory. `holds`: by SSIN an answer, or what is raised; others are unknown to it.
    `meanwhile`: what happens while it is asked."""

    holds: dict[str, Answer | BaseException] = field(default_factory=dict)
    asked: list[Query] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] = _nothing

    async def fetch(self, query: Query) -> Answer:
        self.asked.append(query)
        await self.meanwhile()
        held = self.holds.get(query.values["ssin"], absent(Why.UNKNOWN_SUBJECT))
        if isinstance(held, BaseException):
            raise held
        return held

    async def ping(self) -> None:
        return

    async def close(self) -> None:
        return


@dataclass
class Troubles:
    """What the operator would be told."""

    bugs: list[tuple[type[BaseException], TraceIds]] = field(default_factory=list)
    signals: list[tuple[str, str, str]] = field(default_factory=list)
    duties: list[tuple[str, type[BaseException]]] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)

    def bug(self, error: BaseException, traces: TraceIds) -> None:
        self.bugs.append((type(error), traces))

    def source(self, error: SourceError) -> None:
        self.sources.append((error.source, error.cause))

    def signal(self, event: str, *, flow: str, institution: str) -> None:
        self.signals.append((event, flow, institution))

    def duty(self, name: str, error: BaseException) -> None:
        self.duties.append((name, type(error)))


class Line:
    """The way to the real log. `losing`: kinds of entries of which the reply gets lost, once each. `before`:
    happens before anything is appended, with what is to be."""

    def __init__(self, log: StoredLog) -> None:
        self.log = log
        self.losing: list[str] = []
        self.before: Callable[[tuple[Record, ...]], Awaitable[None]] | None = None

    async def append(self, *records: Record) -> tuple[Appended, ...] | Declined:
        if self.before is not None:
            await self.before(records)
        written = await self.log.append(*records)
        for record in records:
            if record.entry is not None and record.entry["kind"] in self.losing:
                self.losing.remove(record.entry["kind"])
                raise AuditUnavailable
        return written

    async def prove(self, index: int) -> str:
        return await self.log.prove(index)

    async def close(self) -> None:
        await self.log.close()
