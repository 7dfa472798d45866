"""Every named case of the population, asked through the running hub: right data, or why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mocks.people import Stay
from mocks.places import municipalities
from mocks.population import population
from tests.journeys.commands import fidus
from tests.journeys.journal import Journal
from tests.journeys.trial import address_of
from tests.journeys.world import World

pytestmark = pytest.mark.slow

CASES = population().cases
UNKNOWN, REPLACED, NOTHING = "unknownSubject", "replaced", "nothingInPeriod"
ABSENT_TODAY = {
    "replaced": REPLACED,
    "deceased": NOTHING,
    "deceasedFileClosed": NOTHING,
    "abroad": NOTHING,
    "struckOff": NOTHING,
    "unknown": UNKNOWN,
    "noFile": UNKNOWN,
}
ABSENT_EVER = {case: ABSENT_TODAY[case] for case in ("replaced", "deceasedFileClosed", "unknown", "noFile")}


def expected(stay: Stay) -> dict[str, Any]:
    """A stay of the population as formats.md §4 writes an address."""
    address, street = stay.address, stay.address.street
    place = municipalities()[street.nis]
    told: dict[str, Any] = {
        "street": {"fr": street.names.fr, "nl": street.names.nl},
        "municipality": {"fr": place.fr, "nl": place.nl},
        "houseNumber": address.house_number,
        "postalCode": street.postal_code,
        "nisCode": street.nis,
        "streetCode": street.code,
        "country": "BE",
        "since": str(stay.since),
    }
    if address.written is not None:
        told["street"] = {"fr": address.written}
        del told["streetCode"]
    if address.box is not None:
        told["box"] = address.box
    return told if stay.until is None else {**told, "until": str(stay.until)}


def identifier(stay: Stay) -> str:
    """The address as formats.md §2 seals it."""
    address = stay.address
    parts = (address.street.nis, address.street.code, address.house_number, address.box or "")
    return "/".join(parts).upper()


def stays(case: str) -> tuple[Stay, ...]:
    """Where the one person of the case lived, from old to new."""
    (person,) = CASES[case].people
    return person.stays


def counted(disclosed: int, unnumbered: int) -> dict[str, int]:
    """What an outcome tells in clear of those whom its answer shows."""
    return {"asked": 0, "listed": 0, "disclosed": disclosed, "unnumbered": unnumbered}


def told(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer says of its subject."""
    return {
        name: answer[name] for name in ("found", "data", "confirmed", "withheld", "why") if name in answer
    }


@pytest.mark.parametrize("case", CASES)
def test_the_address_of_today(trial: World, journal: Journal, case: str) -> None:
    reply = trial.consult("trial-address", trial.about("trial-address", case))
    assert reply.status == 200
    intent, outcome = journal.pair(reply.body["consultationId"])
    assert journal.subjects(intent) == {CASES[case].number: "asked"}
    if case in ABSENT_TODAY:
        assert told(reply.body) == {"found": False, "why": ABSENT_TODAY[case]}
        assert (outcome["outcome"], outcome["fields"]) == ("absent", [])
    elif case == "secretAddress":
        assert told(reply.body) == {"found": True, "data": {}, "withheld": ["address"]}
        assert (outcome["fields"], journal.subjects(outcome)) == ([], {})
    else:
        last = stays(case)[-1]
        assert told(reply.body) == {"found": True, "data": {"address": expected(last)}}
        disclosed = {} if case == "streetWithoutCode" else {identifier(last): "disclosed"}
        assert journal.subjects(outcome) == disclosed
        assert outcome["subjects"] == counted(disclosed=len(disclosed), unnumbered=1 - len(disclosed))


@pytest.mark.parametrize("case", CASES)
def test_all_addresses_newest_first(trial: World, journal: Journal, case: str) -> None:
    reply = trial.consult("trial-history", trial.about("trial-history", case))
    assert reply.status == 200
    _, outcome = journal.pair(reply.body["consultationId"])
    if case in ABSENT_EVER:
        assert told(reply.body) == {"found": False, "why": ABSENT_EVER[case]}
    elif case == "secretAddress":
        assert told(reply.body) == {"found": True, "data": {}, "withheld": ["addresses"]}
        assert journal.subjects(outcome) == {}
    else:
        addresses = [expected(stay) for stay in reversed(stays(case))]
        assert told(reply.body) == {"found": True, "data": {"addresses": addresses}}
        unnumbered = sum("streetCode" not in address for address in addresses)
        assert outcome["subjects"] == counted(len(addresses) - unnumbered, unnumbered)


