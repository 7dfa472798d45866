"""Each misbehaviour of the source leads to an error of origin source, recorded, and never to any data."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fidus.cli.client import Reply
from mocks.faults import KINDS
from mocks.people import Person
from tests.journeys.journal import Journal
from tests.journeys.trial import CONTEXT, EXTRAS, SLUG, address_of
from tests.journeys.world import World
from tests.misbehaving import ANSWER, FAULT, OF_THE_ANSWER, UNAVAILABLE

pytestmark = pytest.mark.slow

DEADLINE_S = 10.0  # of the demonstration
AT_ONCE: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"kind": "reset"}, UNAVAILABLE),
    ({"kind": "status", "status": 429}, UNAVAILABLE),
    ({"kind": "status", "status": 503}, UNAVAILABLE),
    ({"kind": "status", "status": 404}, FAULT),
    ({"kind": "status", "status": 500}, FAULT),
    ({"kind": "truncate", "bytes": 0}, ANSWER),
    ({"kind": "truncate", "bytes": 900}, ANSWER),
    ({"kind": "hugeBody", "bytes": 40_000_000}, ANSWER),
    *OF_THE_ANSWER,
]
LATE: list[dict[str, Any]] = [{"kind": "delay", "seconds": DEADLINE_S + 20}, {"kind": "slowBody"}]


@pytest.fixture
def misbehaving(trial: World) -> Iterator[World]:
    """Faults end with the test that set them."""
    yield trial
    trial.no_faults()


def ask(world: World, flow: str, person: Person) -> Reply:
    """One question about somebody."""
    confirm = {"confirm": {"address": address_of(person)}} if "confirm" in flow else {}
    return world.consult(flow, {"query": {"ssin": person.number}, **confirm, "context": CONTEXT})


def named(fault: dict[str, Any]) -> str:
    return "-".join(str(value) for value in fault.values())


def failed(reply: Reply, journal: Journal, status: int, reason: str, person: Person) -> None:
    """It failed so: the caller knows whose trouble it is, the log has it, and nothing was handed over."""
    problem = reply.body
    assert (reply.status, problem["type"]) == (status, f"urn:problem-type:fidus:{reason}")
    assert reply.headers["content-type"] == "application/problem+json"
    assert problem["origin"] == "source"
    assert problem.keys() <= {
        *("type", "href", "title", "status", "origin", "detail", "instance", "consultationId"),
        "retryAfterSec",
    }
    assert (reply.headers.get("retry-after") is not None) is (status == 503)
    intent, outcome = journal.pair(problem["consultationId"])
    assert intent["traceIds"]["own"] == problem["instance"].removeprefix("urn:uuid:")
    assert (outcome["outcome"], outcome["error"], outcome["fields"]) == ("failed", reason, [])
    assert "answer" not in outcome
    assert journal.subjects(outcome) == {}
    assert outcome["request"] == intent["request"]
    told = json.dumps([problem, reply.headers])
    assert person.number not in told
    assert person.family_name not in told


@pytest.mark.parametrize("flow", ["trial-address", "trial-confirm"])
@pytest.mark.parametrize(("fault", "expected"), AT_ONCE, ids=[named(fault) for fault, _ in AT_ONCE])
def test_a_misbehaving_source(
    misbehaving: World,
    journal: Journal,
    people: Iterator[Person],
    fault: dict[str, Any],
    expected: tuple[int, str],
    flow: str,
) -> None:
    person, other = next(people), next(people)
    misbehaving.fault(**fault, key=person.number)
    failed(ask(misbehaving, flow, person), journal, *expected, person)
    assert ask(misbehaving, flow, other).status == 200
    misbehaving.no_faults()
    again = ask(misbehaving, flow, person)
    assert (again.status, again.body["found"]) == (200, True)


def test_every_kind_of_misbehaviour_is_tried() -> None:
    tried = {fault["kind"] for fault, _ in AT_ONCE} | {fault["kind"] for fault in LATE}
    assert tried == KINDS.keys()


def test_a_late_answer_is_no_answer(misbehaving: World, journal: Journal, people: Iterator[Person]) -> None:
    """Whoever waits for a slow answer is told at the deadline; others are not held up meanwhile."""
    late = [next(people) for _ in LATE]
    for person, fault in zip(late, LATE, strict=True):
        misbehaving.fault(**fault, key=person.number)
    begun = time.monotonic()
    with ThreadPoolExecutor(len(LATE)) as pool:
        waiting = [pool.submit(ask, misbehaving, "trial-address", person) for person in late]
        for _ in range(5):
            assert ask(misbehaving, "trial-address", next(people)).status == 200
        assert time.monotonic() - begun < DEADLINE_S
        assert not any(one.done() for one in waiting)
        replies = [one.result() for one in waiting]
    took = time.monotonic() - begun
    assert DEADLINE_S <= took < DEADLINE_S + 3
    for reply, person in zip(replies, late, strict=True):
        failed(reply, journal, 504, "sourceTimeout", person)


def test_a_delay_within_the_deadline_is_waited_for(misbehaving: World, people: Iterator[Person]) -> None:
    person = next(people)
    misbehaving.fault(kind="delay", seconds=0.4, count=1, key=person.number)
    assert ask(misbehaving, "trial-address", person).body["found"] is True


def test_a_failure_gives_the_guess_back(misbehaving: World, people: Iterator[Person]) -> None:
    """More failures than guesses, and the next question is answered all the same."""
    person = next(people)
    misbehaving.fault(kind="soapFault", count=7, key=person.number)
    statuses = [ask(misbehaving, "trial-confirm", person).status for _ in range(8)]
    assert statuses == [502] * 7 + [200]


def test_the_source_is_asked_for_durable_intents_only(world: World, journal: Journal) -> None:
    """A recount over everything that this demonstration did: each request that reached the source has an
    intent of its own that was written before, about the same person."""
    elsewhere = {flow for flow, service in services_of(world).items() if not service.startswith(f"{SLUG}/")}
    asked, entries = world.asked(), [one for one in journal.entries() if one.get("flow") not in elsewhere]
    assert len({one["messageId"] for one in asked}) == len(asked)
    intents: defaultdict[str, list[str]] = defaultdict(list)
    of_consultation: dict[str, tuple[str, str]] = {}
    for entry in entries:
        if entry["kind"] == "intent":
            person = the_one(journal, entry)
            intents[person].append(entry["at"])
            of_consultation[entry["consultation"]] = entry["at"], person
    own = sum(map(len, intents.values()))
    for at, person in followed(journal, entries, of_consultation):
        intents[person].append(at)
    reached: defaultdict[str, list[str]] = defaultdict(list)
    for one in asked:
        reached[one["key"]].append(one["at"])
    assert reached.keys() <= intents.keys()
    for person, moments in reached.items():
        before = sorted(intents[person])
        assert len(before) >= len(moments)
        assert all(intent < moment for intent, moment in zip(before, sorted(moments), strict=False))
    unreachable = sum(entry.get("error") == "sourceUnavailable" for entry in entries)
    assert len(asked) <= sum(map(len, intents.values()))
    assert own <= len(asked) + unreachable


def services_of(world: World) -> dict[str, str]:
    """Flow -> service, of the demonstration's own flows and those of the trial."""
    own = {flow["id"]: flow["service"] for one in world.told["institutions"] for flow in one["flows"]}
    return own | {extra.name: extra.service for extra in EXTRAS}


def the_one(journal: Journal, intent: dict[str, Any]) -> str:
    """Who is asked about; in a search, which names nobody, the name that is looked for."""
    subjects = journal.subjects(intent)
    assert list(subjects.values()) in (["asked"], [])
    return next(iter(subjects), None) or str(journal.opened(intent)["query"]["familyName"])


def followed(
    journal: Journal, entries: list[dict[str, Any]], intents: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Under which further number a consultation asked, or was told of, and when its intent was written."""
    for entry in entries:
        if entry["kind"] == "outcome" and "sealed" in entry:
            at, first = intents[entry["consultation"]]
            for person, role in journal.subjects(entry).items():
                if role == "asked" and person != first:
                    yield at, person
