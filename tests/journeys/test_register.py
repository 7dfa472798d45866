"""Each service of the National Register through the running hub: what is told, who then is in the log."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from fidus.cli.client import Reply
from mocks.people import Person
from mocks.population import population
from tests.journeys.commands import fidus
from tests.journeys.journal import Journal
from tests.journeys.trial import CONTEXT
from tests.journeys.world import World

pytestmark = pytest.mark.slow

PEOPLE = population()
CASES = PEOPLE.cases
WITH_FILE = [case for case, one in CASES.items() if one.people and one.number == one.people[0].number]


def ask(world: World, flow: str, number: str, **more: Any) -> Reply:
    return world.consult(flow, {"query": {"ssin": number}, "context": CONTEXT, **more})


def counted(**found: int) -> dict[str, int]:
    return {"asked": 0, "listed": 0, "disclosed": 0, "unnumbered": 0} | found


def family() -> Person:
    """The reference person of a household with a spouse and children of both."""
    return next(
        one
        for one in PEOPLE.ordinary()
        if one.head == one.number and one.civil_states[-1].spouse and len(PEOPLE.children(one.number)) > 1
    )


def found_by(world: World, number: str) -> set[str]:
    """The consultations that a search for this person finds."""
    words = ("audit", "search", "--person", "-", "--json", "--limit", "1000")
    rows = json.loads(fidus(*words, home=world.home, stdin=f"{number}\n").out)["rows"]
    return {row.get("consultation", "") for row in rows}


@pytest.mark.parametrize("case", WITH_FILE)
def test_who_somebody_is(trial: World, journal: Journal, case: str) -> None:
    (person,) = CASES[case].people
    reply = ask(trial, "trial-person", person.number)
    data = reply.body["data"]
    assert data["ssin"] == person.number
    assert data["name"] == {"familyName": person.family_name, "givenNames": list(person.given_names)}
    assert data["birth"]["date"] == str(person.birth)
    assert data["sex"]["code"] == str(person.sex)
    assert [one["nationality"]["code"] for one in data["nationalities"]] == [person.nationality]
    assert data["nationalities"][0]["nationality"]["known"] is (case != "unexplainedCode")
    assert data.get("death", {}).get("date") == (None if person.decease is None else str(person.decease))
    _, outcome = journal.pair(reply.body["consultationId"])
    assert outcome["subjects"] == counted()
    assert "civilStatus" not in data, "it is not granted"


def test_a_code_without_meaning_is_counted(trial: World) -> None:
    ask(trial, "trial-person", CASES["unexplainedCode"].number)
    with urllib.request.urlopen(f"{trial.told['management']}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert 'fidus_unknown_codes_total{source="national-register",table="country"}' in text


def test_a_household_discloses_its_members(trial: World, journal: Journal) -> None:
    head = family()
    members = {one.number for one in PEOPLE.household(head.number)} - {head.number}
    reply = ask(trial, "trial-household", head.number)
    household = reply.body["data"]["household"]
    assert {one["ssin"] for one in household["members"]} == members
    assert (household["complete"], household["size"]) == (True, len(members) + 1)
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {head.number: "asked"}
    assert journal.subjects(outcome) == dict.fromkeys(members, "disclosed")
    assert outcome["subjects"] == counted(disclosed=len(members))
    assert reply.body["consultationId"] in found_by(trial, min(members))


def test_a_member_is_told_the_reference_person_only(trial: World, journal: Journal) -> None:
    head = family()
    child = PEOPLE.children(head.number)[0]
    reply = ask(trial, "trial-household", child.number)
    household = reply.body["data"]["household"]
    assert household["complete"] is False
    assert [(one["ssin"], one["role"]["code"]) for one in household["members"]] == [(head.number, "01")]
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == {head.number: "disclosed"}


def test_the_size_of_a_household_discloses_nobody(trial: World, journal: Journal) -> None:
    head = family()
    reply = ask(trial, "region-household-size", head.number)
    size = len(PEOPLE.household(head.number))
    assert reply.body["data"] == {"household": {"size": size, "complete": True}}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert (journal.subjects(outcome), outcome["subjects"]) == ({}, counted())


def test_parents_and_children_are_disclosed(trial: World, journal: Journal) -> None:
    head = family()
    children = [one.number for one in PEOPLE.children(head.number)]
    reply = ask(trial, "trial-filiation", head.number)
    assert sorted(one["ssin"] for one in reply.body["data"]["children"]) == sorted(children)
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == dict.fromkeys(children, "disclosed")
    reply = ask(trial, "trial-filiation", children[0])
    parents = PEOPLE.persons[children[0]].parents
    assert [one["ssin"] for one in reply.body["data"]["parents"]] == list(parents)
    assert "children" not in reply.body["data"]
    _, outcome = journal.pair(reply.body["consultationId"])
    assert outcome["subjects"] == counted(disclosed=2)


@pytest.mark.parametrize("case", ["divorced", "widowed", "noBox"])
def test_civil_statuses_disclose_spouses(trial: World, journal: Journal, case: str) -> None:
    (person,) = CASES[case].people
    reply = ask(trial, "trial-civil-status", person.number)
    told = reply.body["data"]["civilStatuses"]
    expected = [(state.code, str(state.since)) for state in reversed(person.civil_states)]
    assert [(one["status"]["code"], one["since"]) for one in told] == expected
    spouses = {state.spouse for state in person.civil_states if state.spouse}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == dict.fromkeys(spouses, "disclosed")


def search(world: World, family_name: str, given: str, born: str, **more: Any) -> Reply:
    query = {"familyName": family_name, "givenName": given, "birthDate": born, **more}
    return world.consult("trial-search", {"query": query, "context": CONTEXT})


def test_whoever_a_search_lists_stands_in_the_log(trial: World, journal: Journal) -> None:
    namesakes = (*CASES["namesakes"].people, *CASES["namesakes"].others)
    reply = search(trial, "Overaltegar", "Micolas", "1962-00-00", toleranceYears=3)
    listed = {one["ssin"] for one in reply.body["data"]["candidates"]}
    assert listed == {one.number for one in namesakes if abs(one.birth.year - 1962) <= 3}
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert (journal.subjects(intent), intent["subjects"]) == ({}, counted())
    assert journal.subjects(outcome) == dict.fromkeys(listed, "listed")
    assert outcome["subjects"] == counted(listed=len(listed))
    assert reply.body["consultationId"] in found_by(trial, min(listed))


def test_nobody_of_that_name_is_an_answer(trial: World, journal: Journal) -> None:
    reply = search(trial, "Overaltegaers", "Mykolas", "1962-00-00", toleranceYears=3)
    assert (reply.body["found"], reply.body["why"]) == (False, "unknownSubject")
    _, outcome = journal.pair(reply.body["consultationId"])
    assert (outcome["outcome"], outcome["subjects"]) == ("absent", counted())


def test_too_many_candidates_are_an_answer_without_any(trial: World, journal: Journal) -> None:
    reply = search(trial, "Overaltegaer", "Mykolas", "1962-00-00", toleranceYears=10)
    assert (reply.status, reply.body["found"], reply.body["why"]) == (200, False, "tooManyCandidates")
    _, outcome = journal.pair(reply.body["consultationId"])
    assert (outcome["outcome"], outcome["subjects"]) == ("absent", counted())


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"toleranceYears": 11}, "query.toleranceYears"),
        ({"toleranceYears": "1"}, "query.toleranceYears"),
        ({"toleranceYears": 1.5}, "query.toleranceYears"),
        ({"birthDate": "1962-13-00"}, "query.birthDate"),
        ({"givenName": ""}, "query.givenName"),
    ],
)
def test_a_search_of_the_wrong_form_is_refused(trial: World, more: dict[str, Any], name: str) -> None:
    query = {"familyName": "Overaltegaer", "givenName": "Mykolas", "birthDate": "1962-00-00", **more}
    reply = trial.consult("trial-search", {"query": query, "context": CONTEXT})
    assert (reply.status, [issue["name"] for issue in reply.body["issues"]]) == (400, [name])


def test_all_numbers_lead_to_one_person(trial: World, journal: Journal) -> None:
    old, new = CASES["replaced"].number, CASES["replaced"].people[0].number
    for asked in (old, new):
        reply = ask(trial, "trial-numbers", asked)
        assert reply.body["data"]["numbers"]["current"] == new
        assert reply.body["data"]["numbers"]["related"] == [old]
        _, outcome = journal.pair(reply.body["consultationId"])
        assert outcome["subjects"] == counted()
        for number in (old, new):
            assert reply.body["consultationId"] in found_by(trial, number)


def test_a_replaced_number_is_followed_within_one_consultation(trial: World, journal: Journal) -> None:
    (person,), old = CASES["replaced"].people, CASES["replaced"].number
    before = len(trial.asked())
    reply = ask(trial, "trial-follow", old)
    assert reply.body["data"]["name"]["familyName"] == person.family_name
    assert person.number not in json.dumps(reply.body)
    assert [one["key"] for one in trial.asked()[before:]] == [old, person.number]
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {old: "asked"}
    assert journal.subjects(outcome) == {old: "asked", person.number: "asked"}
    assert outcome["subjects"] == counted()
    for number in (old, person.number):
        assert reply.body["consultationId"] in found_by(trial, number)


def test_guesses_count_under_the_newest_number(trial: World, journal: Journal) -> None:
    (person,) = CASES["replacement"].people
    former = person.formers[0].number
    right = {"name": {"familyName": person.family_name}, "birth": {"date": str(person.birth)}}
    wrong = {"name": {"familyName": "Nobodyatall"}}
    reply = ask(trial, "trial-follow-confirm", former, confirm=right)
    assert reply.body["confirmed"] == {"name": "yes", "birth": "yes"}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert outcome["subjects"] == counted()
    for number in (former, person.number, former, person.number, former):
        told = ask(trial, "trial-follow-confirm", number, confirm=wrong)
        assert told.body["confirmed"] == {"name": "no"}
    for number in (former, person.number):
        told = ask(trial, "trial-follow-confirm", number, confirm=wrong)
        assert (told.status, told.body["type"]) == (429, "urn:problem-type:belgif:tooManyFailedRequests")
    assert reply.body["consultationId"] in found_by(trial, person.number)


@pytest.fixture
def misbehaving(trial: World) -> Iterator[World]:
    yield trial
    trial.no_faults()


@pytest.mark.parametrize("kind", ["wrongSubject", "badSignature", "replayed", "soapFault"])
@pytest.mark.parametrize("flow", ["trial-person", "trial-household", "trial-search", "trial-numbers"])
def test_a_misbehaving_source_on_each_operation(misbehaving: World, flow: str, kind: str) -> None:
    person = CASES["veryOld"].people[0]
    misbehaving.fault(kind=kind, count=1)
    if flow == "trial-search":
        reply = search(misbehaving, person.family_name, person.given_names[0], str(person.birth))
    else:
        reply = ask(misbehaving, flow, person.number)
    assert (reply.status, reply.body["origin"]) == (502, "source")
    assert person.number not in json.dumps(reply.body)
