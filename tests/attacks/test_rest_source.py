"""Sources whose messages are not signed, gone bad: every attack, on every service, with both stores.

As tests/attacks/test_source.py; here an answer is believed because of the connection on which it came.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mocks.faults import EXPIRED_TOKEN
from tests.attacks.besieged import (
    ON_THE_WIRE,
    SIEGES,
    TOKENS,
    Besieged,
    Misdeed,
    Siege,
    besieged,
    every_kind_is_tried,
)
from tests.attacks.conftest import database_of
from tests.attacks.hub import DEADLINE_S, HASTE_S, Told
from tests.attacks.jsons import JSON
from tests.attacks.test_source import GROWTH, LITTLE_S, tells
from tests.attacks.wires import LATE, Speak, Wire, http
from tests.misbehaving import ANSWER, FAULT, TIMEOUT, UNAVAILABLE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def under(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    """The hub, which has answered a good question of each service once."""
    with (
        database_of(request) as database,
        besieged(tmp_path_factory.mktemp("besieged") / "home", database) as hub,
    ):
        for siege in SIEGES:
            for service in siege.services:
                until = time.monotonic() + 30  # what is done once, by hub and mock, may take its time
                while (told := hub.ask(service)).status != 200:
                    assert time.monotonic() < until, told.text
        yield hub


def refused(under: Besieged, siege: Siege, told: Told) -> tuple[int, str]:
    """Status and reason of a refusal that is in the log as such, and that hands nothing over."""
    problem = told.body
    assert problem.get("origin") == "source", told.status
    allowed = {"type", "href", "title", "status", "origin", "detail", "instance", "consultationId"}
    assert problem.keys() <= {*allowed, "retryAfterSec"}
    whole = told.text + json.dumps(dict(told.headers))
    values = under.front(siege.slug).values
    assert [value for value in values if tells(value) and value in whole] == []
    outcome = under.outcome(problem["consultationId"])
    assert (outcome["outcome"], outcome["error"], outcome["fields"]) == ("failed", told.reason, [])
    assert "answer" not in outcome
    return told.status, told.reason


def endured(
    under: Besieged, siege: Siege, misbehave: Callable[[], object], expected: tuple[int, str]
) -> None:
    """A question of each service, answered badly; the last one's receipt; and then a good question."""
    endings, late, swollen = {}, {}, {}
    for service in siege.services:
        under.memory.mark()
        misbehave()
        told = under.ask(service)
        endings[service] = refused(under, siege, told)
        if told.took_s > DEADLINE_S + LITTLE_S:
            late[service] = told.took_s
        if under.memory.grown() > GROWTH:
            swollen[service] = under.memory.grown()
    assert (endings, late, swollen) == (dict.fromkeys(siege.services, expected), {}, {})
    assert under.front(siege.slug).took() == ([], 0)
    failed = told.body["consultationId"]
    assert under.proved(failed) == under.outcome(failed)
    good = under.ask(service)
    assert (good.status, good.body.get("found")) == (200, True), good.reason


def cases(wires: Callable[[Siege], tuple[Wire, ...]]) -> list[object]:
    return [
        pytest.param(siege, wire, id=f"{siege.slug}-{wire.name}") for siege in SIEGES for wire in wires(siege)
    ]


@pytest.mark.parametrize(("siege", "wire"), cases(lambda siege: siege.wrongs))
def test_a_bad_answer(under: Besieged, siege: Siege, wire: Wire) -> None:
    endured(under, siege, lambda: under.front(siege.slug).speak(wire.speak), wire.expected)


MISDEEDS = [
    pytest.param(siege, misdeed, id="-".join(map(str, (siege.slug, *misdeed[0].values()))))
    for siege in SIEGES
    for misdeed in siege.misdeeds
]


@pytest.mark.parametrize(("siege", "misdeed"), MISDEEDS)
def test_a_misbehaviour_of_the_mock_s_own(under: Besieged, siege: Siege, misdeed: Misdeed) -> None:
    fault, expected = misdeed
    front = under.front(siege.slug)

    def misbehave() -> None:
        if fault["kind"] in TOKENS:
            end_token(under, siege)
        if fault["kind"] == EXPIRED_TOKEN:
            assert well(under, siege)
        front.misbehave(**fault)

    endured(under, siege.before(fault["kind"]), misbehave, expected)


def well(under: Besieged, siege: Siege) -> bool:
    """Whether a good question is answered; afterwards the hub has a good token."""
    return under.ask(next(iter(siege.services))).status == 200


def end_token(under: Besieged, siege: Siege) -> None:
    """The hub has a token, and will be told at its next question that it has ended."""
    assert well(under, siege)
    under.front(siege.slug).misbehave(kind=EXPIRED_TOKEN)


