"""No flow, no call: what is refused reaches no source, and the log says why."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from audit.canonical import b64, canonical, commitment, unb64
from fidus.changes import Approvers, Changes
from fidus.errors import (
    AuditUnavailable,
    ExchangeRefused,
    FidusError,
    Issue,
    IssueType,
    MissingPermission,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    QuotaReason,
    RequestInvalid,
    UnsupportedMedia,
)
from fidus.exchange import Consulted
from fidus.inforce import InForce
from fidus.model import Channel, TraceIds
from tests.fidus.questions import FILES, HOUSING, RIGHT, TOWN, body, confirming, flow_file, person

if TYPE_CHECKING:
    from audit.log import Record
    from tests.fidus.desk import Desk

PERSON = person()
HISTORY = {"service": '"national-register/address-history"', "fields": '["addresses"]'}
LIMITED = flow_file(**HISTORY, limits="{ periodYears = 5 }")
UNREADABLE = RequestInvalid((Issue(IssueType.UNKNOWN_INPUT, "x", "A fixed sentence", "query"),))


@dataclass(frozen=True)
class Case:
    """A question and how it is refused. `has`: which members its entry has beside those of all."""

    flow: str
    sent: bytes | FidusError
    kind: type[FidusError]
    error: str
    rule: int | None = None
    has: frozenset[str] = frozenset({"request", "asked", "facts"})
    more: dict[str, Any] = field(default_factory=dict)


NOTHING: frozenset[str] = frozenset()
READ = frozenset({"request", "asked"})
CASES = {
    "unknown flow": Case("town-nothing", body(PERSON), NotFound, "resourceNotFound", has=NOTHING),
    "another's flow": Case(
        "housing-confirm", body(PERSON, RIGHT), NotFound, "resourceNotFound", has=NOTHING, more={"by": TOWN}
    ),
    "unknown flow, bad body": Case("town-nothing", b"{", NotFound, "resourceNotFound", has=NOTHING),
    "unknown flow, no body": Case(
        "town-nothing", UnsupportedMedia(), NotFound, "resourceNotFound", has=NOTHING
    ),
    "not in force": Case("town-former", body(PERSON), ExchangeRefused, "notInForce", 3),
    "channel": Case(
        "town-address",
        body(PERSON),
        ExchangeRefused,
        "channelNotGranted",
        5,
        more={"channel": Channel.SOAP},
    ),
    "without period": Case("town-limited", body(PERSON), ExchangeRefused, "queryNotGranted", 6),
    "without dossier": Case("town-dossier", body(PERSON), ExchangeRefused, "noOpenDossier", 7),
    "no JSON": Case("town-address", b"{", RequestInvalid, "badRequest", has=NOTHING),
    "no object": Case("town-address", b"[]", RequestInvalid, "badRequest", has=NOTHING),
    "unknown member": Case("town-address", body(PERSON, extra=1), RequestInvalid, "badRequest", has=READ),
    "confirm in data mode": Case("town-address", body(PERSON, RIGHT), RequestInvalid, "badRequest", has=READ),
    "too large": Case("town-address", b" " * 65_537, PayloadTooLarge, "payloadTooLarge", has=NOTHING),
    "not read at all": Case(
        "town-address", PayloadTooLarge(65_536), PayloadTooLarge, "payloadTooLarge", has=NOTHING
    ),
    "media type": Case(
        "town-address", UnsupportedMedia(), UnsupportedMedia, "unsupportedMediaType", has=NOTHING
    ),
    "query parameter": Case("town-address", UNREADABLE, RequestInvalid, "badRequest", has=NOTHING),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_is_refused_reaches_no_source(desk: Desk, case: Case) -> None:
    desk.apply(
        town_former=flow_file(valid_until="2026-10-04"),
        town_limited=LIMITED,
        town_dossier=flow_file(requires_dossier="true"),
    )
    error = desk.refused(case.kind, case.flow, case.sent, **case.more)
    assert error.consultation is None
    assert desk.register.asked == []
    assert desk.entries("intent") == []
    entry = desk.entry("refusal")
    own = case.kind is not NotFound
    always = {"v", "kind", "at", "consultation", "institution", "number", "channel", "traceIds"}
    always |= {"subjects", "error", "sealed"}
    expected = always | case.has | ({"flow", "flowDigest"} if own else set())
    assert entry.keys() == expected | ({"rule"} if case.rule is not None else set())
    assert (entry["error"], entry.get("rule")) == (case.error, case.rule)
    assert entry.get("facts", {"epoch": 2}) == {"epoch": 2}
    sealed = desk.opened_seal(entry)
    assert sealed.get("flow") == (None if own else case.flow)
    assert desk.about(PERSON) == (["refusal"] if case.has >= READ else [])


def test_a_refusal_is_committed_to_like_any_question(desk: Desk) -> None:
    desk.refused(ExchangeRefused, "town-address", body(PERSON), channel=Channel.ONLINE)
    entry = desk.entry("refusal")
    sealed = desk.opened_seal(entry)
    context = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}
    sent = canonical({"query": {"ssin": PERSON}, "context": context})
    assert entry["request"] == b64(commitment(unb64(sealed["answerNonce"]), sent))
    assert (sealed["endUser"], sealed["query"]) == ("agent-17", {"ssin": PERSON})
    assert entry["subjects"] == {"asked": 1, "listed": 0, "disclosed": 0, "unnumbered": 0}


def test_unknown_flows_and_those_of_others_are_told_alike(desk: Desk) -> None:
    errors = [
        desk.refused(NotFound, flow, body(PERSON), by=HOUSING) for flow in ("town-address", "town-nothing")
    ]
    assert [(str(error), vars(error)) for error in errors] == [("", {}), ("", {})]


def test_what_is_refused_before_it_is_looked_at_is_recorded(desk: Desk) -> None:
    caller = desk.caller(TOWN)
    for flow in ("town-address", "housing-confirm", ""):
        refusal = desk.exchange.refuse(caller, flow, MissingPermission(), TraceIds(uuid4()))
        assert isinstance(desk.run(refusal), MissingPermission)
    entries = desk.entries("refusal")
    assert [entry["error"] for entry in entries] == ["missingPermission"] * 3
    assert [entry.get("flow") for entry in entries] == ["town-address", None, None]
    assert [desk.opened_seal(entry).get("flow") for entry in entries] == [None, "housing-confirm", None]


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (body(PERSON), ["page"]),
        (
            body(PERSON, context={"purpos": 1}),
            ["page", "context.caseReference", "context.endUser", "context.purpos"],
        ),
        (b"{", ["page", ""]),
    ],
    ids=["right", "wrong", "unreadable"],
)
def test_all_faults_are_told_at_once_and_who_was_asked_about_is_recorded(
    desk: Desk, sent: bytes, names: list[str]
) -> None:
    """A fault of a parameter hides neither those of the body nor its subject."""
    page = Issue(IssueType.UNKNOWN_INPUT, "page", "Leave it out", "query")
    error = desk.refused(RequestInvalid, "town-address", RequestInvalid((page,), unread=sent))
    assert [issue.name for issue in error.issues] == names
    assert desk.about(PERSON) == ([] if sent == b"{" else ["refusal"])
    assert ("request" in desk.entry("refusal")) == (sent != b"{")


def test_what_was_typed_with_an_invalid_question_stays_under_the_seal(desk: Desk) -> None:
    desk.run(desk.exchange.refuse(desk.caller(TOWN), "housing-x", UNREADABLE, TraceIds(uuid4())))
    entry = desk.entry("refusal")
    assert "flow" not in entry
    assert desk.opened_seal(entry)["flow"] == "housing-x"


def test_a_refusal_that_cannot_be_recorded_is_not_told(desk: Desk) -> None:
    with desk.locked():
        desk.refused(AuditUnavailable, "town-nothing", body(PERSON))


def test_the_quota_of_the_day_is_exact(desk: Desk) -> None:
    desk.apply(town_few=flow_file(quota="{ per_second = 1000, per_day = 20 }"))
    told = desk.run(desk.at_once(*(desk.consult("town-few", body(PERSON)) for _ in range(50))))
    refused = [one for one in told if isinstance(one, QuotaExceeded)]
    assert sum(isinstance(one, Consulted) for one in told) == len(desk.register.asked) == 20
    assert {(one.reason, one.limit, one.rule, one.retry_after_s) for one in refused} == {
        (QuotaReason.PER_DAY, 20, 9, 48_600)  # until midnight in Brussels
    }
    assert {entry["facts"]["dayUsed"] for entry in desk.entries("intent")} == set(range(20))
    assert [entry["facts"] for entry in desk.entries("refusal")] == [{"epoch": 2, "dayUsed": 20}] * 30
    desk.clock.advance(hours=13, minutes=30)
    desk.ask("town-few", body(PERSON))


def test_the_quota_of_the_second_is_exact(desk: Desk) -> None:
    desk.apply(town_slow=flow_file(quota="{ per_second = 10, per_day = 5000 }"))
    told = desk.run(desk.at_once(*(desk.consult("town-slow", body(PERSON)) for _ in range(50))))
    refused = [one for one in told if isinstance(one, QuotaExceeded)]
    assert sum(isinstance(one, Consulted) for one in told) == len(desk.register.asked) == 10
    assert {(one.reason, one.retry_after_s) for one in refused} == {(QuotaReason.PER_SECOND, 1)}
    assert {(entry["error"], entry["rule"]) for entry in desk.entries("refusal")} == {("tooManyRequests", 8)}
    desk.clock.advance(seconds=1)
    desk.ask("town-slow", body(PERSON))


def test_a_question_that_is_decided_again_counts_once_in_its_second(desk: Desk) -> None:
    desk.apply(town_slow=flow_file(quota="{ per_second = 1, per_day = 5000 }"))
    desk.run(elsewhere(desk).suspend("town-whole", "a test"))
    desk.ask("town-slow", body(PERSON))
    desk.refused(QuotaExceeded, "town-slow", body(PERSON))


def elsewhere(desk: Desk) -> Changes:
    """Another way to change the policy, behind the back of the hub's catalogue."""
    in_force = InForce(desk.newer, desk.services)
    return Changes(in_force, desk.line, desk.recorder, Approvers((), 0, desk.key.name), desk.clock)