@pytest.mark.parametrize("case", ["longHistory", "sameStreetName", "returnedFromAbroad", "struckOff"])
def test_addresses_of_a_period(trial: World, case: str) -> None:
    """Both ends belong to the period; an address ends on the day on which the next one begins."""
    start, end = "2009-06-01", "2016-12-31"
    body = trial.about("trial-history", case)
    body["query"]["period"] = {"startDate": start, "endDate": end}
    reply = trial.consult("trial-history", body)
    lived = [
        expected(stay)
        for stay in reversed(stays(case))
        if str(stay.since) <= end and (stay.until is None or str(stay.until) > start)
    ]
    assert lived != [expected(stay) for stay in reversed(stays(case))]
    assert told(reply.body) == {"found": True, "data": {"addresses": lived}}


def test_nothing_in_the_period(trial: World) -> None:
    body = trial.about("trial-history", "addressYearOnly")
    body["query"]["period"] = {"startDate": "1990-01-01", "endDate": "1999-12-31"}
    reply = trial.consult("trial-history", body)
    assert told(reply.body) == {"found": False, "why": NOTHING}


@pytest.mark.parametrize("case", CASES)
def test_confirming_says_yes_no_or_unknown_and_nothing_else(
    trial: World, journal: Journal, case: str
) -> None:
    body = trial.about("trial-confirm", case)
    body["confirm"] = {"address": {"street": "Rue Haute", "houseNumber": "1", "postalCode": "1000"}}
    if case not in ABSENT_TODAY:
        body["confirm"]["address"] = address_of(CASES[case].people[0])
    reply = trial.consult("trial-confirm", body)
    assert reply.status == 200
    _, outcome = journal.pair(reply.body["consultationId"])
    assert set(outcome["subjects"].values()) == {0}
    if case in ABSENT_TODAY:
        assert told(reply.body) == {"found": False, "why": ABSENT_TODAY[case]}
    else:
        verdict = "unknown" if case == "secretAddress" else "yes"
        assert told(reply.body) == {"found": True, "confirmed": {"address": verdict}}
        assert (outcome["outcome"], outcome["fields"]) == ("confirmed", ["address"])


@pytest.mark.parametrize("case", [*ABSENT_TODAY, "secretAddress"])
def test_without_existence_nobody_learns_who_exists(trial: World, journal: Journal, case: str) -> None:
    """Somebody unknown, gone or secret reads the same, in the answer and in the entry that proves it."""
    body = trial.about("trial-discreet", case)
    body["confirm"] = {"address": {"street": "Rue Haute", "houseNumber": "1", "postalCode": "1000"}}
    reply = trial.consult("trial-discreet", body)
    assert told(reply.body) == {"found": True, "confirmed": {"address": "unknown"}}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert (outcome["outcome"], outcome["fields"]) == ("confirmed", ["address"])
    assert set(outcome["subjects"].values()) == {0}


@pytest.mark.parametrize("flow", ["trial-address", "trial-history", "trial-confirm"])
def test_a_replaced_number_never_tells_the_new_one(trial: World, journal: Journal, flow: str) -> None:
    old, new = CASES["replaced"].number, CASES["replaced"].people[0].number
    body = trial.about(flow, "replaced")
    if flow == "trial-confirm":
        body["confirm"] = {"address": address_of(CASES["replaced"].people[0])}
    reply = trial.consult(flow, body)
    text = json.dumps([reply.body, reply.headers, journal.pair(reply.body["consultationId"])])
    assert new not in text
    assert old not in text
    for number in (old, new):
        words = ("audit", "search", "--person", "-", "--json", "--limit", "1000")
        rows = json.loads(fidus(*words, home=trial.home, stdin=f"{number}\n").out)["rows"]
        assert reply.body["consultationId"] in {row.get("consultation") for row in rows}


def test_a_number_that_was_replaced_long_ago_leads_nowhere_else(trial: World) -> None:
    """`replacement` is asked by the number in use, and has an older one that is not."""
    (person,) = CASES["replacement"].people
    body = trial.about("trial-address", "replacement")
    body["query"]["ssin"] = person.formers[0].number
    reply = trial.consult("trial-address", body)
    assert told(reply.body) == {"found": False, "why": REPLACED}
    assert person.number not in json.dumps(reply.body)


@pytest.mark.parametrize("case", ["boxNumber", "streetWithoutCode", "twin"])
def test_a_flow_of_one_leaf_gives_that_leaf(trial: World, journal: Journal, case: str) -> None:
    """The street alone shows no address, so nobody else is disclosed."""
    reply = trial.consult("trial-street", trial.about("trial-street", case))
    assert told(reply.body)["data"] == {"address": {"street": expected(stays(case)[-1])["street"]}}
    _, outcome = journal.pair(reply.body["consultationId"])
    assert outcome["fields"] == ["address.street"]
    assert journal.subjects(outcome) == {}
