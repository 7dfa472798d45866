"""Each service of UrbIS through the running hub: what is told, which address then is in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fidus.cli.client import Reply
from mocks.buildings import Building
from mocks.faults import REPORT, REST_KINDS
from mocks.world import world
from tests.journeys.journal import Journal
from tests.journeys.trial import CONTEXT
from tests.journeys.world import World
from tests.misbehaving import ANSWER, FAULT, UNAVAILABLE

pytestmark = pytest.mark.slow

TOWN = world().town
ONE = next(one for one in TOWN.buildings if len(one.boxes) > 1)
TEXT = f"{ONE.street.names.nl} {ONE.house_number}, {ONE.street.postal_code}"
FIELDS = {
    "street": ONE.street.names.fr,
    "houseNumber": ONE.house_number,
    "postalCode": ONE.street.postal_code,
}


def ask(world: World, flow: str, **query: Any) -> Reply:
    return world.consult(flow, {"query": query, "context": CONTEXT})


def sealed(one: Building) -> str:
    return f"{one.street.nis}/{one.street.code}/{one.house_number}/".upper()


@pytest.mark.parametrize("query", [{"addressText": TEXT}, FIELDS], ids=["text", "fields"])
def test_an_address_is_told_in_its_official_form(
    trial: World, journal: Journal, query: dict[str, str]
) -> None:
    reply = ask(trial, "trial-place", **query)
    (told,) = reply.body["data"]["addresses"]
    assert told["street"] == {"fr": ONE.street.names.fr, "nl": ONE.street.names.nl}
    assert (told["boxes"], told["parcelKeys"]) == (list(ONE.boxes), [ONE.parcel.capakey])
    assert told["point"] == {"x": ONE.x, "y": ONE.y}
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {}
    assert journal.subjects(outcome) == {sealed(ONE): "asked"}
    assert TEXT not in json.dumps([intent, outcome])


def test_a_street_of_several_municipalities_lists_them(trial: World, journal: Journal) -> None:
    name = "Chaussée de Haecht"
    of_name = [one for one in TOWN.buildings if one.street.names.fr == name]
    numbers = [one.house_number for one in of_name]
    number = max(numbers, key=numbers.count)
    there = [one for one in of_name if one.house_number == number]
    reply = ask(trial, "trial-place", addressText=f"{name} {number}")
    assert len(reply.body["data"]["addresses"]) == len(there) > 1
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == {sealed(one): "listed" for one in there}
    assert outcome["subjects"]["listed"] == len(there)


@pytest.mark.parametrize("text", ["Rue qui n'existe pas 12", f"{ONE.street.names.fr} 4999", "?"])
def test_a_guess_of_the_search_is_no_answer(trial: World, text: str) -> None:
    reply = ask(trial, "trial-place", addressText=text)
    assert (reply.status, reply.body["found"], reply.body["why"]) == (200, False, "unknownSubject")


@pytest.mark.parametrize("query", [{"buildingId": ONE.id}, FIELDS], ids=["id", "address"])
def test_a_building_with_its_parcel_and_addresses(
    trial: World, journal: Journal, query: dict[str, str]
) -> None:
    reply = ask(trial, "trial-building", **query)
    (told,) = reply.body["data"]["buildings"]
    assert (told["uri"], told["area"]) == (ONE.inspire_id, ONE.area)
    assert told["parcels"] == [{"parcelKey": ONE.parcel.capakey, "area": ONE.parcel.area}]
    assert [one["houseNumber"] for one in told["addresses"]] == [ONE.house_number]
    _, outcome = journal.pair(reply.body["consultationId"])
    role = "disclosed" if "buildingId" in query else "asked"
    assert journal.subjects(outcome) == {sealed(ONE): role}


def test_addresses_that_are_not_granted_are_not_told_and_not_disclosed(
    trial: World, journal: Journal
) -> None:
    reply = ask(trial, "trial-building-only", buildingId=ONE.id)
    (told,) = reply.body["data"]["buildings"]
    assert told.keys() == {"buildingId", "uri", "block", "area", "height"}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == {}
    assert outcome["subjects"]["disclosed"] == 0


def test_the_address_nearest_to_a_point(trial: World, journal: Journal) -> None:
    reply = ask(trial, "trial-nearest", x=ONE.x + 0.5, y=ONE.y)
    data = reply.body["data"]
    assert (data["distance"], data["address"]["houseNumber"]) == (0.5, ONE.house_number)
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == {sealed(ONE): "disclosed"}
    nothing = ask(trial, "trial-nearest", x=1, y=1)
    assert (nothing.body["found"], nothing.body["why"]) == (False, "unknownSubject")


@pytest.mark.parametrize(
    ("flow", "query", "fault"),
    [
        ("trial-place", {}, "query"),
        ("trial-place", {"addressText": TEXT, **FIELDS}, "query"),
        ("trial-place", {**FIELDS, "postalCode": "10700"}, "query.postalCode"),
        ("trial-place", {**FIELDS, "houseNumber": 12}, "query.houseNumber"),
        ("trial-building", {"buildingId": "1' or '1'='1"}, "query.buildingId"),
        ("trial-nearest", {"x": 1}, "query.y"),
        ("trial-nearest", {"x": "141039", "y": 1}, "query.x"),
        ("trial-nearest", {"x": 4.35, "y": -50.8}, "query.y"),
    ],
)
def test_a_question_of_the_wrong_form_is_refused(
    trial: World, flow: str, query: dict[str, Any], fault: str
) -> None:
    reply = ask(trial, flow, **query)
    assert reply.status == 400
    assert any(issue["name"].startswith(fault) for issue in reply.body["issues"]), reply.body["issues"]


@pytest.fixture
def misbehaving(trial: World) -> Iterator[World]:
    yield trial
    trial.no_faults("urbis")


KINDS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "reset": ({}, UNAVAILABLE),
    "status": ({"status": 503}, UNAVAILABLE),
    "truncate": ({"bytes": 100}, ANSWER),
    "hugeBody": ({"bytes": 3_000_000}, ANSWER),
    "wrongSubject": ({}, ANSWER),
    "duplicateMember": ({}, ANSWER),
    "exceptionReport": ({}, FAULT),
}
ASKED: dict[str, dict[str, Any]] = {
    "trial-place": {"addressText": TEXT},
    "trial-building": {"buildingId": ONE.id},
    "trial-nearest": {"x": ONE.x, "y": ONE.y},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", ASKED)
def test_a_misbehaving_source(misbehaving: World, journal: Journal, flow: str, kind: str) -> None:
    values, expected = KINDS[kind]
    misbehaving.fault("urbis", kind=kind, **values)
    reply = ask(misbehaving, flow, **ASKED[flow])
    assert (reply.status, reply.body["type"]) == (expected[0], f"urn:problem-type:fidus:{expected[1]}")
    assert ONE.street.names.nl not in json.dumps([reply.body, reply.headers])
    _, outcome = journal.pair(reply.body["consultationId"])
    assert (outcome["outcome"], outcome["error"], outcome["fields"]) == ("failed", expected[1], [])
    misbehaving.no_faults("urbis")
    assert ask(misbehaving, flow, **ASKED[flow]).body["found"] is True


def test_the_kinds_that_are_not_tried_here_are_tried_elsewhere() -> None:
    """Late answers: tests/adapters/urbis/test_against_mock.py."""
    assert {*REST_KINDS, REPORT} - KINDS.keys() == {"delay", "slowBody"}


def test_no_log_of_the_hub_or_the_source_tells_an_address(trial: World) -> None:
    """Streets are no secret, but who asks for which is: the URLs towards UrbIS stand nowhere."""
    ask(trial, "trial-place", addressText=TEXT)
    files = sorted((trial.home / "logs").iterdir())
    assert {"hub.log", "urbis.log"} <= {file.name for file in files}
    for file in files:
        told = file.read_text(encoding="utf-8")
        assert ONE.street.names.nl not in told
        assert "getaddresses?" not in told
