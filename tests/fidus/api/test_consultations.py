"""Asking: what goes to the hub, what comes back, and that a client that leaves changes nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from fidus.errors import (
    Conflict,
    ExchangeRefused,
    FidusError,
    NotAcceptable,
    QuotaExceeded,
    QuotaReason,
    RefusedBecause,
    RequestInvalid,
    SourceTimeout,
    UnsupportedMedia,
)
from fidus.model import Caller, Role

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

CONSULTATION = "0199b2c3-7c1e-7abc-8def-0123456789ab"
TRACE = "0d4d5c2e-6c1f-4a7e-9c0c-0b8d8f1a2f11"
BODY = b'{"query": {"ssin": "62691699717"}, "context": {"caseReference": "c", "endUser": {"id": "a"}}}'


def until(happened: Callable[[], object], within_s: float = 5.0) -> None:
    """Wait until something has happened elsewhere."""
    end = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_the_answer_leaves_as_the_hub_gave_it(world: World) -> None:
    reply = world.consult(headers={"Accept-Language": "fr-BE"})
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Content-Language"] == "fr"
    assert "Zomerstraat" in reply.body.decode()
    assert "Rue de l'Été".encode() in reply.body, "text is not escaped"
    assert reply.json["receipt"]["index"] == 4711


def test_the_count_of_the_consultation_itself_is_told(world: World) -> None:
    assert world.consult().headers["RateLimit"].startswith('"day";r=4958;t=')


def test_the_hub_gets_body_caller_and_traces_as_they_are(world: World) -> None:
    reply = world.consult(body=BODY, headers={"BelGov-Trace-Id": TRACE})
    ((caller, flow, body, traces),) = world.hub.consulted
    assert (caller, flow, body) == (Caller("0999999922", frozenset({Role.EXCHANGE})), "own-address", BODY)
    assert (str(traces.own), traces.related) == (reply.headers["BelGov-Trace-Id"], UUID(TRACE))


@pytest.mark.parametrize(
    ("headers", "query", "fault"),
    [
        ({"Accept": "text/html"}, "", NotAcceptable),
        ({}, "?verbose=1", RequestInvalid),
        ({"Content-Type": "text/plain"}, "", UnsupportedMedia),
        ({"Content-Type": "application/json; charset=latin-1"}, "", UnsupportedMedia),
        ({"Content-Type": "application/problem+json"}, "", UnsupportedMedia),
        ({"Content-Encoding": "gzip"}, "", UnsupportedMedia),
        ({"Content-Encoding": "identity"}, "", UnsupportedMedia),
    ],
)
def test_faults_of_the_request_go_to_the_hub_for_its_record(
    world: World, headers: dict[str, str], query: str, fault: type[FidusError]
) -> None:
    reply = world.ask(f"/flows/own-address/consult{query}", "POST", body=BODY, headers=headers)
    assert reply.status in (400, 406, 415)
    ((_, _, body, _),) = world.hub.consulted
    assert type(body) is fault


def test_faults_of_parameters_do_not_hide_those_of_the_body(world: World) -> None:
    """The hub gets the body with them; a body that cannot be read has its fault beside theirs."""
    world.ask("/flows/own-address/consult?page=2", "POST", body=b"{}")
    world.ask("/flows/own-address/consult?page=2", "POST", body=bytes(65_537))
    told = [body for _, _, body, _ in world.hub.consulted if isinstance(body, RequestInvalid)]
    assert [(one.unread, [issue.name for issue in one.issues]) for one in told] == [
        (b"{}", ["page"]),
        (None, ["page"]),
    ]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json;charset=UTF-8"}])
def test_json_in_utf_8_is_taken(world: World, headers: dict[str, str]) -> None:
    assert world.consult(headers=headers).status == 200


def test_all_faults_of_a_body_are_told_at_once_without_its_values(world: World) -> None:
    body = {"query": {"ssin": "62691699718", "name": "Peeters"}, "context": {"endUser": {"id": 7}}}
    reply = world.consult(body=body)
    assert reply.status == 400
    assert {issue["name"] for issue in reply.json["issues"]} == {
        "query.ssin",
        "query.name",
        "context.caseReference",
        "context.endUser.id",
    }
    assert b"62691699718" not in reply.body
    assert b"Peeters" not in reply.body


@pytest.mark.parametrize(
    ("failure", "status", "type_", "origin"),
    [
        (ExchangeRefused(RefusedBecause.SUSPENDED, 4), 403, "suspended", "caller"),
        (QuotaExceeded(QuotaReason.PER_SECOND, 20, 1, 8), 429, "tooManyRequests", "caller"),
        (SourceTimeout("national-register", "no answer"), 504, "sourceTimeout", "source"),
    ],
)
def test_what_the_hub_refuses_is_a_problem(
    world: World, failure: FidusError, status: int, type_: str, origin: str
) -> None:
    failure.consultation = UUID(CONSULTATION)
    world.hub.failure = failure
    reply = world.consult()
    assert (reply.status, reply.json["origin"]) == (status, origin)
    assert reply.json["type"].endswith(f":{type_}")
    assert reply.json["consultationId"] == CONSULTATION
    assert ("Retry-After" in reply.headers) == (status == 429)


def test_a_client_that_leaves_does_not_stop_its_consultation(world: World) -> None:
    """It closes its connection while the source is asked: the record is written all the same."""
    world.hub.go_on.clear()
    connection = world.connect()
    connection.request(
        "POST", "/fidus/v1/flows/own-address/consult", BODY, {"Content-Type": "application/json"}
    )
    assert world.hub.begun.wait(5)
    connection.close()
    assert world.ask("/health", who=None).status == 200
    assert world.hub.recorded == []
    world.background.loop.call_soon_threadsafe(world.hub.go_on.set)
    until(lambda: world.hub.recorded == ["own-address"])
    assert world.hub.trouble.bugs == []


def test_many_at_once_do_not_wait_for_each_other(world: World) -> None:
    world.hub.go_on.clear()
    replies: list[int] = []

    def ask() -> None:
        replies.append(world.consult().status)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: len(world.hub.consulted) == 8)
    world.background.loop.call_soon_threadsafe(world.hub.go_on.set)
    for thread in threads:
        thread.join()
    assert replies == [200] * 8


def test_a_receipt_is_given_to_its_institution(world: World) -> None:
    reply = world.ask(f"/consultations/{CONSULTATION}/receipt")
    assert (reply.status, reply.json["outcome"]) == (200, "found")
    assert reply.json["receipt"].keys() == {"index", "nonce", "proof"}


@pytest.mark.parametrize(
    ("who", "name"), [("other", CONSULTATION), ("own", TRACE), ("own", "no-uuid"), ("own", "62691699717")]
)
def test_a_receipt_of_anothers_and_of_none_read_the_same(world: World, who: str, name: str) -> None:
    reply = world.ask(f"/consultations/{name}/receipt", who=who)
    assert reply.status == 404
    assert b"62691699717" not in reply.body


def test_an_open_consultation_has_no_receipt_yet(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def still_open(*_: object) -> Any:
        raise Conflict

    monkeypatch.setattr(world.hub, "receipt", still_open)
    reply = world.ask(f"/consultations/{CONSULTATION}/receipt")
    assert (reply.status, reply.json["type"]) == (409, "urn:problem-type:fidus:conflict")


def test_an_answer_that_json_cannot_hold_is_a_bug(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_a_number(*_: object) -> Any:
        return {"outcome": float("nan")}

    monkeypatch.setattr(world.hub, "receipt", not_a_number)
    reply = world.ask(f"/consultations/{CONSULTATION}/receipt")
    assert reply.status == 500
    assert json.loads(reply.body)["type"] == "urn:problem-type:belgif:internalServerError"
    assert [type(bug) for bug in world.hub.trouble.bugs] == [ValueError]
