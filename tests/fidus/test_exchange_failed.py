"""No record, no call; no record, no data: what goes wrong ends in one outcome, and nothing leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from audit.log import Record, Write
from fidus.errors import (
    AuditUnavailable,
    FidusError,
    HubFault,
    NotFound,
    SourceAnswerInvalid,
    SourceError,
    SourceFault,
    SourceSignatureInvalid,
    SourceTimeout,
    SourceUnavailable,
)
from fidus.interrupted import Interrupter
from fidus.model import Subject, SubjectRole, SubjectType, TraceIds
from tests.fidus.questions import TOWN, body, found, person

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

PERSON = person()
SOURCE = "national-register"
ERRORS = {
    SourceUnavailable: "sourceUnavailable",
    SourceTimeout: "sourceTimeout",
    SourceFault: "sourceFault",
    SourceAnswerInvalid: "sourceAnswerInvalid",
    SourceSignatureInvalid: "sourceSignatureInvalid",
}
NAMELESS = Subject(SubjectType.PERSON, "not a number", SubjectRole.DISCLOSED)
TOO_LONG = tuple(
    Subject(SubjectType.ADDRESS, f"21013/1205/{number}/{'X' * 100}", SubjectRole.DISCLOSED)
    for number in range(500)
)
BUGS: dict[str, tuple[Any, type[BaseException]]] = {
    "adapter": (ZeroDivisionError("a value"), ZeroDivisionError),
    "another error of the tree": (NotFound(), NotFound),
    "no answer": ("something", AssertionError),
    "no JSON": (found(fields={"address": {"street": object()}}), TypeError),
    "no number in JSON": (found(fields={"address": {"postalCode": float("nan")}}), ValueError),
    "no identifier": (found(subjects=(NAMELESS,)), ValueError),
    "no room": (found(subjects=TOO_LONG), ValueError),
}


@pytest.mark.parametrize(("error", "reason"), ERRORS.items(), ids=ERRORS.values())
def test_what_a_source_fails_with_is_told_and_recorded(
    desk: Desk, error: type[SourceError], reason: str
) -> None:
    desk.register.holds[PERSON] = error(SOURCE, "a fixed phrase")
    told = desk.refused(error, "town-address", body(PERSON))
    outcome = desk.entry("outcome")
    assert str(told.consultation) == outcome["consultation"] == desk.entry("intent")["consultation"]
    assert (outcome["outcome"], outcome["error"], outcome["fields"]) == ("failed", reason, [])
    assert "answer" not in outcome
    nonce = desk.opened_seal(desk.entry("intent"))["answerNonce"]
    assert desk.opened_seal(outcome) == {"subjects": [], "answerNonce": nonce}
    assert desk.troubles.bugs == []
    assert desk.troubles.sources == [(SOURCE, "a fixed phrase")]
    assert desk.opened() == []


@pytest.mark.parametrize(("held", "kind"), BUGS.values(), ids=BUGS.keys())
def test_a_bug_is_an_outcome_too(desk: Desk, held: Any, kind: type[BaseException]) -> None:
    desk.register.holds[PERSON] = held
    traces = TraceIds(uuid4())
    told = desk.refused(HubFault, "town-address", body(PERSON), traces=traces)
    assert (str(told), told.__cause__) == ("", None)
    outcome = desk.entry("outcome")
    assert (outcome["outcome"], outcome["error"]) == ("failed", "internalServerError")
    assert str(told.consultation) == outcome["consultation"]
    assert desk.troubles.bugs == [(kind, traces)]


def test_an_error_without_reason_is_a_bug_of_the_hub(desk: Desk) -> None:
    class Newer(SourceError):
        """A source's error that nobody has given a reason."""

    desk.register.holds[PERSON] = Newer(SOURCE, "a fixed phrase")
    desk.refused(Newer, "town-address", body(PERSON))
    assert desk.entry("outcome")["error"] == "internalServerError"


def test_a_source_without_settings_is_unavailable(desk: Desk) -> None:
    desk.adapters.clear()
    desk.refused(SourceUnavailable, "town-address", body(PERSON))
    assert desk.entry("outcome")["error"] == "sourceUnavailable"


def test_no_record_no_call(desk: Desk) -> None:
    with desk.locked():
        error = desk.refused(AuditUnavailable, "town-address", body(PERSON))
    assert error.consultation is None
    assert desk.register.asked == []
    assert desk.entries("intent") == []
    desk.ask("town-address", body(PERSON))


