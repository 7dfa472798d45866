"""The adapter against a server of our own over TLS: what is sent, pages, many at once, and trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import pytest
from aiohttp import web

from adapters.div.adapter import BULK, Div, make
from adapters.div.mapping import MOST
from fidus.adapter import ManyAdapter
from fidus.errors import (
    ConfigurationInvalid,
    SourceAnswerInvalid,
    SourceError,
    SourceFault,
    SourceTimeout,
    SourceUnavailable,
)
from fidus.model import Absent, Found, Query, Why
from tests.adapters.div.samples import HOLDER, MOVEMENT, PLATE, held_by_person, listing, query, registration

VEHICLE = query("vehicle", plate=PLATE)
PERIOD = {"startDate": "2025-12-01", "endDate": "2025-12-01"}


def says(body: Any, status: int = 200) -> Callable[[web.Request], Any]:
    async def respond(_: web.Request) -> web.Response:
        return web.Response(status=204) if body is None else web.json_response(body, status=status)

    return respond


def test_a_vehicle_is_fetched_with_a_token_that_is_kept(register: Any) -> None:
    server = register(says(listing(registration())))

    async def story() -> None:
        async with server.running() as adapter:
            assert isinstance(adapter, ManyAdapter)
            await adapter.ping()
            for _ in range(3):
                assert isinstance(await adapter.fetch(VEHICLE), Found)

    asyncio.run(story())
    assert [str(one.rel_url) for one in server.asked] == [f"/v1/mobility/registrations?plateNr={PLATE}"] * 3
    (form,) = server.tokens
    claims = jwt.decode(form["client_assertion"], options={"verify_signature": False})
    assert (claims["iss"], claims["sub"]) == ("fidus", "fidus")
    assert claims["aud"].endswith("/oauth2/token")
    assert set(form["scope"].split()) == {
        "mob_reg_v1_G",
        "mob_regtit_v1_G",
        "mob_reghist_v1_G",
        "mob_movind_v1_G",
    }


def test_nothing_found_is_204(register: Any) -> None:
    answer = register(says(None)).fetched(VEHICLE)
    assert isinstance(answer, Absent)
    assert answer.why is Why.UNKNOWN_SUBJECT


def test_pages_are_followed_to_their_end(register: Any) -> None:
    async def respond(request: web.Request) -> web.Response:
        first = "after" not in request.query
        one = held_by_person(license__startSituationDate="2020-05-04" if first else "2019-01-01")
        more = {"next": f"{PLATE}_20190101"} if first else {}
        return web.json_response({**listing(one), "total": 2, **more})

    server = register(respond)
    answer = server.fetched(query("vehicles-of", ssin=HOLDER))
    assert [one["since"] for one in answer.fields["vehicles"]] == ["2020-05-04", "2019-01-01"]
    assert [dict(one.query) for one in server.asked] == [
        {"INSZ": HOLDER, "current": "true", "pageSize": "100"},
        {"INSZ": HOLDER, "current": "true", "pageSize": "100", "after": f"{PLATE}_20190101"},
    ]


@pytest.mark.parametrize("asked", [query("movements", period=PERIOD), query("vehicles-of", ssin=HOLDER)])
def test_more_than_an_answer_takes_is_an_answer_of_its_own(register: Any, asked: Query) -> None:
    server = register(says({"self": "/", "total": MOST + 1, "items": [], "next": "x"}))
    answer = server.fetched(asked)
    assert isinstance(answer, Absent)
    assert answer.why is Why.TOO_MANY_CANDIDATES
    assert len(server.asked) == 1


def test_changes_are_fetched(register: Any) -> None:
    server = register(says(listing(MOVEMENT)))
    answer = server.fetched(query("movements", period=PERIOD))
    assert isinstance(answer, Found)
    assert server.asked[0].path == "/v1/mobility/movementIndicators/transactions"


STATUSES: dict[int, type[SourceError]] = {
    400: SourceFault,
    401: SourceFault,
    403: SourceFault,
    500: SourceFault,
}
STATUSES |= {429: SourceUnavailable, 503: SourceUnavailable}


@pytest.mark.parametrize(("status", "error"), STATUSES.items())
def test_each_status_of_the_contract_means_one_thing(register: Any, status: int, error: type) -> None:
    server = register(says({"title": PLATE, "status": status}, status))
    with pytest.raises(SourceError) as caught:
        server.fetched(VEHICLE)
    assert type(caught.value) is error
    assert PLATE not in repr(caught.value)
    assert len(server.tokens) == (2 if status == 401 else 1)


@pytest.mark.parametrize(
    "body",
    [
        {"self": "/", "total": 1},
        {**listing(registration()), "items": [registration(license__plateNr=None)]},
        listing(registration(license__plateNr="0ABC999")),
    ],
    ids=["no-items", "against-the-contract", "another-vehicle"],
)
def test_what_is_not_as_agreed_is_no_answer(register: Any, body: Any) -> None:
    with pytest.raises(SourceAnswerInvalid):
        register(says(body)).fetched(VEHICLE)


def test_what_comes_too_late_is_a_timeout(register: Any) -> None:
    async def respond(_: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response(status=204)

    server = register(respond)
    server.deadline_s = 0.2
    with pytest.raises(SourceTimeout):
        server.fetched(VEHICLE)


# --- many at once


async def rows(many: AsyncIterator[tuple[int, Any]]) -> dict[int, Any]:
    got: dict[int, Any] = {}
    async for index, answer in many:
        assert index not in got
        got[index] = answer
    return got


def asked_many(server: Any, queries: list[Query]) -> dict[int, Any]:
    async def story() -> dict[int, Any]:
        async with server.running() as adapter:
            assert all(adapter.takes_many(one) for one in queries)
            return await rows(adapter.fetch_many(queries))

    return asyncio.run(story())


def plate(nth: int) -> str:
    return f"0A{nth:05d}"


async def bulk(request: web.Request) -> web.Response:
    """Knows the plates with an even number; forgets 7, and gives another's for 9."""
    items: list[dict[str, Any]] = []
    for one in reversed((await request.json())["plateNrs"]):
        number = int(one[2:])
        if number % 2 == 0 or number == 9:
            items.append(
                {"plateNr": one, "registration": registration(license__plateNr=plate(number - number % 2))}
            )
        elif number != 7:
            items.append({"plateNr": one})
    return web.json_response({"total": len(items), "items": items})


