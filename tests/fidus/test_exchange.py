"""One consultation: the order of things, what leaves, and what the log says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from audit.canonical import b64, canonical, commitment, unb64
from audit.receipt import verify_receipt
from fidus.model import Channel, Found, Quota, Subject, SubjectRole, SubjectType, TraceIds, Why
from tests.fidus.questions import (
    LIVES_AT,
    RIGHT,
    TOWN,
    WRONG,
    absent,
    body,
    flow_file,
    found,
    person,
)

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

DATABASES = ("sqlite", "postgresql")

PERSON = person()
CONSULTATION = {
    "v",
    "kind",
    "at",
    "consultation",
    "institution",
    "number",
    "flow",
    "flowDigest",
    "channel",
    "traceIds",
    "subjects",
    "request",
}


def test_the_intent_is_durable_before_the_source_is_asked(desk: Desk) -> None:
    seen: list[list[str]] = []

    async def look() -> None:
        seen.append([entry["kind"] for entry in desk.entries()])

    desk.register.meanwhile = look
    desk.ask("town-address", body(PERSON))
    assert seen == [["admin", "intent"]]
    assert len(desk.register.asked) == 1


def test_the_outcome_is_durable_before_the_answer_leaves(desk: Desk) -> None:
    answer = desk.ask("town-address", body(PERSON))
    outcome = desk.entries()[answer["receipt"]["index"]]
    assert (outcome["kind"], outcome["consultation"]) == ("outcome", answer["consultationId"])
    assert desk.opened() == []


def test_only_granted_fields_leave(desk: Desk) -> None:
    answer = desk.ask("town-address", body(PERSON))
    assert answer.keys() == {
        "consultationId",
        "flow",
        "answeredAt",
        "source",
        "found",
        "data",
        "receipt",
    }
    assert answer["data"] == {"address": {"street": LIVES_AT["street"], "postalCode": "1060"}}
    assert answer["source"] == {"service": "national-register/address", "asOf": "2026-10-05"}
    assert answer["answeredAt"] == "2026-10-05T08:30:00.000000Z"
    assert desk.entry("outcome")["fields"] == ["address.postalCode", "address.street"]


def test_the_caller_is_told_its_quota(desk: Desk) -> None:
    desk.ask("town-address", body(PERSON))
    consulted = desk.run(desk.consult("town-address", body(PERSON)))
    assert (consulted.quota, consulted.day_used, consulted.outcome) == (Quota(1000, 5000), 2, "found")
    assert [entry["facts"]["dayUsed"] for entry in desk.entries("intent")] == [0, 1]


def test_an_intent_says_who_asks_and_seals_the_rest(desk: Desk) -> None:
    traces = TraceIds(uuid4(), uuid4())
    desk.ask("town-address", body(PERSON), traces=traces)
    intent = desk.entry("intent")
    assert intent.keys() == CONSULTATION | {"asked", "facts", "sealed"}
    assert (intent["institution"], intent["flow"], intent["channel"]) == (TOWN, "town-address", "api")
    assert intent["flowDigest"] == b64(desk.in_force.catalogue.flows["town-address"].digest)
    assert intent["traceIds"] == {"own": str(traces.own), "related": str(traces.related)}
    assert intent["asked"] == ["query.ssin"]
    assert intent["facts"] == {"epoch": 1, "dayUsed": 0}
    assert intent["subjects"] == {"asked": 1, "listed": 0, "disclosed": 0, "unnumbered": 0}
    sealed = desk.opened_seal(intent)
    assert sealed.pop("answerNonce")
    assert sealed == {
        "subjects": [{"type": "person", "id": PERSON, "role": "asked"}],
        "endUser": "agent-17",
        "caseReference": "2026-004711",
        "query": {"ssin": PERSON},
    }


def test_an_outcome_commits_to_question_and_answer(desk: Desk) -> None:
    sent = body(PERSON)
    answer = desk.ask("town-whole", sent)
    intent, outcome = desk.entry("intent"), desk.entry("outcome")
    assert outcome.keys() == CONSULTATION | {"outcome", "fields", "answer", "sealed"}
    assert outcome["request"] == intent["request"]
    nonce = unb64(answer["receipt"]["nonce"])
    told = {name: value for name, value in answer.items() if name != "receipt"}
    assert outcome["answer"] == b64(commitment(nonce, canonical(told)))
    assert outcome["subjects"] == {"asked": 0, "listed": 0, "disclosed": 1, "unnumbered": 0}
    assert desk.opened_seal(outcome) == {
        "subjects": [{"type": "address", "id": "21013/1205/12/3", "role": "disclosed"}],
        "answerNonce": answer["receipt"]["nonce"],
    }
    assert desk.opened_seal(intent)["answerNonce"] == answer["receipt"]["nonce"]


def test_a_receipt_fits_no_other_answer_and_no_other_question(desk: Desk) -> None:
    answer = desk.ask("town-address", body(PERSON))
    changed = {**answer, "data": {"address": {"postalCode": "1070"}}}
    assert not verify_receipt(changed, desk.key.verifier).ok
    assert not verify_receipt(answer, desk.key.verifier, body(person(2))).ok


@pytest.mark.parametrize("why", [Why.UNKNOWN_SUBJECT, Why.NOTHING_IN_PERIOD])
@pytest.mark.parametrize(("flow", "confirm"), [("town-address", None), ("housing-confirm", RIGHT)])
def test_absence_is_an_answer(desk: Desk, why: Why, flow: str, confirm: dict[str, str] | None) -> None:
    desk.register.holds[PERSON] = absent(why)
    answer = desk.ask(flow, body(PERSON, confirm))
    assert (answer["found"], answer["why"]) == (False, why.value)
    assert not answer.keys() & {"data", "confirmed", "withheld"}
    outcome = desk.entry("outcome")
    assert (outcome["outcome"], outcome["fields"]) == ("absent", [])


@pytest.mark.parametrize(
    ("flow", "confirm", "outcome"),
    [
        ("town-address", None, "absent"),
        ("housing-confirm", RIGHT, "absent"),
        ("housing-discreet", RIGHT, "confirmed"),
    ],
)
def test_someone_replaced_is_found_under_both_numbers(
    desk: Desk, flow: str, confirm: dict[str, str] | None, outcome: str
) -> None:
    newer = person(2)
    desk.register.holds[PERSON] = absent(Why.REPLACED, newer)
    answer = desk.ask(flow, body(PERSON, confirm))
    assert newer not in str(answer)
    assert desk.about(PERSON) == ["outcome", "intent"]
    assert desk.about(newer) == ["outcome"]
    entry = desk.entry("outcome")
    assert (entry["outcome"], entry["subjects"]["asked"]) == (outcome, 0)


def test_what_is_withheld_is_named_and_stays_away(desk: Desk) -> None:
    desk.register.holds[PERSON] = Found({}, found().as_of, withheld=frozenset({"address"}))
    answer = desk.ask("town-address", body(PERSON))
    assert (answer["found"], answer["data"], answer["withheld"]) == (True, {}, ["address"])
    outcome = desk.entry("outcome")
    assert (outcome["outcome"], outcome["fields"]) == ("found", [])
    assert outcome["subjects"]["disclosed"] == 0


@pytest.mark.parametrize(
    ("confirm", "held", "verdict"),
    [
        (RIGHT, found(), "yes"),
        (WRONG, found(), "no"),
        (WRONG, found(fields={}, withheld=frozenset({"address"})), "unknown"),
        (RIGHT, found(fields={}), "unknown"),
    ],
)
def test_a_comparison_says_yes_no_or_unknown_and_nothing_else(
    desk: Desk, confirm: dict[str, str], held: Found, verdict: str
) -> None:
    desk.register.holds[PERSON] = held
    answer = desk.ask("housing-confirm", body(PERSON, confirm))
    told = answer.keys() - {"consultationId", "flow", "answeredAt", "source", "receipt"}
    assert told == {"found", "confirmed"}
    assert answer["confirmed"] == {"address": verdict}
    intent, outcome = desk.entry("intent"), desk.entry("outcome")
    assert (outcome["outcome"], outcome["fields"]) == ("confirmed", ["address"])
    assert set(outcome["subjects"].values()) == {0}
    assert intent["facts"] == {"epoch": 1, "dayUsed": 0, "guesses": 0}
    assert intent["asked"] == [
        "confirm.address.houseNumber",
        "confirm.address.postalCode",
        "confirm.address.street",
        "query.ssin",
    ]


def test_without_existence_nobody_learns_who_exists(desk: Desk) -> None:
    """Somebody unknown reads like somebody of whom nothing is known, in the answer and in its record."""
    desk.register.holds[person(2)] = found(fields={}, subjects=())
    unknown = desk.ask("housing-discreet", body(person(3), RIGHT))
    secret = desk.ask("housing-discreet", body(person(2), RIGHT))
    assert unknown["found"] is True
    assert unknown["confirmed"] == {"address": "unknown"}
    own = {"consultationId", "receipt"}
    assert {**unknown, **dict.fromkeys(own)} == {**secret, **dict.fromkeys(own)}
    outcomes = [
        {name: len(value) if isinstance(value, str) else value for name, value in entry.items()}
        for entry in desk.entries("outcome")
    ]
    for entry in outcomes:
        del entry["number"], entry["traceIds"]
    assert outcomes[0] == outcomes[1]


def test_a_history_with_many_addresses_is_recorded_in_parts(desk: Desk) -> None:
    desk.apply(town_history=flow_file(service='"national-register/address-history"', fields='["addresses"]'))
    addresses = [{**LIVES_AT, "houseNumber": str(number)} for number in range(1, 1101)]
    subjects = tuple(
        Subject(SubjectType.ADDRESS, f"21013/1205/{at['houseNumber']}/3", SubjectRole.DISCLOSED)
        for at in addresses
    )
    desk.register.holds[PERSON] = Found({"addresses": addresses}, found().as_of, subjects)
    answer = desk.ask("town-history", body(PERSON))
    outcomes = desk.entries("outcome")
    assert [entry["part"] for entry in outcomes] == [{"n": n, "m": 3} for n in (1, 2, 3)]
    assert [entry["subjects"]["disclosed"] for entry in outcomes] == [500, 500, 100]
    assert ["answer" in entry for entry in outcomes] == [False, False, True]
    assert desk.entries()[answer["receipt"]["index"]] == outcomes[-1]


def test_each_channel_is_recorded_as_itself(desk: Desk) -> None:
    desk.apply(town_online=flow_file(channels='["online"]'))
    desk.ask("town-online", body(PERSON), channel=Channel.ONLINE)
    assert {entry["channel"] for entry in desk.entries() if "channel" in entry} == {"online"}


def test_an_institution_can_have_its_receipt_again(desk: Desk) -> None:
    """Every outcome with an answer, as it was told and as it can be asked for."""
    holds: dict[str, Any] = {
        PERSON: found(),
        person(2): absent(Why.REPLACED, person(3)),
        person(4): found(fields={}, withheld=frozenset({"address"})),
    }
    desk.register.holds |= holds
    for ssin in holds:
        sent = body(ssin)
        consulted = desk.run(desk.consult("town-whole", sent))
        again = desk.run(desk.receipts.receipt(desk.caller(TOWN), consulted.answer["consultationId"]))
        desk.verify({**consulted.answer, "receipt": again["receipt"]}, sent)
        assert again["receipt"]["nonce"] == consulted.answer["receipt"]["nonce"]
