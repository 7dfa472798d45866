"""Each service of the vehicle register through the running hub: what is told, who then is in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fidus.cli.client import Reply
from mocks.faults import EXPIRED_TOKEN, NO_TOKEN, REST_KINDS
from mocks.vehicles import Registration
from mocks.world import world
from tests.journeys.commands import fidus
from tests.journeys.journal import Entry, Journal
from tests.journeys.trial import CONTEXT
from tests.journeys.world import World
from tests.misbehaving import ANSWER, FAULT, UNAVAILABLE

pytestmark = pytest.mark.slow

REGISTER = world()
PLATE_OF_NOTHING = "0ZZZ000"
NOBODY = {"asked": 0, "listed": 0, "disclosed": 0, "unnumbered": 0}


def first(**wanted: bool) -> Registration:
    """The first registration that stands, by whether a person holds it and whether somebody drives it."""
    return next(
        one
        for one in REGISTER.registrations
        if one.until is None
        and {"person": len(one.holder) == 11, "driver": one.driver is not None}.items() >= wanted.items()
    )


def ask(world: World, flow: str, **query: Any) -> Reply:
    return world.consult(flow, {"query": query, "context": CONTEXT})


def counted(outcome: Entry, **found: int) -> None:
    assert outcome["subjects"] == NOBODY | found


def searched(world: World, number: str, *option: str) -> set[str]:
    """The consultations that a search for this person finds, or for this subject of another type."""
    words = ("audit", "search", *(option or ("--person",)), "-", "--json", "--limit", "1000")
    rows = json.loads(fidus(*words, home=world.home, stdin=f"{number}\n").out)["rows"]
    return {row.get("consultation", "") for row in rows}


def names(one: Registration) -> tuple[str, str]:
    """A vehicle by plate and by its own number, as a seal spells them."""
    return f"plate:BE:{one.plate}", f"vin:{one.vehicle.vin}"


def test_a_vehicle_is_told_by_plate_and_by_its_number(trial: World, journal: Journal) -> None:
    one = first(person=True)
    by_plate = ask(trial, "trial-vehicle", plate=one.plate)
    by_vin = ask(trial, "trial-vehicle", vin=one.vehicle.vin, unifier=one.vehicle.unifier)
    assert by_plate.body["data"] == by_vin.body["data"]
    data = by_plate.body["data"]
    assert data["registration"]["plate"] == one.plate
    assert (data["vehicle"]["vin"], data["vehicle"]["make"]) == (one.vehicle.vin, one.vehicle.model.make)
    assert data["technical"]["seats"] == one.vehicle.model.seats
    plate, vin = names(one)
    for reply, asked, other in ((by_plate, plate, vin), (by_vin, vin, plate)):
        intent, outcome = journal.pair(reply.body["consultationId"])
        assert journal.subjects(intent) == {asked: "asked"}
        assert journal.subjects(outcome) == {other: "asked"}
        counted(outcome)


def test_a_search_finds_a_vehicle_and_the_enterprise_that_holds_it(trial: World) -> None:
    one = first(person=False)
    reply = ask(trial, "trial-holder", plate=one.plate)
    consultation = reply.body["consultationId"]
    dashed = f"{one.plate[0]}-{one.plate[1:4].lower()}-{one.plate[4:]}"
    for kind, identifier in (
        ("plate", one.plate),
        ("plate", dashed),
        ("plate", f"be:{one.plate}"),
        ("vin", one.vehicle.vin),
        ("enterprise", one.holder),
    ):
        assert consultation in searched(trial, identifier, "--subject", kind), kind
    assert consultation not in searched(trial, f"F:{one.plate}", "--subject", "plate")


def test_a_plate_that_nothing_bears_is_absent(trial: World, journal: Journal) -> None:
    reply = ask(trial, "trial-vehicle", plate=PLATE_OF_NOTHING)
    assert (reply.status, reply.body["found"], reply.body["why"]) == (200, False, "unknownSubject")
    _, outcome = journal.pair(reply.body["consultationId"])
    assert outcome["outcome"] == "absent"


def test_a_person_who_holds_a_vehicle_is_disclosed(trial: World, journal: Journal) -> None:
    one = first(person=True)
    person = REGISTER.people.persons[one.holder]
    reply = ask(trial, "trial-holder", plate=one.plate)
    holder = reply.body["data"]["holder"]
    assert (holder["ssin"], holder["name"]["familyName"]) == (person.number, person.family_name)
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome)[person.number] == "disclosed"
    counted(outcome, disclosed=1)
    assert reply.body["consultationId"] in searched(trial, person.number)


def test_enterprise_and_driver_are_disclosed(trial: World, journal: Journal) -> None:
    one = first(person=False, driver=True)
    assert one.driver is not None
    reply = ask(trial, "trial-holder", plate=one.plate)
    data = reply.body["data"]
    assert (data["holder"]["enterpriseNumber"], data["driver"]["ssin"]) == (one.holder, one.driver)
    _, outcome = journal.pair(reply.body["consultationId"])
    subjects = journal.subjects(outcome)
    assert (subjects[one.holder], subjects[one.driver]) == ("disclosed", "disclosed")
    counted(outcome, disclosed=2)
    assert reply.body["consultationId"] in searched(trial, one.driver)


def test_a_driver_who_is_not_granted_is_not_told_and_not_disclosed(trial: World, journal: Journal) -> None:
    one = first(person=False, driver=True)
    assert one.driver is not None
    reply = ask(trial, "municipality-vehicle-holder", plate=one.plate)
    assert reply.body["data"]["holder"]["enterpriseNumber"] == one.holder
    assert reply.body["data"]["holder"]["address"]
    assert one.driver not in json.dumps(reply.body)
    _, outcome = journal.pair(reply.body["consultationId"])
    assert one.driver not in journal.subjects(outcome)
    counted(outcome, disclosed=1)


def test_who_is_shown_by_name_alone_is_disclosed_all_the_same(trial: World, journal: Journal) -> None:
    one = first(person=True)
    reply = ask(trial, "trial-holder-name", plate=one.plate)
    family_name = REGISTER.people.persons[one.holder].family_name
    assert reply.body["data"] == {"holder": {"name": {"familyName": family_name}}}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome)[one.holder] == "disclosed"


def test_what_somebody_holds_is_disclosed_by_plate_and_number(trial: World, journal: Journal) -> None:
    holder, held = next(
        (holder, standing)
        for holder, all_ in REGISTER.by_holder.items()
        if len(holder) == 11 and len(standing := [one for one in all_ if one.until is None]) > 1
    )
    reply = ask(trial, "trial-vehicles-of", ssin=holder)
    assert {row["plate"] for row in reply.body["data"]["vehicles"]} == {one.plate for one in held}
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {holder: "asked"}
    assert journal.subjects(outcome) == {name: "disclosed" for one in held for name in names(one)}
    counted(outcome, disclosed=2 * len(held))
    plates_only = ask(trial, "municipality-resident-vehicles", ssin=holder)
    _, outcome = journal.pair(plates_only.body["consultationId"])
    assert journal.subjects(outcome) == {names(one)[0]: "disclosed" for one in held}


def test_what_an_enterprise_holds(trial: World, journal: Journal) -> None:
    one = first(person=False)
    reply = ask(trial, "trial-vehicles-of", enterpriseNumber=one.holder)
    assert one.plate in {row["plate"] for row in reply.body["data"]["vehicles"]}
    intent, _ = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {one.holder: "asked"}


def test_a_history_discloses_every_holder(trial: World, journal: Journal) -> None:
    (vin, unifier), all_ = next((key, all_) for key, all_ in REGISTER.by_vehicle.items() if len(all_) > 2)
    reply = ask(trial, "trial-vehicle-history", vin=vin, unifier=unifier)
    rows = reply.body["data"]["registrations"]
    assert [row["plate"] for row in rows] == [one.plate for one in reversed(all_)]
    _, outcome = journal.pair(reply.body["consultationId"])
    subjects = journal.subjects(outcome)
    assert {one.holder for one in all_} | {names(one)[0] for one in all_} <= subjects.keys()
    assert {subjects[one.holder] for one in all_} == {"disclosed"}
    for one in all_:
        if len(one.holder) == 11:
            assert reply.body["consultationId"] in searched(trial, one.holder)


def test_an_emission_norm_discloses_nobody(trial: World, journal: Journal) -> None:
    one = next(one for one in REGISTER.registrations if one.vehicle.norm and len(one.vehicle.fuels) > 1)
    reply = ask(trial, "trial-emission-norm", plate=one.plate)
    emission = reply.body["data"]["emission"]
    assert [fuel["fuel"]["code"] for fuel in emission["fuels"]] == list(one.vehicle.fuels)
    assert emission["fuels"][0]["euroNorm"] == one.vehicle.norm
    _, outcome = journal.pair(reply.body["consultationId"])
    assert outcome["fields"], "what was told is named"
    counted(outcome)


def test_changes_of_a_period_are_listed(trial: World, journal: Journal) -> None:
    period = {"startDate": "2025-11-01", "endDate": "2025-12-31"}
    reply = ask(trial, "trial-movements", period=period)
    rows = reply.body["data"]["movements"]
    assert rows
    assert all("2025-10-31T2" < row["moment"] < "2026" for row in rows)
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {}
    listed = {f"plate:BE:{row['plate']}" for row in rows} | {f"vin:{row['vin']}" for row in rows}
    assert journal.subjects(outcome) == dict.fromkeys(listed, "listed")
    counted(outcome, listed=len(listed))
    nothing = ask(trial, "trial-movements", period={"startDate": "1960-01-01", "endDate": "1960-12-31"})
    assert (nothing.body["found"], nothing.body["why"]) == (False, "nothingInPeriod")


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"plate": "1-ABC-123 "}, "query.plate"),
        ({"plate": PLATE_OF_NOTHING, "vin": "0YZVSLFAS00000002", "unifier": "54"}, "query"),
        ({"vin": "0YZVSLFAS00000002"}, "query"),
        ({"vin": "0YZVSLFAS0000000O", "unifier": "54"}, "query.vin"),
        ({}, "query"),
    ],
)
def test_a_question_of_the_wrong_form_is_refused(trial: World, query: dict[str, str], fault: str) -> None:
    reply = ask(trial, "trial-vehicle", **query)
    assert reply.status == 400
    assert any(issue["name"].startswith(fault) for issue in reply.body["issues"]), reply.body["issues"]
    assert not any(value in json.dumps(reply.body) for value in query.values() if len(value) > 2)


@pytest.fixture
def misbehaving(trial: World) -> Iterator[World]:
    yield trial
    trial.no_faults("div")


KINDS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "reset": ({}, UNAVAILABLE),
    "status": ({"status": 429}, UNAVAILABLE),
    "truncate": ({"bytes": 300}, ANSWER),
    "hugeBody": ({"bytes": 3_000_000}, ANSWER),
    "wrongSubject": ({}, ANSWER),
    "duplicateMember": ({}, ANSWER),
    "expiredToken": ({}, FAULT),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", ["trial-vehicle", "trial-holder", "trial-emission-norm"])
def test_a_misbehaving_register(misbehaving: World, journal: Journal, flow: str, kind: str) -> None:
    one = first(person=True)
    values, expected = KINDS[kind]
    misbehaving.fault("div", kind=kind, key=one.plate, **values)
    reply = ask(misbehaving, flow, plate=one.plate)
    assert (reply.status, reply.body["type"]) == (expected[0], f"urn:problem-type:fidus:{expected[1]}")
    assert one.plate not in json.dumps([reply.body, reply.headers])
    _, outcome = journal.pair(reply.body["consultationId"])
    assert (outcome["outcome"], outcome["error"], outcome["fields"]) == ("failed", expected[1], [])
    misbehaving.no_faults("div")
    assert ask(misbehaving, flow, plate=one.plate).body["found"] is True


def test_the_kinds_that_are_not_tried_here_are_tried_elsewhere() -> None:
    """Late answers and a token server in trouble: tests/adapters/div/test_against_mock.py."""
    assert {*REST_KINDS, EXPIRED_TOKEN, *NO_TOKEN} - KINDS.keys() == {"delay", "slowBody", *NO_TOKEN}
