"""What the vehicle register answers and what it refuses, over real sockets."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from mocks.vehicles import ELECTRIC, REGISTERED, STRUCK_OFF
from mocks.world import world
from tests.mocks.div.conftest import Client
from tests.mocks.served import Reply

WORLD = world()
PRESENT = [one for one in WORLD.registrations if one.status == REGISTERED]
OF_PERSON = next(
    one for one in PRESENT if len(one.holder) == 11 and WORLD.people.persons[one.holder].address is not None
)
OF_FIRM = next(one for one in PRESENT if len(one.holder) == 10)
DRIVEN = next(one for one in PRESENT if one.driver is not None)
ENDED = next(one for one in WORLD.registrations if one.status == STRUCK_OFF)
BUSIEST = max(WORLD.by_holder.items(), key=lambda pair: len(pair[1]))
UNKNOWN = "0ZZZ000"


def only(reply: Reply) -> Any:
    assert (reply.status, reply.media) == (200, "application/json")
    assert (reply.json["total"], len(reply.json["items"])) == (1, 1)
    return reply.json["items"][0]


def test_a_plate_tells_its_vehicle_and_no_person(client: Client) -> None:
    got = only(client.get(f"registrations?plateNr={OF_PERSON.plate}"))
    assert got["license"]["plateNr"] == OF_PERSON.plate
    assert got["vehicle"]["vin"] == OF_PERSON.vehicle.vin
    assert got["license"]["status"] == "REG"
    assert "titular" not in got
    assert "driver" not in got


def test_a_vehicle_tells_its_present_plate(client: Client) -> None:
    (vin, unifier), all_ = max(WORLD.by_vehicle.items(), key=lambda pair: len(pair[1]))
    got = only(client.get(f"registrations?vin={vin}&unifier={unifier}"))
    assert len(all_) > 1
    assert got["license"]["plateNr"] == all_[-1].plate
    assert got["transaction"]["info"]["plateNumberPriorTitular"] == all_[-2].plate


def test_all_technical_data_of_the_world_are_there(client: Client) -> None:
    hybrid = next(one for one in PRESENT if len(one.vehicle.fuels) == 2 and ELECTRIC in one.vehicle.fuels)
    vehicle = only(client.get(f"registrations?plateNr={hybrid.plate}"))["vehicle"]
    fuels = vehicle["engine"][0]["fuel"]
    assert [fuel["code"] for fuel in fuels] == list(hybrid.vehicle.fuels)
    assert (fuels[0]["euroNormCode"], "euroNormCode" in fuels[1]) == (hybrid.vehicle.norm, False)
    assert vehicle["category"] == hybrid.vehicle.model.category
    assert vehicle["technicPermissibleMaxMass"] == hybrid.vehicle.model.most_mass


@pytest.mark.parametrize("operation", ["registrations", "registrationsTitular", "registrationsHistory"])
def test_what_is_not_registered_is_204(client: Client, operation: str) -> None:
    got = client.get(f"{operation}?plateNr={UNKNOWN}")
    assert (got.status, got.body) == (204, b"")
    assert "Content-Type" not in got.headers


def test_a_person_who_holds_is_named_with_the_address_of_today(client: Client) -> None:
    titular = only(client.get(f"registrationsTitular?plateNr={OF_PERSON.plate}"))["titular"]
    person = WORLD.people.persons[OF_PERSON.holder]
    assert (titular["type"], titular["source"]) == ("P", "RRN")
    assert titular["person"]["nationalNr"] == person.number
    assert titular["person"]["lastName"] == [person.family_name]
    assert person.address is not None
    address = titular["contactInfo"]["address"]
    assert address["cityNisCode"] == person.address.street.nis
    assert address["houseNumber"] == person.address.house_number


def test_an_enterprise_that_holds_is_named(client: Client) -> None:
    titular = only(client.get(f"registrationsTitular?plateNr={OF_FIRM.plate}"))["titular"]
    assert titular["source"] == "KBO"
    assert titular["organisation"]["companyNr"] == OF_FIRM.holder
    assert "person" not in titular


def test_who_usually_drives_is_named_with_the_holder_only(client: Client) -> None:
    got = only(client.get(f"registrationsTitular?plateNr={DRIVEN.plate}"))
    assert got["driver"]["person"]["nationalNr"] == DRIVEN.driver
    assert "driver" not in only(client.get(f"registrations?plateNr={DRIVEN.plate}"))


def test_a_plate_that_was_struck_off_is_told_as_such(client: Client) -> None:
    got = only(client.get(f"registrations?plateNr={ENDED.plate}"))
    assert (got["license"]["status"], got["license"]["endSituationDate"]) == ("DEL", str(ENDED.until))
    assert got["transaction"]["typeCode"] == "DEL"


def test_a_day_is_answered_as_it_stood(client: Client) -> None:
    assert ENDED.until is not None
    last, gone = ENDED.until.first() - timedelta(days=1), ENDED.until.first()
    got = only(client.get(f"registrations?plateNr={ENDED.plate}&referenceDate={last}"))
    assert got["license"]["status"] == "REG"
    assert "endSituationDate" not in got["license"]
    assert client.get(f"registrations?plateNr={ENDED.plate}&referenceDate={gone}").status == 204
    early = ENDED.since.first() - timedelta(days=1)
    assert client.get(f"registrationsTitular?plateNr={ENDED.plate}&referenceDate={early}").status == 204


def pages(client: Client, target: str) -> list[Any]:
    """Every item of every page."""
    found: list[Any] = []
    after = ""
    while True:
        got = client.get(f"{target}{after}")
        assert got.status == 200
        found += got.json["items"]
        if "next" not in got.json:
            assert got.json["total"] == len(found)
            return found
        after = f"&after={got.json['next']}"


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_holders_history_comes_in_pages_newest_first(client: Client, size: int) -> None:
    number, all_ = BUSIEST
    name = "INSZ" if len(number) == 11 else "KBO"
    found = pages(client, f"registrationsHistory?{name}={number}&pageSize={size}")
    assert {one["license"]["plateNr"] for one in found} == {one.plate for one in all_}
    days = [one["license"]["startSituationDate"] for one in found]
    assert days == sorted(days, reverse=True)
    assert len(all_) > 2


def test_a_history_can_be_of_a_period_or_of_what_is_current(client: Client) -> None:
    number, all_ = BUSIEST
    name = "INSZ" if len(number) == 11 else "KBO"
    target = f"registrationsHistory?{name}={number}&pageSize=100"
    starts = sorted(str(one.since) for one in all_)
    found = client.get(f"{target}&dateTimeFrom={starts[0]}T00:00:00Z&dateTimeTo={starts[-1]}T00:00:00Z")
    assert found.json["total"] == sum(start < starts[-1] for start in starts)
    current = client.get(f"{target}&current=true")
    open_ = [one.plate for one in all_ if one.until is None]
    assert current.status == (200 if open_ else 204)
    if open_:
        assert {one["license"]["plateNr"] for one in current.json["items"]} == set(open_)


def test_many_plates_are_answered_at_once(client: Client) -> None:
    plates = [one.plate for one in WORLD.registrations[:200]] + [UNKNOWN]
    got = client.many(plates)
    assert (got.status, got.json["total"]) == (200, 201)
    rows = {row["plateNr"]: row.get("registration") for row in got.json["items"]}
    assert rows.keys() == set(plates)
    assert rows[UNKNOWN] is None
    assert all(row["license"]["plateNr"] == plate for plate, row in rows.items() if row is not None)
    assert client.mock.last_asked()["key"] == ",".join(plates)


def test_a_thousand_plates_are_taken_and_no_more(client: Client) -> None:
    plates = [f"0AAA{nth}" for nth in range(1_001)]
    assert client.many(plates[:1_000]).json["total"] == 1_000
    refused = client.many(plates)
    assert (refused.status, refused.json["detail"]) == (400, "body.plateNrs: it has more than 1000 items")


def test_what_moved_comes_oldest_first_within_the_period(client: Client) -> None:
    first, last = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
    found = pages(
        client, f"movementIndicators/transactions?dateTimeFrom={first}&dateTimeTo={last}&pageSize=7"
    )
    moments = [datetime.fromisoformat(one["dateTime"]) for one in found]
    assert moments == sorted(moments)
    assert len(found) > 20
    assert all(first <= one["dateTime"] < last for one in found)
    assert {one["typeCode"] for one in found} >= {"REG", "DEL", "TIT"}
    gone = [one.plate for one in WORLD.registrations if one.until is not None and one.until.year == 2024]
    assert sorted(one["plateNr"] for one in found if one["typeCode"] == "DEL") == sorted(gone)


def test_where_nothing_moved_is_204(client: Client) -> None:
    for moment in ("2026-02-01T00:00:00Z", "2126-01-01T00:00:00Z"):  # lately; not yet
        assert client.get(f"movementIndicators/transactions?dateTimeFrom={moment}").status == 204


REFUSED = [
    ("registrations", "query parameters: one key is needed"),
    ("registrations?plateNr=0-ABC-123", 'query parameter plateNr: it does not match "^[A-Z0-9]{1,10}$"'),
    ("registrations?plateNr=", "query parameter plateNr: it does not match"),
    ("registrations?plateNr=0ABC123&plateNr=0ABC124", "query parameter plateNr: is given more than once"),
    ("registrations?plate=0ABC123", "query parameter plate: is not known here"),
    ("registrations?vin=0ABCDEFGHJ1234567", "query parameters: one key is needed"),
    ("registrations?plateNr=0ABC123&vin=0ABCDEFGHJ1234567&unifier=01", "query parameters: one key"),
    (
        "registrations?plateNr=0ABC123&referenceDate=2024-02-30",
        'query parameter referenceDate: it is not a "date"',
    ),
    ("registrationsHistory?INSZ=1", "query parameter INSZ: it does not match"),
    ("registrationsHistory?KBO=0999200001&pageSize=0", "query parameter pageSize: it is less than"),
    ("registrationsHistory?KBO=0999200001&pageSize=ten", "query parameter pageSize: is not a whole number"),
    ("registrationsHistory?KBO=0999200001&current=yes", "query parameter current: is neither true nor false"),
    ("registrationsHistory?KBO=0999200001&after=x_y", "query parameter after: is not the cursor of a page"),
    ("registrationsHistory?KBO=0999200001&after=A_2024-13-01T00:00:00Z", "query parameter after: is not the"),
    (
        "registrationsHistory?KBO=0999200001&dateTimeFrom=2024-02-01T00:00:00Z&dateTimeTo=2024-01-01T00:00:00Z",
        "query parameter dateTimeTo: is before dateTimeFrom",
    ),
    (
        "registrationsHistory?KBO=0999200001&dateTimeFrom=2024-01-01",
        "query parameter dateTimeFrom: it is not a",
    ),
    ("movementIndicators/transactions", "query parameter dateTimeFrom: is missing"),
    ("registrations?plateNr=%FF", "the query string is none in UTF-8"),
]


@pytest.mark.parametrize(("target", "detail"), REFUSED)
def test_a_wrong_question_is_told_which_parameter_and_which_rule(
    client: Client, target: str, detail: str
) -> None:
    got = client.get(target)
    assert (got.status, got.media) == (400, "application/problem+json")
    assert got.json["detail"].startswith(detail)
    assert (got.json["title"], got.json["status"]) == ("Bad Request", 400)


def test_every_fault_is_told_at_once_and_no_value(client: Client) -> None:
    detail = client.get("registrationsHistory?plateNr=a-1&pageSize=1000&secret=7").json["detail"]
    assert detail.count(";") == 2
    assert "a-1" not in detail


@pytest.mark.parametrize(
    ("more", "status", "detail"),
    [
        ({"json": {}}, 400, 'body: "plateNrs" is a required property'),
        ({"json": {"plateNrs": []}}, 400, "body.plateNrs: it has less than 1 item"),
        ({"json": {"plateNrs": ["a"]}}, 400, "body.plateNrs.0: it does not match"),
        ({"json": {"plateNrs": ["A", "A"]}}, 400, "body.plateNrs: it has non-unique elements"),
        ({"json": {"plateNrs": ["A"], "why": 1}}, 400, "body: has a member that is not known here"),
        ({"data": b"plateNrs=A"}, 415, "Content-Type is not application/json"),
        ({"data": b'{"plateNrs":["A"],"plateNrs":["B"]}', "json_": True}, 400, "body: is not JSON"),
        ({"data": b'{"plateNrs":["A"], "x": NaN}', "json_": True}, 400, "body: is not JSON"),
        ({"data": b"\xff", "json_": True}, 400, "body: is not JSON"),
    ],
)
def test_a_wrong_body_is_told_what_is_wrong(
    client: Client, more: dict[str, Any], status: int, detail: str
) -> None:
    headers = {"Authorization": f"Bearer {client.token}"}
    if more.pop("json_", False):
        headers["Content-Type"] = "application/json"
    got = client.mock.ask("POST", "/v1/mobility/registrations/query", headers=headers, **more)
    assert (got.status, got.json["status"]) == (status, status)
    assert got.json["detail"].startswith(detail)


def test_other_paths_methods_and_bodies_are_refused(client: Client) -> None:
    assert client.get("nothing").status == 404
    assert client.mock.ask("GET", "/").status == 404
    wrong = client.mock.ask("DELETE", "/v1/mobility/registrations")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET")
    assert (
        client.get(f"registrations?plateNr={UNKNOWN}", data=b"x").json["detail"] == "body: there must be none"
    )
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    more: dict[str, Any] = {"data": b"{}", "headers": {**headers, "Content-Encoding": "gzip"}}
    assert client.mock.ask("POST", "/v1/mobility/registrations/query", **more).status == 415
    large: dict[str, Any] = {"data": b" " * 70_000, "headers": headers}
    assert client.mock.ask("POST", "/v1/mobility/registrations/query", **large).status == 413


def test_it_keeps_what_it_was_asked(client: Client) -> None:
    client.get(f"registrationsHistory?INSZ={OF_PERSON.holder}")
    asked = client.mock.last_asked()
    assert (asked["service"], asked["key"]) == ("div/registrationsHistory", OF_PERSON.holder)
    assert "messageId" not in asked
    client.get("registrations?plateNr=a-1")
    asked = client.mock.last_asked()
    assert (asked["service"], "key" in asked) == ("div/registrations", False)


def test_nothing_of_a_question_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.get(f"registrationsTitular?plateNr={OF_PERSON.plate}")
    client.get(f"registrationsHistory?INSZ={OF_PERSON.holder}&pageSize=0")
    assert "refused: query parameter pageSize" in caplog.text
    mocks = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("asyncio"))
    assert OF_PERSON.plate not in mocks
    assert OF_PERSON.holder not in mocks


def test_every_registration_of_the_world_can_be_told(client: Client) -> None:
    """The mock itself holds each answer against the contract."""
    for one in WORLD.registrations[:120]:
        got = only(client.get(f"registrationsTitular?plateNr={one.plate}"))
        assert got["license"]["plateNr"] == one.plate
    assert date(2026, 1, 1) > max(one.since.first() for one in WORLD.registrations)