@pytest.mark.parametrize(("siege", "wire"), cases(lambda _: LATE))
def test_an_answer_that_never_ends_is_late_at_the_deadline(under: Besieged, siege: Siege, wire: Wire) -> None:
    """Of all services at once; a good question afterwards is answered at once."""
    services = list(siege.services)
    assert under.ask(services[0], siege.hasty).status == 200  # it has a token, where one is needed
    for _ in services:
        under.front(siege.slug).speak(wire.speak)
    under.memory.mark()
    with ThreadPoolExecutor(len(services)) as pool:
        replies = list(pool.map(lambda service: hastily(under, siege, service), services))
    for told in replies:
        assert refused(under, siege, told) == wire.expected == TIMEOUT
        assert HASTE_S <= told.took_s < HASTE_S + LITTLE_S
    assert under.memory.grown() < GROWTH
    assert under.front(siege.slug).took() == ([], 0)
    assert under.ask(services[0], siege.hasty).status == 200


def hastily(under: Besieged, siege: Siege, service: str) -> Told:
    """One question on a connection of its own, to the source with little patience."""
    another = Besieged(under.hub, under.source, under.memory, under.reader)
    try:
        return another.ask(service, siege.hasty)
    finally:
        another.leave()


def says(body: bytes, status: str = "200 OK", media: str = JSON, *more: str) -> Speak:
    async def speak(_: bytes, writer: object) -> None:
        writer.write(http(body, status, media, *more))  # type: ignore[attr-defined]

    return speak


def token(**changes: object) -> bytes:
    right = {"access_token": "abc", "token_type": "Bearer", "expires_in": 300}
    told = {name: value for name, value in (right | changes).items() if value is not None}
    return json.dumps(told).encode()


BAD_TOKENS: dict[str, tuple[Speak, tuple[int, str]]] = {
    "none": (says(b""), ANSWER),
    "html": (says(b"<p>sign in</p>", media="text/html"), ANSWER),
    "no-token": (says(token(access_token=None)), ANSWER),
    "no-lifetime": (says(token(expires_in=None)), ANSWER),
    "a-lifetime-below-nothing": (says(token(expires_in=-1)), ANSWER),
    "a-lifetime-in-words": (says(token(expires_in="long")), ANSWER),
    "of-another-type": (says(token(token_type="mac")), ANSWER),
    "with-a-line-end": (says(token(access_token="a\r\nX-More: 1")), ANSWER),
    "with-a-blank": (says(token(access_token="a b")), ANSWER),
    "too-long": (says(token(access_token="a" * 9_000)), ANSWER),
    "in-a-list": (says(b"[" + token() + b"]"), ANSWER),
    "twice": (says(token()[:-1] + b', "access_token": "x"}'), ANSWER),
    "deep": (says(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), ANSWER),
    "huge": (says(b" " * 2_000_000), ANSWER),
    "for-nobody": (says(b'{"error": "invalid_client"}', "401 Unauthorized"), FAULT),
    "elsewhere": (says(b"", "302 Found", JSON, "Location: https://127.9.9.9:41909/"), FAULT),
    "not-now": (says(b"", "503 Unavailable"), UNAVAILABLE),
    "that-is-not-taken": (says(token()), FAULT),
}


@pytest.mark.parametrize("siege", [one for one in SIEGES if one.tokens], ids=lambda one: one.slug)
@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_bad_token(under: Besieged, siege: Siege, name: str) -> None:
    """In place of one that has ended; the next question has a good one."""
    front, (speak, expected) = under.front(siege.slug), BAD_TOKENS[name]

    def misbehave() -> None:
        end_token(under, siege)
        front.speak_aside(speak)

    endured(under, siege, misbehave, expected)


@pytest.mark.parametrize("siege", [one for one in SIEGES if one.tokens], ids=lambda one: one.slug)
def test_a_token_that_has_ended_is_replaced_unseen(under: Besieged, siege: Siege) -> None:
    for service in siege.services:
        end_token(under, siege)
        told = under.ask(service)
        assert (told.status, told.body["found"]) == (200, True)
    assert under.front(siege.slug).took() == ([], 0)


@pytest.mark.parametrize("siege", [one for one in SIEGES if one.slug == "div"], ids=lambda one: one.slug)
def test_no_content_is_an_absence_and_one_with_content_is_none(under: Besieged, siege: Siege) -> None:
    front = under.front(siege.slug)
    for service in siege.services:
        front.speak(says(b"", "204 No Content"))
        told = under.ask(service)
        assert (told.status, told.body["found"]) == (200, False)
        outcome = under.outcome(told.body["consultationId"])
        assert (outcome["outcome"], outcome["fields"]) == ("absent", [])
    assert front.took() == ([], 0)


@pytest.mark.parametrize("siege", SIEGES, ids=lambda one: one.slug)
def test_every_kind_of_misbehaviour_is_tried(siege: Siege) -> None:
    assert ON_THE_WIRE
    assert every_kind_is_tried(siege)
