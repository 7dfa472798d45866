"""Every kind of misbehaviour of the vehicle register as it shows on the wire."""

from __future__ import annotations

import json
import time

import aiohttp
import pytest

from mocks.div.server import VehicleRegister
from mocks.faults import KINDS, REST_KINDS
from mocks.world import world
from tests.mocks.div.conftest import Client

WORLD = world()
ONE, OTHER = WORLD.registrations[0], WORLD.registrations[-1]
TARGET = f"registrations?plateNr={ONE.plate}"


def test_it_knows_kinds_of_rest_tokens_and_signed_messages_and_no_others(
    client: Client, register: VehicleRegister
) -> None:
    of_tokens = {"expiredToken", "tokenRefused", "tokenDown"}
    assert register.faults.kinds == REST_KINDS.keys() | KINDS.keys() | of_tokens
    for kind in ("exceptionReport", "nonsense"):
        assert client.mock.control("PUT", "faults", {"kind": kind}).status == 400


def test_delay(client: Client) -> None:
    client.mock.misbehave(kind="delay", seconds=0.3, count=1)
    started = time.monotonic()
    assert client.get(TARGET).status == 200
    assert time.monotonic() - started >= 0.3


def test_reset(client: Client) -> None:
    client.mock.misbehave(kind="reset", count=2)  # aiohttp tries a cut connection once more
    with pytest.raises(aiohttp.ClientError):
        client.get(TARGET)
    client.mock.control("DELETE", "faults")
    assert client.get(TARGET).status == 200


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_status(client: Client, status: int) -> None:
    client.mock.misbehave(kind="status", status=status)
    assert client.get(TARGET).status == status


def test_truncate(client: Client) -> None:
    client.mock.misbehave(kind="truncate", bytes=100)
    got = client.get(TARGET)
    assert (got.status, len(got.body)) == (200, 100)
    with pytest.raises(json.JSONDecodeError):
        json.loads(got.body)


def test_huge_body_is_right_in_all_but_size(client: Client) -> None:
    right = client.get(TARGET)
    client.mock.misbehave(kind="hugeBody", bytes=3_000_000)
    got = client.get(TARGET)
    assert (len(got.body), got.media) == (3_000_000, "application/json")
    assert got.json == right.json
    client.mock.misbehave(kind="hugeBody", bytes=1)
    assert client.get(TARGET).body == right.body


def test_slow_body(client: Client) -> None:
    client.mock.misbehave(kind="slowBody", count=1)
    with pytest.raises(TimeoutError):
        client.get(TARGET, timeout_s=0.7)


def test_duplicate_member(client: Client) -> None:
    client.mock.misbehave(kind="duplicateMember", count=1)
    pairs = json.loads(client.get(TARGET).body, object_pairs_hook=list)
    assert [name for name, _ in pairs][:2] == ["self", "self"]


def test_another_vehicle(client: Client) -> None:
    client.mock.misbehave(kind="wrongSubject")
    for operation in ("registrations", "registrationsTitular", "registrationsHistory"):
        got = client.get(f"{operation}?plateNr={ONE.plate}")
        assert got.json["items"][0]["license"]["plateNr"] != ONE.plate
    vin, unifier = ONE.vehicle.vin, ONE.vehicle.unifier
    got = client.get(f"registrations?vin={vin}&unifier={unifier}")
    assert got.json["items"][0]["vehicle"]["vin"] != vin
    name = "INSZ" if len(ONE.holder) == 11 else "KBO"
    got = client.get(f"registrationsHistory?{name}={ONE.holder}")
    titular = got.json["items"][0]["titular"]
    number = titular.get("person", {}).get("nationalNr") or titular["organisation"]["companyNr"]
    assert number != ONE.holder
    row = client.many([ONE.plate, OTHER.plate]).json["items"][0]
    assert row["registration"]["license"]["plateNr"] != row["plateNr"]


def test_another_period(client: Client) -> None:
    client.mock.misbehave(kind="wrongSubject")
    first = "2024-01-01T00:00:00Z"
    got = client.get(f"movementIndicators/transactions?dateTimeFrom={first}&dateTimeTo=2024-06-01T00:00:00Z")
    assert got.json["items"][0]["dateTime"] < first


def test_a_fault_finds_its_question_by_any_key(client: Client) -> None:
    client.mock.misbehave(kind="status", status=503, key=ONE.plate)
    assert client.get(TARGET).status == 503
    assert client.many([OTHER.plate, ONE.plate]).status == 503
    assert client.get(f"registrations?plateNr={OTHER.plate}").status == 200
    client.mock.misbehave(kind="status", status=429, key=ONE.holder)
    name = "INSZ" if len(ONE.holder) == 11 else "KBO"
    assert client.get(f"registrationsHistory?{name}={ONE.holder}").status == 429


def test_expired_token(client: Client) -> None:
    client.mock.misbehave(kind="expiredToken", count=1)
    assert client.get(TARGET).json["detail"] == "the token has expired"
    assert client.get(TARGET).status == 401
    assert client.get(TARGET, client.new_token().json["access_token"]).status == 200


@pytest.mark.parametrize(("kind", "status"), [("tokenRefused", 401), ("tokenDown", 503)])
def test_no_token(client: Client, kind: str, status: int) -> None:
    client.mock.misbehave(kind=kind, count=1)
    assert client.get(TARGET).status == 200
    assert client.new_token().status == status
    assert client.new_token().status == 200


def test_where_there_is_nothing_there_is_no_body_to_spoil(client: Client) -> None:
    for kind, more in (("truncate", {"bytes": 1}), ("hugeBody", {"bytes": 9_000}), ("duplicateMember", {})):
        client.mock.misbehave(kind=kind, count=1, **more)
        got = client.get("registrations?plateNr=0ZZZ000")
        assert (got.status, got.body) == (204, b"")
