"""No oracle: whoever guesses five times wrong about somebody has to wait until tomorrow; nobody else has."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from fidus.cli.client import Reply
from fidus.policy import seconds_to_midnight
from mocks.people import Person
from mocks.population import population
from tests.journeys.journal import Journal
from tests.journeys.trial import CONTEXT, address_of
from tests.journeys.world import World

pytestmark = pytest.mark.slow

FLOW, MOST = "trial-confirm", 5


def guess(world: World, person: Person, flow: str = FLOW, **wrong: str) -> Reply:
    """Compare somebody's address. `wrong`: members that are not true."""
    confirm = {"address": address_of(person, **wrong)}
    return world.consult(flow, {"query": {"ssin": person.number}, "confirm": confirm, "context": CONTEXT})


def verdict(reply: Reply) -> str:
    """What was answered about the address."""
    assert reply.status == 200
    return str(reply.body["confirmed"]["address"])


def spend(world: World, person: Person, count: int = MOST, flow: str = FLOW) -> None:
    """Guess wrong so often."""
    for house_number in range(900, 900 + count):
        assert verdict(guess(world, person, flow, houseNumber=str(house_number))) == "no"


def closed(reply: Reply, limit: int) -> None:
    """No guess is left until midnight in Brussels."""
    assert reply.status == 429
    assert reply.body["type"] == "urn:problem-type:belgif:tooManyFailedRequests"
    assert (reply.body["origin"], reply.body["limit"]) == ("caller", limit)
    seconds = int(reply.headers["retry-after"])
    assert reply.body["retryAfterSec"] == seconds
    assert abs(seconds - seconds_to_midnight(datetime.now(UTC))) <= 5
    assert "consultationId" not in reply.body


def test_five_wrong_values_close_the_flow_for_that_person(
    trial: World, journal: Journal, people: Iterator[Person]
) -> None:
    """Even the right value is not looked at any more; the source is not asked; each try is a record."""
    person = next(people)
    spend(trial, person)
    asked = len(trial.asked())
    size = journal.size()
    closed(guess(trial, person, houseNumber="999"), MOST)
    closed(guess(trial, person), MOST)
    assert len(trial.asked()) == asked
    refusals = [entry for entry in journal.entries(size) if entry["kind"] == "refusal"]
    assert [(entry["error"], entry["rule"]) for entry in refusals] == [("tooManyFailedRequests", 10)] * 2
    assert [journal.subjects(entry) for entry in refusals] == [{person.number: "asked"}] * 2


def test_others_are_not_affected(trial: World, people: Iterator[Person]) -> None:
    """Not another person, nor another flow of the institution, nor another institution."""
    person, another = next(people), next(people)
    spend(trial, person)
    assert verdict(guess(trial, another)) == "yes"
    assert verdict(guess(trial, person, "trial-confirm-too")) == "yes"
    assert verdict(guess(trial, person, "trial-confirm-there")) == "yes"
    data = {"query": {"ssin": person.number}, "context": CONTEXT}
    assert trial.consult("trial-address", data).body["found"] is True
    closed(guess(trial, person), MOST)


def test_a_flow_may_allow_fewer(world: World, people: Iterator[Person]) -> None:
    person = next(people)
    spend(world, person, 2, "region-confirm-address")
    closed(guess(world, person, "region-confirm-address"), 2)


def test_only_a_no_takes_a_guess(trial: World, people: Iterator[Person]) -> None:
    """Yes, unknown, absent and malformed do not, however often."""
    person = next(people)
    spend(trial, person, MOST - 1)
    for _ in range(MOST + 2):
        assert verdict(guess(trial, person)) == "yes"
        malformed: dict[str, Any] = {"query": {"ssin": person.number}, "confirm": {}, "context": CONTEXT}
        assert trial.consult(FLOW, malformed).status == 400
    assert verdict(guess(trial, person, houseNumber="999")) == "no"
    closed(guess(trial, person), MOST)


@pytest.mark.parametrize("case", ["secretAddress", "unknown", "deceased", "replaced"])
def test_where_nothing_is_compared_nothing_is_spent(trial: World, case: str) -> None:
    body = trial.about(FLOW, case)
    body["confirm"] = {"address": {"street": "Rue Haute", "houseNumber": "1", "postalCode": "1000"}}
    replies = [trial.consult(FLOW, body) for _ in range(MOST + 2)]
    assert {reply.status for reply in replies} == {200}
    assert len({str(reply.body.get("confirmed", reply.body.get("why"))) for reply in replies}) == 1


def test_guesses_at_once_do_not_outrun_the_count(trial: World, people: Iterator[Person]) -> None:
    """While five are under way a sixth has to wait for them, a second; and five `no` are all there is."""
    person = next(people)
    trial.fault(kind="delay", seconds=1, count=MOST, key=person.number)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: guess(trial, person, houseNumber=f"9{n:02}"), range(12)))
    trial.no_faults()
    assert sorted(reply.status for reply in replies) == [200] * MOST + [429] * (12 - MOST)
    waited = [reply for reply in replies if reply.status == 429]
    assert {reply.headers["retry-after"] for reply in waited} == {"1"}
    assert {reply.body["type"] for reply in waited} == {"urn:problem-type:belgif:tooManyRequests"}
    closed(guess(trial, person), MOST)


def test_the_newest_number_counts(trial: World) -> None:
    """A number that was replaced is never compared, so it gives nobody five more guesses."""
    (person,) = population().cases["replacement"].people
    old = {"query": {"ssin": person.formers[0].number}, "context": CONTEXT}
    spend(trial, person, flow="trial-confirm-there")
    reply = trial.consult("trial-confirm-there", {**old, "confirm": {"address": address_of(person)}})
    assert (reply.status, reply.body["why"]) == (200, "replaced")
    closed(guess(trial, person, "trial-confirm-there"), MOST)