def test_many_plates_are_asked_in_few_questions_and_each_has_its_answer(register: Any) -> None:
    queries = [query("emission-norm", plate=plate(nth)) for nth in (*range(BULK + 20), 4)]
    server = register(bulk)
    got = asked_many(server, queries)
    assert got.keys() == set(range(len(queries)))
    assert len(server.asked) == 2
    assert all(str(one.rel_url) == "/v1/mobility/registrations/query" for one in server.asked)
    assert isinstance(got[4], Found)
    assert isinstance(got[len(queries) - 1], Found)
    assert got[5] == Absent(Why.UNKNOWN_SUBJECT, got[4].as_of)
    assert isinstance(got[7], SourceAnswerInvalid)
    assert isinstance(got[9], SourceAnswerInvalid)


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        (says({"title": "no", "status": 503}, 503), SourceUnavailable),
        (says(None), SourceAnswerInvalid),
        (says({"total": 0}), SourceAnswerInvalid),
    ],
)
def test_trouble_with_many_is_told_for_each(register: Any, respond: Any, error: type) -> None:
    got = asked_many(register(respond), [query("vehicle", plate=plate(nth)) for nth in range(3)])
    assert [type(got[nth]) for nth in range(3)] == [error] * 3


@pytest.mark.parametrize(
    "asked",
    [
        query("holder", plate=PLATE),
        query("vehicle", plate=PLATE, referenceDate="2021-01-01"),
        query("vehicle", vin="0TESTSENNE0000001", unifier="07"),
        query("vehicles-of", ssin=HOLDER),
    ],
)
def test_the_bulk_question_does_not_take_everything(register: Any, asked: Query) -> None:
    async def story() -> bool:
        async with register(bulk).running() as adapter:
            return bool(adapter.takes_many(asked))

    assert not asyncio.run(story())


@pytest.mark.parametrize("base", ["", "/", "/base", "/base/"])
def test_paths_are_joined_with_one_slash(register: Any, base: str) -> None:
    server = register(says(None))
    server.base = base
    server.fetched(VEHICLE)
    assert server.asked[0].path == f"{base.rstrip('/')}/v1/mobility/registrations"


# --- settings


@pytest.mark.parametrize("change", [{"client_id": ""}, {"unknown": 1}, {"signing_key": "no-such-file"}])
def test_settings_of_no_use_are_refused(register: Any, change: dict[str, Any]) -> None:
    server = register(bulk)
    with pytest.raises(ConfigurationInvalid):
        make(server.basis("https://localhost:1"), {**server.options(), **change})


def test_the_audience_is_the_token_end_point_or_as_set(register: Any) -> None:
    server = register(bulk)
    made = [
        make(server.basis("https://localhost:1/base/"), {**server.options(), **more})
        for more in ({}, {"audience": "https://tokens.example"})
    ]
    assert all(isinstance(one, Div) for one in made)
    audiences = [one._rest._tokens._identity.audience for one in made]  # type: ignore[union-attr]
    assert audiences == ["https://localhost:1/base/oauth2/token", "https://tokens.example"]
