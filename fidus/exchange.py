"""One consultation from beginning to end.

    1 identify   (before this: fidus/identity.py)      5 ask        the source, once
    2 find, parse  own flow or 404; then the body      6 minimise   keep or compare
    3 decide     fidus/policy.py                       7 record     the outcome, durable
    4 intend     the intent, durable                   8 answer     data and receipt

No flow, no call; no record, no call; no record, no data. Whatever fails, fails closed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from audit.canonical import b64, canonical, commitment, moment
from audit.entry import parts
from audit.event import Event, Kind, Outcome, Sealed
from audit.log import Appended, Cause, Declined, Log, Record, Spend, Write
from audit.recorder import Recorder
from fidus import request as requests
from fidus.adapter import Adapter
from fidus.answering import Prepared, prepare
from fidus.call import Call, Refusal
from fidus.counters import Guess, one_of_the_day
from fidus.errors import (
    AuditUnavailable,
    FidusError,
    HubFault,
    IdentityReason,
    IdentityRejected,
    NotFound,
    QuotaExceeded,
    SourceError,
    SourceUnavailable,
)
from fidus.following import follow, under_both
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
    Subject,
    TraceIds,
)
from fidus.pace import Pace
from fidus.patience import in_time
from fidus.policy import Asked, Refused, brussels_day, decide, is_enrolled, no_guess_left, own_flow
from fidus.refusals import Refusals, reason_of
from fidus.trouble import Trouble

ATTEMPTS: Final = (
    8  # decisions about one question before the hub gives up: each needs another change of policy
)
LAST_GUESS_FAILED: Final = "last_guess_failed"  # the signal to a DPO that somebody may be trying values


@dataclass(frozen=True, slots=True)
class Consulted:
    """What the caller gets. `answer` with its receipt; `day_used` includes this consultation."""

    answer: Mapping[str, Any] = field(repr=False)
    outcome: Outcome
    quota: Quota
    day_used: int


@dataclass(frozen=True, slots=True)
class _Question:
    """A question that may be asked, as decided under the policy of `epoch`."""

    flow: Flow
    service: Service
    request: Request = field(repr=False)
    epoch: int


@dataclass(frozen=True, slots=True)
class _Intended:
    """A question whose intent is durable. `guess`: in confirm mode. `lease`: under which it was written.
    `newest`: a guess about the number that replaced the one asked, once it was followed; `followed`: whose
    number that is, noted as soon as the source is asked about it, for an outcome that fails too."""

    call: Call
    question: _Question
    guess: Guess | None
    day_used: int
    lease: str
    newest: Guess | None = None
    followed: list[Subject] = field(repr=False, default_factory=list)


class Exchange:
    """The gate. Safe to call from many tasks at once."""

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
        processes: Callable[[], int] = lambda: 1,
    ) -> None:
        """`processes`: how many live that share the quotas of a second."""
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
        self._processes = processes
        self._pace = Pace()

    async def consult(
        self, caller: Caller, flow_id: str, body: bytes | FidusError, channel: Channel, traces: TraceIds
    ) -> Consulted:
        """Treat one question. `body`: the raw body, or the error with which reading it ended.

        Raises an error of the tree, each recorded before it leaves, but for AuditUnavailable, which says
        that this could not be. After an intent the error carries the consultation; one that ends without an
        outcome of its own, even by being cancelled, is left to the interrupter.
        """
        call = Call.begin(caller, flow_id, channel, traces, self._clock())
        with self._interrupter.working_on(call.consultation):
            intended = await in_time(self._intend(call, body))
            if isinstance(intended, Refusal):
                raise await self._record(call, intended)
            try:
                return await self._fulfil(intended)
            except FidusError as error:
                error.consultation = call.consultation
                raise

    async def refuse(self, caller: Caller, flow_id: str, error: FidusError, traces: TraceIds) -> FidusError:
        """Record a refusal that was decided before the question was looked at. As `Refusals.record`."""
        call = Call.begin(caller, flow_id, Channel.API, traces, self._clock())
        flow = own_flow(self._in_force(), caller.institution, flow_id)
        return await self._record(call, Refusal(error, flow))

    async def _record(self, call: Call, refusal: Refusal) -> FidusError:
        return await in_time(self._refusals.record(refusal.event(call, self._clock()), refusal.error))

    async def _intend(self, call: Call, body: bytes | FidusError) -> _Intended | Refusal:
        """Steps 2 to 4. Decided again, from the start, where policy or counters moved before it was written.

        The moment stays that of the call, so that counters that were read are those of its day.
        """
        told: Mapping[str, int | str] = {}
        for _ in range(ATTEMPTS):
            catalogue = self._in_force()
            question = self._decide(call, body, catalogue, told)
            if isinstance(question, Refusal):
                await (
                    self._reload()
                )  # another process may have changed the policy: no refusal by a former one
                if self._in_force().epoch != catalogue.epoch:
                    continue
                if isinstance(question.error, IdentityRejected):
                    raise question.error
                return question
            taken = self._clock()
            self._pace.take(call.flow_id, taken)
            written = await self._write_intent(call, question)  # (4)
            if isinstance(written, _Intended):
                return written
            self._pace.give_back(call.flow_id, taken)
            if written.cause is Cause.EXPECT:
                raise AuditUnavailable("the lease has lapsed")
            if written.cause is Cause.EPOCH:
                await self._reload()
            told = written.facts
        raise AuditUnavailable("the policy changes all the time")

    def _decide(
        self, call: Call, body: bytes | FidusError, catalogue: Catalogue, told: Mapping[str, int | str]
    ) -> _Question | Refusal:
        """Steps 2 and 3. `told`: the facts that the log read when it declined this question before."""
        institution = call.caller.institution
        if not is_enrolled(call.caller, catalogue, brussels_day(call.begun)):  # since (1), in another process
            return Refusal(IdentityRejected(IdentityReason.NOT_ENROLLED))
        flow = own_flow(catalogue, institution, call.flow_id)  # (2)
        if flow is None:
            return Refusal(NotFound())
        service = catalogue.services[flow.service]
        if isinstance(body, FidusError):
            return Refusal(requests.with_faults_of_body(body, flow, service, self._synthetic), flow)
        try:
            request = requests.parse(body, flow, service, self._synthetic)
        except FidusError as error:
            return Refusal(error, flow)
        facts = Facts(
            now=call.begun,
            processes=self._processes(),
            second_used=self._pace.used(flow.id, self._clock()),
            day_used=int(told.get("dayUsed", 0)),
            guesses=int(told.get("guesses", 0)),
            guesses_taken=int(told.get("guessesTaken", 0)),
        )
        decision = decide(Asked(institution, flow.id, call.channel, request), catalogue, facts)  # (3)
        if isinstance(decision, Refused):
            known = {name: int(told[name]) for name in ("dayUsed", "guesses") if name in told}
            return Refusal(decision.error, flow, request, {"epoch": catalogue.epoch, **known})
        return _Question(flow, service, request, catalogue.epoch)

    async def _write_intent(self, call: Call, question: _Question) -> _Intended | Declined:
        await self._lease.ensure()
        flow, request, lease = question.flow, question.request, self._lease.id
        guess = None
        if flow.mode is Mode.CONFIRM:
            pseudonym = self._recorder.pseudonym(request.query.subjects[0])
            guess = Guess.about(pseudonym, flow, call.begun)
        facts, asked = {"epoch": question.epoch}, call.question(request)
        failed = "" if guess is None else guess.failed
        row = {"consultation": str(call.consultation), "lease": lease, "failed": failed}
        record = await self._recorder.record(
            call.event(Kind.INTENT, call.begun, flow, facts=facts, **asked),
            epoch=question.epoch,
            spends=(one_of_the_day(flow, call.begun), *(() if guess is None else (guess.take(),))),
            expects=(self._lease.expectation(lease),),
            reads={"guesses": failed} if failed else {},
            writes=(Write("consultations", "open", row),),
        )
        written = await self._log.append(record)
        if isinstance(written, Declined):
            return written
        return _Intended(call, question, guess, int(written[0].facts["dayUsed"]) + 1, lease)

    async def _fulfil(self, intended: _Intended) -> Consulted:
        """Steps 5 to 8. What keeps an answer from leaving is an outcome too: `failed`, for a bug as well."""
        failure: FidusError
        try:
            return await self._answered(intended)
        except AuditUnavailable:
            raise
        except (SourceError, QuotaExceeded) as error:
            if isinstance(error, SourceError):
                self._trouble.source(error)
            failure = error
        except Exception as error:  # noqa: BLE001 - the source was asked: the log is owed an outcome
            self._trouble.bug(error, intended.call.traces)
            failure = HubFault()
        asked = (*intended.question.request.query.subjects, *intended.followed) if intended.followed else ()
        prepared = Prepared({}, Outcome.FAILED, subjects=asked)
        await in_time(self._write_outcome(intended, prepared, error=reason_of(failure)))
        raise failure

    async def _answered(self, intended: _Intended) -> Consulted:
        call, question = intended.call, intended.question
        source, _, _ = question.flow.service.partition("/")
        if source not in self._adapters:
            raise SourceUnavailable(source, "it has no settings here")
        answer, intended = await self._ask(self._adapters[source], intended)  # (5)
        prepared = prepare(answer, question.request, question.flow, question.service)  # (6)
        body = {
            "consultationId": str(call.consultation),
            "flow": question.flow.id,
            "answeredAt": moment(self._clock()),
            "source": {"service": question.flow.service, "asOf": answer.as_of.isoformat()},
            **prepared.members,
        }
        digest = commitment(call.nonce, canonical(body))
        written = await in_time(self._write_outcome(intended, prepared, answer=digest))  # (7)
        self._signal(intended, prepared, written)
        receipt = {"index": written.index, "nonce": b64(call.nonce), "proof": written.proof}
        answered = {**body, "receipt": receipt}
        return Consulted(answered, prepared.outcome, question.flow.quota, intended.day_used)  # (8)

    async def _ask(self, adapter: Adapter, intended: _Intended) -> tuple[Answer, _Intended]:
        """Step 5. A replaced number is followed where the flow allows it, and counts as the newest one."""
        question, guess = intended.question, intended.guess
        query = question.request.query
        answer = await adapter.fetch(query)
        followed = follow(answer, query, question.flow, question.service)
        if followed is None:
            return answer, intended
        intended.followed.append(followed.newest)
        answer = under_both(await adapter.fetch(followed.query), query, followed.newest)
        if guess is not None:
            pseudonym = self._recorder.pseudonym(followed.newest)
            guess = Guess.about(pseudonym, question.flow, intended.call.begun)
        return answer, replace(intended, newest=guess)

    async def _write_outcome(
        self,
        intended: _Intended,
        prepared: Prepared,
        *,
        answer: bytes | None = None,
        error: str | None = None,
    ) -> Appended:
        """Step 7. Raises AuditUnavailable unless this outcome is certainly there: then no data leaves.
        Raises QuotaExceeded where no guess is left about the number that was followed to."""
        call = intended.call
        if not self._lease.holds(intended.lease):
            raise AuditUnavailable("the lease has lapsed meanwhile")
        event = call.event(
            Kind.OUTCOME,
            self._clock(),
            intended.question.flow,
            outcome=prepared.outcome,
            error=error,
            fields=prepared.handed_over,
            request=commitment(call.nonce, intended.question.request.body),
            answer=answer,
            sealed=Sealed(subjects=prepared.subjects, answer_nonce=call.nonce),
        )
        *former, last = parts(event)
        records = [await self._recorder.record(part) for part in former]
        written = await self._log.append(*records, await self._final(intended, prepared, last))
        if isinstance(written, Declined):
            if written.cause is Cause.SPEND:
                facts = Facts(
                    now=call.begun,
                    guesses=int(written.facts["guesses"]),
                    guesses_taken=int(written.facts["guessesTaken"]),
                )
                raise no_guess_left(intended.question.flow, facts)
            raise AuditUnavailable("the lease has lapsed, or the consultation has another outcome")
        return written[-1]

    async def _final(self, intended: _Intended, prepared: Prepared, event: Event) -> Record:
        """The record that ends the consultation: proved, under the lease, its guess kept or given back."""
        row = {"consultation": str(intended.call.consultation)}
        spends, reads = _ended(intended.guess, intended.newest, prepared)
        return await self._recorder.record(
            event,
            spends=spends,
            reads=reads,
            expects=(self._lease.expectation(intended.lease),),
            writes=(Write("consultations", "close", row),),
            proved=True,
        )

    def _signal(self, intended: _Intended, prepared: Prepared, written: Appended) -> None:
        guess, flow = intended.newest or intended.guess, intended.question.flow
        if guess is not None and prepared.guess_failed and guess.was_last(written.facts):
            self._trouble.signal(LAST_GUESS_FAILED, flow=flow.id, institution=flow.institution)


def _ended(
    guess: Guess | None, newest: Guess | None, prepared: Prepared
) -> tuple[tuple[Spend, ...], Mapping[str, str]]:
    """What the outcome spends and reads: a guess is kept or given back; one about a number that was followed
    counts for the newest number alone."""
    if guess is None:
        return (), {}
    if newest is None or prepared.outcome is not Outcome.CONFIRMED:
        return (guess.end(failed=prepared.guess_failed),), {}
    spends = (guess.end(failed=False), *newest.compare(failed=prepared.guess_failed))
    return spends, {"guesses": newest.failed}
