"""Every kind of misbehaviour of UrbIS as it shows on the wire."""

from __future__ import annotations

import json
import time
from typing import Any

import aiohttp
import pytest

from mocks.faults import REST_KINDS
from mocks.urbis.server import Urbis
from mocks.world import world
from tests.mocks.served import Reply
from tests.mocks.urbis.conftest import LOCALIZE, Client, equal, filter_of
from tests.mocks.urbis.test_features import report

ONE = world().town.buildings[10]
TEXT = f"{ONE.street.names.fr} {ONE.house_number}"


def of_building(client: Client) -> Reply:
    return client.features("Buildings", filter_of(equal("BU_ID", ONE.id)))


ASK: dict[str, Any] = {
    "text": lambda client: client.text(TEXT),
    "point": lambda client: client.point(ONE.x, ONE.y),
    "building": of_building,
}
every_way = pytest.mark.parametrize("ask", ASK.values(), ids=ASK.keys())


def test_it_knows_kinds_of_rest_and_reports_and_no_others(client: Client, urbis: Urbis) -> None:
    assert urbis.faults.kinds == REST_KINDS.keys() | {"exceptionReport"}
    for kind in ("doctype", "unsigned", "expiredToken"):
        assert client.mock.control("PUT", "faults", {"kind": kind}).status == 400


@every_way
def test_status_and_body(client: Client, ask: Any) -> None:
    right = ask(client)
    client.mock.misbehave(kind="status", status=503, count=1)
    assert ask(client).status == 503
    client.mock.misbehave(kind="truncate", bytes=50, count=1)
    assert ask(client).body == right.body[:50]
    client.mock.misbehave(kind="hugeBody", bytes=2_000_000, count=1)
    huge = ask(client)
    assert (len(huge.body), huge.json) == (2_000_000, right.json)
    client.mock.misbehave(kind="duplicateMember", count=1)
    pairs = json.loads(ask(client).body, object_pairs_hook=list)
    assert pairs[0][0] == pairs[1][0]
    assert ask(client).body == right.body


@every_way
def test_time_and_connection(client: Client, ask: Any) -> None:
    client.mock.misbehave(kind="delay", seconds=0.2, count=1)
    started = time.monotonic()
    assert ask(client).status == 200
    assert time.monotonic() - started >= 0.2
    client.mock.misbehave(kind="reset", count=2)  # aiohttp tries a cut connection once more
    with pytest.raises(aiohttp.ClientError):
        ask(client)


def test_slow_body(client: Client) -> None:
    client.mock.misbehave(kind="slowBody", count=1)
    with pytest.raises(TimeoutError):
        client.mock.ask("GET", f"{LOCALIZE}/getaddresses?language=fr&address=x", timeout_s=0.7)


def test_another_address(client: Client) -> None:
    client.mock.misbehave(kind="wrongSubject")
    told = client.text(TEXT).json["result"][0]
    assert told["address"]["number"] != ONE.house_number
    assert (told["qualificationCode"]["streetName"], told["qualificationCode"]["policeNumber"]) == ("1", "1")
    told = client.fields(ONE.street.names.fr, ONE.house_number).json["result"][0]
    assert told["address"]["number"] != ONE.house_number
    point = client.point(ONE.x, ONE.y).json["result"]["point"]
    assert abs(point["x"] - ONE.x) + abs(point["y"] - ONE.y) > 5_000


def test_another_building(client: Client) -> None:
    client.mock.misbehave(kind="wrongSubject")
    (one,) = of_building(client).json["features"]
    assert one["properties"]["BU_ID"] != ONE.id


def test_a_report_under_status_200_of_features_alone(client: Client) -> None:
    client.mock.misbehave(kind="exceptionReport", count=1)
    assert client.text(TEXT).status == 200
    assert report(of_building(client)) == (200, "NoApplicableCode", None)
    assert of_building(client).media == "application/json"


def test_a_fault_finds_its_question_by_what_it_is_about(client: Client) -> None:
    client.mock.misbehave(kind="status", status=503, key=ONE.id)
    assert of_building(client).status == 503
    assert client.text(TEXT).status == 200
    client.mock.misbehave(kind="status", status=500, key=TEXT)
    assert client.text(TEXT).status == 500
    assert client.fields(ONE.street.names.fr, ONE.house_number).status == 500