def test_no_record_no_data(desk: Desk) -> None:
    """The store is taken away while the source is asked, and comes back: the outcome is `interrupted`."""

    async def take_away() -> None:
        held.__enter__()

    held = desk.locked()
    desk.register.meanwhile = take_away
    error = desk.refused(AuditUnavailable, "town-address", body(PERSON))
    held.__exit__(None, None, None)
    assert len(desk.register.asked) == 1
    assert desk.entries("outcome") == []
    assert desk.troubles.bugs == []
    assert_interrupted(desk, error)


def assert_interrupted(desk: Desk, error: FidusError) -> None:
    """The next sweep, and only that one, ends what this error left behind."""
    assert [desk.run(desk.interrupter.sweep()), desk.run(desk.interrupter.sweep())] == [1, 0]
    outcome = desk.entry("outcome")
    assert outcome["outcome"] == "interrupted"
    if error.consultation is not None:
        assert str(error.consultation) == outcome["consultation"]


def test_an_intent_of_unknown_fate_leads_to_no_call(desk: Desk) -> None:
    desk.line.losing.append("intent")
    error = desk.refused(AuditUnavailable, "town-address", body(PERSON))
    assert desk.register.asked == []
    assert_interrupted(desk, error)


def test_an_outcome_of_unknown_fate_gives_no_data(desk: Desk) -> None:
    """It is there, as the next look at the store shows: so nothing is interrupted."""
    desk.line.losing.append("outcome")
    desk.refused(AuditUnavailable, "town-address", body(PERSON))
    assert desk.run(desk.interrupter.sweep()) == 0
    assert desk.entry("outcome")["outcome"] == "found"


def test_whoever_slept_past_its_lease_gives_no_data(desk: Desk) -> None:
    async def sleep() -> None:
        desk.seconds += 20.0

    desk.register.meanwhile = sleep
    error = desk.refused(AuditUnavailable, "town-address", body(PERSON))
    former = desk.lease.id
    assert_interrupted(desk, error)
    desk.seconds += 0.5
    desk.register.meanwhile = nothing
    desk.ask("town-address", body(PERSON))
    assert desk.lease.id != former


async def nothing() -> None:
    """Nothing happens meanwhile."""


def test_an_answer_under_a_former_lease_does_not_leave(desk: Desk) -> None:
    async def sleep_and_renew() -> None:
        desk.seconds += 20.0
        await desk.lease.renew()

    desk.register.meanwhile = sleep_and_renew
    assert_interrupted(desk, desk.refused(AuditUnavailable, "town-address", body(PERSON)))


def test_a_lease_that_others_have_buried_gives_no_data(desk: Desk) -> None:
    async def bury() -> None:
        flag = Write("flags", "set", {"flag": f"lease:{desk.lease.id}", "value": ""})
        await desk.line.append(Record(entry=None, numbered=False, writes=(flag,)))

    desk.register.meanwhile = bury
    error = desk.refused(AuditUnavailable, "town-address", body(PERSON))
    assert len(desk.register.asked) == 1
    assert_interrupted(desk, error)
    desk.refused(AuditUnavailable, "town-address", body(PERSON))  # not even an intent
    assert len(desk.register.asked) == 1


def test_whoever_comes_second_gives_no_data(desk: Desk) -> None:
    """Another process held this one for dead, and ended its consultation."""

    async def end_it() -> None:
        other = Interrupter(desk.line, desk.recorder, desk.opened, desk.reader.entry, desk.clock)
        assert await other.sweep() == 1

    desk.register.meanwhile = end_it
    desk.refused(AuditUnavailable, "town-address", body(PERSON))
    assert desk.entry("outcome")["outcome"] == "interrupted"


def test_a_consultation_that_is_under_way_is_left_alone(desk: Desk) -> None:
    async def sweep() -> None:
        assert desk.interrupter.under_way == 1
        assert await desk.interrupter.sweep() == 0

    desk.register.meanwhile = sweep
    desk.ask("town-address", body(PERSON))
    assert desk.interrupter.under_way == 0


def test_a_cancelled_consultation_is_ended_all_the_same(desk: Desk) -> None:
    async def scene() -> None:
        begun, never = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            begun.set()
            await never.wait()

        desk.register.meanwhile = wait
        task = asyncio.create_task(desk.consult("town-address", body(PERSON)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    desk.run(scene())
    assert_interrupted(desk, FidusError())


def test_what_a_restart_finds_open_is_ended(desk: Desk) -> None:
    desk.line.losing.append("intent")
    desk.refused(AuditUnavailable, "town-address", body(PERSON))
    desk.reopen()
    assert desk.run(desk.interrupter.sweep()) == 1
    outcome = desk.entry("outcome")
    receipt = desk.run(desk.receipts.receipt(desk.caller(TOWN), outcome["consultation"]))
    assert receipt["outcome"] == "interrupted"
    assert UUID(receipt["consultationId"]).version == 7
