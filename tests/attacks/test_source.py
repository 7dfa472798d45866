"""A source gone bad gives nothing away and breaks nothing: every attack, on every service, with both stores.

Each is refused with the error that is its own, recorded as failed with that error, hands over nothing, takes
bounded time and memory, and the hub answers the next good question at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mocks.faults import KINDS
from tests.attacks.algorithms import ALGORITHMS
from tests.attacks.claims import CLAIMS
from tests.attacks.documents import DOCUMENTS
from tests.attacks.hub import DEADLINE_S, HASTE_S, HASTY, SERVICES, Attacked, Told
from tests.attacks.letter import Attack
from tests.attacks.wires import LATE, WIRES, Wire
from tests.attacks.wrappings import WRAPPINGS
from tests.misbehaving import ANSWER, FAULT, OF_THE_ANSWER, TIMEOUT, UNAVAILABLE

pytestmark = pytest.mark.slow

WRITTEN = (*WRAPPINGS, *ALGORITHMS, *CLAIMS, *DOCUMENTS)
LITTLE_S = 3.0  # what a refusal may take beside the deadline, on a busy machine
GROWTH = 64 * 1024 * 1024  # bytes by which one answer may swell the hub at its height
KINDS_AT_ONCE: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"kind": "status", "status": 429}, UNAVAILABLE),
    ({"kind": "status", "status": 404}, FAULT),
    ({"kind": "truncate", "bytes": 900}, ANSWER),
    ({"kind": "hugeBody", "bytes": 3_000_000}, ANSWER),
    *OF_THE_ANSWER,
]
ALL = tuple(SERVICES)
ON_THE_WIRE = {"delay", "reset", "slowBody"}  # kinds that WIRES and LATE try


def named(attack: Attack | Wire) -> str:
    return attack.name


def kind_of(case: tuple[dict[str, Any], tuple[int, str]]) -> str:
    return "-".join(str(value) for value in case[0].values())


def services_for(attack: Attack) -> Sequence[str]:
    """All of them, or those that are asked about a number."""
    return [name for name in ALL if "ssin" in SERVICES[name].example or not attack.about_number]


def refused(under: Attacked, told: Told) -> tuple[int, str]:
    """Status and reason of a refusal that is in the log as such, and that hands nothing over."""
    problem = told.body
    assert problem.get("origin") == "source", told.status
    allowed = {"type", "href", "title", "status", "origin", "detail", "instance", "consultationId"}
    assert problem.keys() <= {*allowed, "retryAfterSec"}
    whole = told.text + json.dumps(dict(told.headers))
    content = under.source.content
    assert content is not None
    values = {(node.text or "").strip() for node in content.iter("*")}
    assert [value for value in values if tells(value) and value in whole] == []
    outcome = under.outcome(problem["consultationId"])
    assert (outcome["outcome"], outcome["error"], outcome["fields"]) == ("failed", told.reason, [])
    assert "answer" not in outcome
    return told.status, told.reason


def tells(value: str) -> bool:
    """Whether a value is long enough that it does not stand in an identifier by chance."""
    return len(value) > (7 if value.isascii() and value.isalnum() and not value.isalpha() else 4)


def endured(
    under: Attacked, misbehave: Callable[[], object], expected: tuple[int, str], services: Sequence[str]
) -> None:
    """A question of each service, answered badly; the last one's receipt; and then a good question."""
    endings, late, swollen = {}, {}, {}
    for service in services:
        under.memory.mark()
        misbehave()
        told = under.ask(service)
        endings[service] = refused(under, told)
        if told.took_s > DEADLINE_S + LITTLE_S:
            late[service] = told.took_s
        if under.memory.grown() > GROWTH:
            swollen[service] = under.memory.grown()
    assert (endings, late, swollen) == (dict.fromkeys(services, expected), {}, {})
    assert under.source.took() == []
    failed = told.body["consultationId"]
    assert under.proved(failed) == under.outcome(failed)
    good = under.ask(services[-1])
    assert (good.status, good.body.get("found")) == (200, True), good.reason


@pytest.mark.parametrize("attack", WRITTEN, ids=named)
def test_a_bad_answer(under: Attacked, attack: Attack) -> None:
    endured(under, lambda: under.source.write(attack.write), attack.expected, services_for(attack))


@pytest.mark.parametrize("wire", WIRES, ids=named)
def test_a_bad_wire(under: Attacked, wire: Wire) -> None:
    endured(under, lambda: under.source.speak(wire.speak), wire.expected, ALL)


@pytest.mark.parametrize("case", KINDS_AT_ONCE, ids=kind_of)
def test_a_misbehaviour_of_the_mock_s_own(
    under: Attacked, case: tuple[dict[str, Any], tuple[int, str]]
) -> None:
    endured(under, lambda: under.source.misbehave(**case[0]), case[1], ALL)


@pytest.mark.parametrize("wire", LATE, ids=named)
def test_an_answer_that_never_ends_is_late_at_the_deadline(under: Attacked, wire: Wire) -> None:
    """Of all services at once; a good question afterwards is answered at once."""
    for _ in ALL:
        under.source.speak(wire.speak)
    under.memory.mark()
    with ThreadPoolExecutor(len(ALL)) as pool:
        replies = list(pool.map(lambda service: hastily(under, service), ALL))
    for told in replies:
        assert refused(under, told) == wire.expected == TIMEOUT
        assert HASTE_S <= told.took_s < HASTE_S + LITTLE_S
    assert under.memory.grown() < GROWTH
    assert under.source.took() == []
    assert under.ask(ALL[0], HASTY).status == 200


def hastily(under: Attacked, service: str) -> Told:
    """One question on a connection of its own, to the source with little patience."""
    another = Attacked(under.hub, under.source, under.memory, under.reader)
    try:
        return another.ask(service, HASTY)
    finally:
        another.leave()


def test_every_kind_of_misbehaviour_is_tried() -> None:
    assert {case[0]["kind"] for case in KINDS_AT_ONCE} | ON_THE_WIRE == set(KINDS)
