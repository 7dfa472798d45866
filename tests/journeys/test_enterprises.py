"""Each service of the Crossroads Bank through the running hub: what is told, who then is in the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fidus.cli.client import Reply
from fidus.demo.opendata import UPDATE
from mocks.enterprises import NATURAL, Enterprise
from mocks.faults import PLAIN_SOAP_KINDS
from mocks.world import world
from tests.journeys.journal import Entry, Journal
from tests.journeys.trial import CONTEXT
from tests.journeys.world import World
from tests.misbehaving import ANSWER, FAULT, TIMEOUT, UNAVAILABLE

pytestmark = pytest.mark.slow

FIRMS = tuple(world().enterprises.values())
PEOPLE = world().people.persons
NUMBER_OF_NONE = "0999999922"
NOBODY = {"asked": 0, "listed": 0, "disclosed": 0, "unnumbered": 0}


def directed() -> Enterprise:
    """The first enterprise that both people and another enterprise direct."""
    active = (one for one in FIRMS if one.until is None)
    return next(one for one in active if {len(role.holder) for role in one.functions} == {10, 11})


def ask(world: World, flow: str, **query: Any) -> Reply:
    return world.consult(flow, {"query": query, "context": CONTEXT})


def counted(outcome: Entry, **found: int) -> None:
    assert outcome["subjects"] == NOBODY | found


def test_an_enterprise_is_told_and_its_number_stands_in_the_log(trial: World, journal: Journal) -> None:
    one = directed()
    reply = ask(trial, "trial-enterprise", enterpriseNumber=one.number)
    data = reply.body["data"]
    assert data["enterprise"]["enterpriseNumber"] == one.number
    assert data["legal"]["form"]["code"] == one.form
    assert {one.names.fr, one.names.nl} & {row["denomination"] for row in data["denominations"]}
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {one.number: "asked"}
    counted(outcome, unnumbered=1)  # its seat, which has no number there


def test_a_natural_persons_enterprise_discloses_a_person(trial: World, journal: Journal) -> None:
    """Whose seat the open data do not tell."""
    one = next(firm for firm in FIRMS if firm.kind == NATURAL and firm.until is None)
    reply = ask(trial, "trial-enterprise", enterpriseNumber=one.number)
    assert "addresses" not in reply.body["data"]
    _, outcome = journal.pair(reply.body["consultationId"])
    counted(outcome, unnumbered=1)


@pytest.fixture
def misbehaving(trial: World) -> Iterator[World]:
    yield trial
    trial.no_faults("cbe")


def test_public_facts_are_told_without_a_call_though_the_bank_is_away(misbehaving: World) -> None:
    """Dated by the snapshot; what was stopped is not in it, so the bank is asked about that."""
    misbehaving.fault("cbe", kind="reset")
    asked = len(misbehaving.asked("cbe"))
    for flow in ("trial-enterprise", "trial-establishments"):
        reply = ask(misbehaving, flow, enterpriseNumber=directed().number)
        assert (reply.status, reply.body["source"]["asOf"]) == (200, str(UPDATE.day))
    assert len(misbehaving.asked("cbe")) == asked
    ended = next(firm for firm in FIRMS if firm.until is not None)
    reply = ask(misbehaving, "trial-enterprise", enterpriseNumber=ended.number)
    assert (reply.status, reply.body["type"].rpartition(":")[2]) == UNAVAILABLE
    assert len(misbehaving.asked("cbe")) == asked + 1


def test_changes_list_numbers_of_the_update(trial: World, journal: Journal) -> None:
    period = {"startDate": "2025-12-01", "endDate": "2025-12-31"}
    reply = ask(trial, "trial-enterprise-changes", period=period)
    rows = reply.body["data"]["changes"]
    numbers = {row.get("enterpriseNumber") or row["establishmentNumber"] for row in rows}
    assert {row["date"] for row in rows} == {str(UPDATE.day)}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == dict.fromkeys(numbers, "listed")
    none = ask(trial, "trial-enterprise-changes", period=period, enterpriseNumber=directed().number)
    assert (none.body["found"], none.body["why"]) == (False, "nothingInPeriod")
    early = ask(trial, "trial-enterprise-changes", period={"startDate": "2025-01-01"})
    assert (early.status, early.body["type"].rpartition(":")[2]) == FAULT


def test_each_establishment_is_disclosed_under_its_number(trial: World, journal: Journal) -> None:
    one = max((firm for firm in FIRMS if firm.until is None), key=lambda firm: len(firm.establishments))
    reply = ask(trial, "trial-establishments", enterpriseNumber=one.number)
    numbers = {place.number for place in one.establishments if place.until is None}
    assert {row["establishmentNumber"] for row in reply.body["data"]["establishments"]} == numbers
    assert all("address" not in row for row in reply.body["data"]["establishments"])
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == dict.fromkeys(numbers, "disclosed")
    counted(outcome, disclosed=len(numbers))


def test_who_directs_is_disclosed_enterprises_by_number_and_people_counted(
    trial: World, journal: Journal
) -> None:
    one = directed()
    reply = ask(trial, "trial-functions", enterpriseNumber=one.number)
    people = [role.holder for role in one.functions if len(role.holder) == 11]
    others = {role.holder for role in one.functions if len(role.holder) == 10}
    told = {row["name"]["familyName"] for row in reply.body["data"]["functions"] if "name" in row}
    assert told == {PEOPLE[number].family_name for number in people}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(outcome) == dict.fromkeys(others, "disclosed")
    counted(outcome, disclosed=len(others), unnumbered=len(people))


def test_codes_alone_disclose_those_who_have_them_too(trial: World, journal: Journal) -> None:
    one = directed()
    reply = ask(trial, "trial-function-codes", enterpriseNumber=one.number)
    assert all(row.keys() == {"function"} for row in reply.body["data"]["functions"])
    _, outcome = journal.pair(reply.body["consultationId"])
    people = [role for role in one.functions if len(role.holder) == 11]
    counted(outcome, disclosed=len(one.functions) - len(people), unnumbered=len(people))


def test_a_search_lists_whom_it_finds(trial: World, journal: Journal) -> None:
    one = directed()
    reply = ask(trial, "trial-enterprise-search", name=one.names.fr)
    numbers = {row["enterpriseNumber"] for row in reply.body["data"]["candidates"]}
    assert one.number in numbers
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {}
    assert journal.subjects(outcome) == dict.fromkeys(numbers, "listed")


@pytest.mark.parametrize(
    ("flow", "query"),
    [
        ("trial-enterprise", {"enterpriseNumber": NUMBER_OF_NONE}),
        ("trial-functions", {"enterpriseNumber": NUMBER_OF_NONE}),
        ("trial-enterprise-search", {"name": "Xylophonqvist Zzyzx"}),
    ],
)
def test_what_is_not_there_is_absent(
    trial: World, journal: Journal, flow: str, query: dict[str, str]
) -> None:
    reply = ask(trial, flow, **query)
    assert (reply.status, reply.body["found"], reply.body["why"]) == (200, False, "unknownSubject")
    _, outcome = journal.pair(reply.body["consultationId"])
    assert outcome["outcome"] == "absent"


# What each misbehaviour of the bank leads to, and what it needs.
LEADS_TO: dict[str, tuple[tuple[int, str], dict[str, Any]]] = {
    "delay": (TIMEOUT, {"seconds": 12}),
    "slowBody": (TIMEOUT, {}),
    "reset": (UNAVAILABLE, {}),
    "status": (FAULT, {"status": 404}),
    "truncate": (ANSWER, {"bytes": 300}),
    "hugeBody": (ANSWER, {"bytes": 20_000_000}),
    "doctype": (ANSWER, {}),
    "wrongSubject": (ANSWER, {}),
    "replayed": (ANSWER, {}),
    "soapFault": (FAULT, {}),
    "errorCode": (FAULT, {"code": 10}),
}
QUICK = sorted(set(LEADS_TO) - {"delay", "slowBody"})


def test_each_kind_has_its_problem() -> None:
    assert LEADS_TO.keys() == PLAIN_SOAP_KINDS.keys()


@pytest.mark.parametrize("kind", QUICK)
def test_a_misbehaviour_of_the_bank_is_the_callers_problem_document(
    misbehaving: World, journal: Journal, kind: str
) -> None:
    (status, reason), more = LEADS_TO[kind]
    misbehaving.fault("cbe", kind=kind, count=1, **more)
    reply = ask(misbehaving, "trial-functions", enterpriseNumber=directed().number)
    assert (reply.status, reply.body["type"].rpartition(":")[2]) == (status, reason)
    _, outcome = journal.pair(reply.body["consultationId"])
    assert (outcome["outcome"], outcome["error"]) == ("failed", reason)
    counted(outcome)