def test_a_suspension_holds_for_the_very_next_intent(desk: Desk) -> None:
    """The hub still holds the former catalogue: the log declines the intent, and it is decided again."""
    desk.run(elsewhere(desk).suspend("town-address", "a test"))
    assert desk.in_force.catalogue.suspended == frozenset()
    error = desk.refused(ExchangeRefused, "town-address", body(PERSON))
    assert (error.reason, error.rule) == ("suspended", 4)
    assert desk.register.asked == []
    assert desk.entry("refusal")["facts"] == {"epoch": 2, "dayUsed": 0}
    desk.ask("town-whole", body(PERSON))
    desk.run(elsewhere(desk).resume("town-address", "a test"))
    desk.ask("town-address", body(PERSON))  # nor is anything refused by what is no longer in force


def test_a_flow_that_was_taken_away_is_unknown_to_the_next_intent(desk: Desk) -> None:
    files = {path: text for path, text in FILES.items() if path != "town/town-address.toml"}
    desk.run(elsewhere(desk).apply(files, ()))
    desk.refused(NotFound, "town-address", body(PERSON))
    assert desk.register.asked == []


def test_a_question_is_read_again_as_the_changed_flow_wants_it(desk: Desk) -> None:
    changed = {**FILES, "town/town-address.toml": confirming()}
    desk.run(elsewhere(desk).apply(changed, ()))
    desk.refused(RequestInvalid, "town-address", body(PERSON))
    assert desk.register.asked == []


