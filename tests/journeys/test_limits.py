"""Quotas by second and by day, what the headers tell of them, and the bound of recorded refusals."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fidus.cli.client import Client, Reply
from fidus.cli.homes import apply_folder
from fidus.policy import seconds_to_midnight
from fidus.refusals import PER_MINUTE
from mocks.people import Person
from tests.journeys.alone import home_in, serving
from tests.journeys.journal import Journal, journal_of
from tests.journeys.trial import CONTEXT
from tests.journeys.world import World

pytestmark = pytest.mark.slow

LEFT = re.compile(r'"day";r=(\d+);t=(\d+)')


def ask(world: World, flow: str, person: Person) -> Reply:
    return world.consult(flow, {"query": {"ssin": person.number}, "context": CONTEXT})


def left(reply: Reply) -> int:
    """What RateLimit says is left of the day, after a look at the rest of both headers."""
    found = LEFT.fullmatch(reply.headers["ratelimit"])
    assert found is not None
    assert abs(int(found[2]) - seconds_to_midnight(datetime.now(UTC))) <= 5
    return int(found[1])


def too_many(reply: Reply, limit: int) -> int:
    """Refused for a quota of so many; gives the seconds after which to come back."""
    assert reply.status == 429
    assert reply.body["type"] == "urn:problem-type:belgif:tooManyRequests"
    assert (reply.body["origin"], reply.body["limit"]) == ("caller", limit)
    assert reply.headers["retry-after"] == str(reply.body["retryAfterSec"])
    return int(reply.headers["retry-after"])


def test_so_many_in_a_second(trial: World, journal: Journal, people: Iterator[Person]) -> None:
    """Of twelve at once those beyond three in one second of the clock are told to come in a second."""
    person, flow, size = next(people), "trial-three-a-second", journal.size()
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: ask(trial, flow, person), range(12)))
    statuses = [reply.status for reply in replies]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 3
    assert {too_many(reply, 3) for reply in replies if reply.status == 429} == {1}
    assert {reply.headers["ratelimit-policy"] for reply in replies} == {
        '"second";q=3;w=1, "day";q=100000;w=86400'
    }
    entries = journal.entries(size)
    by_second = Counter(entry["at"][:19] for entry in entries if entry["kind"] == "intent")
    assert max(by_second.values()) <= 3
    refused = [entry for entry in entries if entry["kind"] == "refusal"]
    assert len(refused) == statuses.count(429)
    assert {(entry["error"], entry["rule"]) for entry in refused} == {("tooManyRequests", 8)}
    time.sleep(1)
    assert ask(trial, flow, person).status == 200


def test_so_many_in_a_day(trial: World, journal: Journal, people: Iterator[Person]) -> None:
    """Counted exactly; refused ones do not count; the source is not asked."""
    person, flow = next(people), "trial-three-a-day"
    assert [left(ask(trial, flow, person)) for _ in range(3)] == [2, 1, 0]
    asked, size = len(trial.asked()), journal.size()
    for _ in range(2):
        reply = ask(trial, flow, person)
        assert abs(too_many(reply, 3) - seconds_to_midnight(datetime.now(UTC))) <= 5
        assert left(reply) == 0
    assert len(trial.asked()) == asked
    assert [(one["kind"], one["error"], one["rule"]) for one in journal.entries(size)] == [
        ("refusal", "tooManyRequests", 9)
    ] * 2


def test_every_answer_about_a_flow_tells_its_quota(trial: World, people: Iterator[Person]) -> None:
    """Refusals too, and the flow itself; looking does not count, a malformed question neither."""
    flow, client = "trial-four-a-day", trial.client("trial-four-a-day")
    policy = '"second";q=1000;w=1, "day";q=4;w=86400'
    looks = [client.get(f"/flows/{flow}"), client.post(f"/flows/{flow}/consult", b"{}")]
    assert [reply.status for reply in looks] == [200, 400]
    assert looks[0].body["quota"] == {"perSecond": 1000, "perDay": 4}
    answered = ask(trial, flow, next(people))
    assert [left(reply) for reply in [*looks, answered]] == [4, 4, 3]
    assert {reply.headers["ratelimit-policy"] for reply in [*looks, answered]} == {policy}
    assert "ratelimit" not in trial.client("trial-confirm").get(f"/flows/{flow}").headers


def test_the_counts_of_intents_are_in_their_facts(
    trial: World, journal: Journal, people: Iterator[Person]
) -> None:
    """`facts.dayUsed` is what the decision was made on: one more with each question."""
    person, flow = next(people), "trial-street"
    replies = [ask(trial, flow, person) for _ in range(4)]
    used = [journal.pair(reply.body["consultationId"])[0]["facts"]["dayUsed"] for reply in replies]
    assert used == list(range(used[0], used[0] + 4))


def test_so_many_refusals_in_a_minute_are_recorded_one_by_one(tmp_path: Path) -> None:
    """What is beyond them is told to come later, and counted in one entry; another institution goes on."""
    home = home_in(tmp_path / "home")
    with serving(home) as hub:
        apply_folder(home.folder, home.flows, [])
        statuses = list(refusals_until_too_many(hub.client("municipality")))
        assert hub.client("regional-administration").post("/flows/none/consult", b"{}").status == 404
    assert statuses == [404] * (len(statuses) - 3) + [429] * 3
    with journal_of(home.folder) as journal:
        entries = journal.entries()
    single = [entry for entry in entries if entry["kind"] == "refusal"]
    assert len(single) == len(statuses) - 3 + 1
    assert max(Counter((one["institution"], one["at"][:16]) for one in single).values()) == PER_MINUTE
    (together,) = [entry for entry in entries if entry["kind"] == "refusals"]
    assert together["refusals"]["reasons"] == {"resourceNotFound": 3}
    assert together["institution"] == "0999000228"
    numbers = [one["number"] for one in entries if one.get("institution") == "0999000228"]
    assert numbers == list(range(1, len(numbers) + 1))


def refusals_until_too_many(client: Client) -> Iterator[int]:
    """Statuses of questions under a flow that does not exist, over one connection, until three were 429.

    A minute may begin meanwhile, which allows as many again."""
    parts = urlsplit(client.api)
    connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=10, context=client.context())
    refused = 0
    for _ in range(2 * PER_MINUTE + 3):
        connection.request(
            "POST", "/fidus/v1/flows/none/consult", b"{}", {"Content-Type": "application/json"}
        )
        response = connection.getresponse()
        response.read()
        yield response.status
        refused += response.status == 429
        if refused == 3:
            break
    connection.close()
