"""One consultation from beginning to end.

    1 identify   (before this: fidus/identity.py)      5 ask        the source, once
    2 find, parse  own flow or 404; then the body      6 minimise   keep or compare
    3 decide     fidus/policy.py                       7 record     the outcome, durable
    4 intend     the intent, durable                   8 answer     data and receipt

No flow, no call; no record, no call; no record, no data. Whatever fails, fails closed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from audit.canonical import b64, canonical, commitment, moment
from audit.event import Event, Kind, Outcome, Sealed
from audit.log import Appended, Cause, Declined, Log, Record, Spend, Write
from audit.recorder import Recorder
from fidus import request as requests
from fidus.adapter import Adapter
from fidus.answering import Prepared, prepare
from fidus.call import Call
from fidus.errors import (
    AuditUnavailable,
    FidusError,
    HubFault,
    NotFound,
    PayloadTooLarge,
    RequestInvalid,
    SourceError,
)
from fidus.interrupted import Interrupter
from fidus.lease import Lease
from fidus.model import (
    Answer,
    Caller,
    Catalogue,
    Channel,
    Facts,
    Flow,
    Mode,
    Quota,
    Request,
    Service,
    TraceIds,
)
from fidus.pace import Pace
from fidus.policy import Asked, Granted, Refused, brussels_day, decide, own_flow
from fidus.refusals import Refusals, reason_of
from fidus.trouble import Trouble

_COUNTED = ("dayUsed", "guesses", "guessesTaken")
ATTEMPTS = 8  # decisions about one request before the hub gives up: each needs a policy or counter change


@dataclass(frozen=True, slots=True)
class Consulted:
    """What the caller gets. `answer` with its receipt; `day_used` includes this consultation."""

    answer: Mapping[str, Any] = field(repr=False)
    quota: Quota
    day_used: int


@dataclass(frozen=True, slots=True)
class _Intended:
    """A call whose intent is durable."""

    call: Call
    flow: Flow
    service: Service
    request: Request = field(repr=False)
    commitment: bytes | None
    taken: str | None  # in confirm mode: the counter of guesses under way or failed
    failed: str | None  # and of those that failed
    day_used: int
    lease: str


class Exchange:
    """The gate. One public method; safe to call from many tasks at once."""

    def __init__(
        self,
        *,
        in_force: Callable[[], Catalogue],
        reload: Callable[[], Awaitable[None]],
        adapters: Mapping[str, Adapter],
        log: Log,
        recorder: Recorder,
        lease: Lease,
        refusals: Refusals,
        interrupter: Interrupter,
        trouble: Trouble,
        clock: Callable[[], datetime],
        synthetic: bool,
    ) -> None:
        self._in_force = in_force
        self._reload = reload
        self._adapters = adapters
        self._log = log
        self._recorder = recorder
        self._lease = lease
        self._refusals = refusals
        self._interrupter = interrupter
        self._trouble = trouble
        self._clock = clock
        self._synthetic = synthetic
        self._pace = Pace()

    async def consult(
        self, caller: Caller, flow_id: str, body: bytes | FidusError, channel: Channel, traces: TraceIds
    ) -> Consulted:
        """Treat one question. `body`: the raw body, or the error with which reading it ended.

        Raises an error of the tree, each recorded before it leaves, but for AuditUnavailable, which says
        that nothing can be recorded. After an intent the error carries the consultation.
        """
        call = Call.begin(caller, flow_id, channel, traces, self._clock())
        try:
            intended = await self._intend(call, body)
        except (AuditUnavailable, HubFault):
            raise
        except FidusError as error:
            raise await self._refused(call, body, error) from None
        try:
            return await self._fulfil(intended)
        except FidusError as error:
            error.consultation = call.consultation
            raise

    async def _intend(self, call: Call, body: bytes | FidusError) -> _Intended:
        """Steps 2 to 4. Decided again, from the start, when the policy or a counter moved meanwhile."""
        facts = Facts(now=self._clock())
        for _ in range(ATTEMPTS):
            catalogue = self._in_force()
            flow = own_flow(catalogue, call.caller.institution, call.flow_id)  # (2)
            if flow is None:
                raise NotFound
            if isinstance(body, FidusError):
                raise body
            service = catalogue.services[flow.service]
            request = requests.parse(body, flow, service, self._synthetic)
            now = self._clock()
            facts = replace(
                facts,
                now=now,
                suspended=flow.id in catalogue.suspended,
                second_used=self._pace.used(flow.id, now),
            )
            asked = Asked(call.caller.institution, flow.id, call.channel, request)
            decision = decide(asked, catalogue, facts)  # (3)
            if isinstance(decision, Refused):
                raise decision.error
            written = await self._write_intent(call, decision, request, catalogue, now)  # (4)
            if isinstance(written, _Intended):
                self._pace.take(flow.id, now)
                return written
            if written.cause is Cause.EPOCH:
                await self._reload()
            elif written.cause is Cause.EXPECT:
                raise AuditUnavailable  # the lease has lapsed; its keeper takes a new one
            facts = _told(facts, written)
        raise AuditUnavailable

    async def _write_intent(
        self, call: Call, granted: Granted, request: Request, catalogue: Catalogue, now: datetime
    ) -> _Intended | Declined:
        flow, day = granted.flow, brussels_day(now).isoformat()
        spends = [Spend(f"day:{flow.id}:{day}", 1, flow.quota.per_day, "dayUsed")]
        taken = failed = None
        if flow.mode is Mode.CONFIRM:
            guess = f"{flow.id}:{self._recorder.pseudonym(request.query.subjects[0])}:{day}"
            taken, failed = f"taken:{guess}", f"no:{guess}"
            spends.append(Spend(taken, 1, flow.max_guesses, "guessesTaken"))
        event = call.with_question(call.event(Kind.INTENT, now, flow), request)
        event = replace(event, facts={"epoch": catalogue.epoch})
        lease = self._lease.id
        row = {"consultation": str(call.consultation), "lease": lease, "failed": failed or ""}
        record = await self._recorder.record(
            event,
            epoch=catalogue.epoch,
            spends=tuple(spends),
            expects=(self._lease.expectation(),),
            reads={} if failed is None else {"guesses": failed},
            writes=(Write("consultations", "open", row),),
        )
        written = await self._append_intent(call, record)
        if isinstance(written, Declined):
            return written
        used = int(written.facts["dayUsed"]) + 1
        return _Intended(call, flow, granted.service, request, event.request, taken, failed, used, lease)

    async def _append_intent(self, call: Call, record: Record) -> Appended | Declined:
        """Whoever does not know whether its intent is durable leaves it to the interrupter to find out."""
        try:
            written = await self._log.append(record)
        except AuditUnavailable:
            self._interrupter.abandon(call.consultation)
            raise
        return written if isinstance(written, Declined) else written[0]

    async def _fulfil(self, intended: _Intended) -> Consulted:
        """Steps 5 to 8. From here on the consultation has exactly one outcome."""
        try:
            answer = await self._ask(intended)  # (5)
            prepared = prepare(answer, intended.request, intended.flow, intended.service)  # (6)
        except (SourceError, HubFault) as error:
            await self._write_outcome(intended, Prepared({}, Outcome.FAILED), None, reason_of(error))
            raise
        body = self._body(intended, answer, prepared)
        digest = commitment(intended.call.nonce, canonical(body))
        written = await self._write_outcome(intended, prepared, digest, None)  # (7)
        receipt = {"index": written.index, "nonce": b64(intended.call.nonce), "proof": written.proof}
        return Consulted({**body, "receipt": receipt}, intended.flow.quota, intended.day_used)  # (8)

    async def _ask(self, intended: _Intended) -> Answer:
        source, _, _ = intended.flow.service.partition("/")
        try:
            return await self._adapters[source].fetch(intended.request.query)
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of an adapter still owes the log an outcome
            self._trouble.bug(error, intended.call.traces)
            raise HubFault from None

    def _body(self, intended: _Intended, answer: Answer, prepared: Prepared) -> dict[str, Any]:
        return {
            "consultationId": str(intended.call.consultation),
            "flow": intended.flow.id,
            "answeredAt": moment(self._clock()),
            "source": {"service": intended.flow.service, "asOf": answer.as_of.isoformat()},
            **prepared.members,
        }

    async def _write_outcome(
        self, intended: _Intended, prepared: Prepared, digest: bytes | None, error: str | None
    ) -> Appended:
        """Step 7. Raises AuditUnavailable when the outcome is not certainly there: no data leaves."""
        call = intended.call
        event = replace(
            call.event(Kind.OUTCOME, self._clock(), intended.flow),
            outcome=prepared.outcome,
            error=error,
            fields=prepared.handed_over,
            request=intended.commitment,
            answer=digest,
            sealed=Sealed(subjects=prepared.subjects, answer_nonce=call.nonce),
        )
        try:
            if not self._lease.alive() or self._lease.id != intended.lease:
                raise AuditUnavailable("the lease has lapsed meanwhile")
            record = await self._recorder.record(
                event,
                spends=_guess(intended, prepared),
                expects=(self._lease.expectation(),),
                writes=(Write("consultations", "close", {"consultation": str(call.consultation)}),),
                proved=True,
            )
            written = await self._log.append(record)
        except AuditUnavailable:
            self._interrupter.abandon(call.consultation)
            raise
        if isinstance(written, Declined):
            self._interrupter.abandon(call.consultation)
            raise AuditUnavailable
        return written[0]

    async def refuse(self, caller: Caller, flow_id: str, error: FidusError, traces: TraceIds) -> FidusError:
        """Record a refusal that was decided before the question was looked at. As `Refusals.record`."""
        call = Call.begin(caller, flow_id, Channel.API, traces, self._clock())
        return await self._refused(call, error, error)

    async def _refused(self, call: Call, body: bytes | FidusError, error: FidusError) -> FidusError:
        """Record the refusal and give back what the caller is told, which may be that there were too many."""
        catalogue = self._in_force()
        flow = own_flow(catalogue, call.caller.institution, call.flow_id)
        event = call.unread(call.event(Kind.REFUSAL, self._clock(), flow), own=flow is not None)
        if flow is not None and isinstance(body, bytes):
            with suppress(PayloadTooLarge):
                event = self._question(call, event, body, flow, catalogue.services[flow.service])
        return await self._refusals.record(event, error)

    def _question(self, call: Call, event: Event, body: bytes, flow: Flow, service: Service) -> Event:
        """The event with as much of the question as can be read."""
        try:
            return call.with_question(event, requests.parse(body, flow, service, self._synthetic))
        except RequestInvalid as error:
            return call.as_far_as_read(event, error)


def _told(facts: Facts, declined: Declined) -> Facts:
    """The facts, with what the writer read."""
    read = {name: int(value) for name, value in declined.facts.items() if name in _COUNTED}
    return replace(
        facts,
        day_used=read.get("dayUsed", facts.day_used),
        guesses=read.get("guesses", facts.guesses),
        guesses_taken=read.get("guessesTaken", facts.guesses_taken),
    )


def _guess(intended: _Intended, prepared: Prepared) -> tuple[Spend, ...]:
    """A `no` keeps the guess and is counted; any other outcome gives it back."""
    if intended.taken is None or intended.failed is None:
        return ()
    if prepared.guess_failed:
        return (Spend(intended.failed, 1, None, "guesses"),)
    return (Spend(intended.taken, -1, None, "guessesTaken"),)