def test_no_call_fails_while_the_policy_changes(desk: Desk) -> None:
    async def scene() -> list[Consulted | BaseException]:
        changes = [
            desk.changes.apply({**FILES, "town/town-more.toml": flow_file()}, ()),
            desk.changes.suspend("town-whole", "a test"),
            desk.changes.resume("town-whole", "a test"),
        ]
        asking = []
        for change in changes:
            asking += [asyncio.create_task(desk.consult("town-address", body(PERSON))) for _ in range(10)]
            await change
        return await asyncio.gather(*asking, return_exceptions=True)

    told = desk.run(scene())
    assert len(told) == len(desk.register.asked) == 30
    assert all(isinstance(one, Consulted) for one in told), told


def test_a_policy_that_never_rests_ends_in_503(desk: Desk) -> None:
    async def change(records: tuple[Record, ...]) -> None:
        if any(record.entry is not None and record.entry["kind"] == "intent" for record in records):
            desk.line.before = None
            act = "resume" if desk.stored().suspended else "suspend"
            await getattr(elsewhere(desk), act)("housing-confirm", "a test")
            desk.line.before = change

    desk.line.before = change
    desk.refused(AuditUnavailable, "town-address", body(PERSON))
    assert desk.register.asked == []
    assert len(desk.entries("admin")) == 9
