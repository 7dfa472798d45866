"""Whatever happens, nobody is told of outside the seals: not in a file, an output, a figure or an error."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from fidus.demo.cast import Cast, cast
from mocks.faults import KINDS
from mocks.people import Person
from mocks.population import population
from mocks.vehicles import Registration
from mocks.world import world
from tests.journeys.journal import journal_of
from tests.journeys.room import Room
from tests.journeys.trial import CONTEXT, address_of, inhabitants
from tests.silence import Seeker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# What the demonstration writes for whoever plays an institution with it: whom to ask about, and its own show.
FOR_PLAYERS = {Path("home/demo.json"), Path("home/show/body.json"), Path("home/show/answer.json")}
# What everybody may have: enterprises bear names of people, and stand in streets.
PUBLIC = {Path("home/cbe.db")}
VALUES: dict[str, dict[str, Any]] = {
    "delay": {"seconds": 0.1},
    "status": {"status": 500},
    "truncate": {"bytes": 700},
    "hugeBody": {"bytes": 2_000_000},
}


def vehicles() -> tuple[Registration, ...]:
    """Some that people hold, and one that an enterprise's driver has."""
    held = [one for one in world().registrations if len(one.holder) == 11][10:16]
    return (*held, next(one for one in world().registrations if one.driver is not None))


def holders() -> list[Person]:
    """Who holds or drives them."""
    numbers = {number for one in vehicles() for number in (one.holder, one.driver)}
    return [person for number, person in world().people.persons.items() if number in numbers]


def around(shown: Cast) -> set[str]:
    """Whom a demonstration shows with its person and company."""
    number = shown.person.number
    family = [*population().household(number), *population().children(number), shown.person]
    directors = {function.holder for function in shown.company.functions if function.holder is not None}
    return {person.number for person in family} | {one for one in directors if one in world().people.persons}


def places(shown: Cast) -> set[str]:
    """Streets in which the company has its seat and works."""
    addresses = [shown.company.seat, *(one.address for one in shown.company.establishments)]
    return {name for one in addresses for name in (one.street.names.fr, one.street.names.nl)}


def people() -> list[Person]:
    """Everybody with a case of their own, and a few others."""
    cases = [person for case in population().cases.values() for person in case.people]
    return [*cases, *islice(inhabitants(), 6)]


def words_about(persons: Sequence[Person]) -> set[str]:
    """Names, and the streets where they live or lived."""
    addresses = [stay.address for person in persons for stay in person.stays]
    streets = {name for one in addresses for name in (one.street.names.fr, one.street.names.nl, one.written)}
    return {person.family_name for person in persons} | {street for street in streets if street}


def question(number: str, **more: Any) -> dict[str, Any]:
    return {"query": {"ssin": number, **more}, "context": CONTEXT}


def confirming(person: Person, **other: str) -> dict[str, Any]:
    return {**question(person.number), "confirm": {"address": address_of(person, **other)}}


def consultations(room: Room, persons: Sequence[Person]) -> None:
    numbers = [case.number for case in population().cases.values()]
    for number in {*numbers, *(person.number for person in persons)}:
        room.consult("trial-address", question(number))
    for person in persons[::4]:
        room.consult("trial-history", question(person.number))
    for person in persons[::2]:
        if person.address is not None:
            room.consult("trial-confirm", confirming(person))
            room.consult("trial-discreet", confirming(person, houseNumber="9999"))


def of_vehicles(room: Room) -> None:
    """Asked by plate, by number and by holder, answered, refused and misanswered."""
    for one in vehicles():
        for flow in ("trial-vehicle", "trial-holder", "trial-emission-norm"):
            room.consult(flow, {"query": {"plate": one.plate}, "context": CONTEXT})
        vin = {"vin": one.vehicle.vin, "unifier": one.vehicle.unifier}
        room.consult("trial-vehicle-history", {"query": vin, "context": CONTEXT})
        room.consult("trial-vehicle", {"query": {**vin, "plate": one.plate}, "context": CONTEXT})
        room.consult("trial-holder", {"query": {"plate": f"{one.plate}-"}, "context": CONTEXT})
    for kind, one in zip(("status", "wrongSubject", "truncate", "expiredToken"), vehicles(), strict=False):
        room.world.fault("div", kind=kind, count=1, key=one.plate, **VALUES.get(kind, {}))
        room.consult("trial-holder", {"query": {"plate": one.plate}, "context": CONTEXT})
    for person in holders():
        room.consult("trial-vehicles-of", question(person.number))


def refusals(room: Room, person: Person) -> None:
    """Everything that can be wrong with a question, each time with somebody in it."""
    number, address = person.number, address_of(person)
    formatted = f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}"
    wrong = f"{number[:10]}{(int(number[10]) + 1) % 10}"
    for body in (
        question(wrong),
        question(formatted),
        {"query": {"ssin": number, number: 1, f"{person.family_name} 1": 2}, number: 1, "context": CONTEXT},
        {**question(number), "confirm": {"address": address}},
        {"query": {"ssin": [number]}, "context": {"caseReference": number, "endUser": number}},
        {"query": {"ssin": number}, "context": {"caseReference": number * 9000, "endUser": {"id": "x"}}},
        question(number, period={"startDate": number}),
        json.dumps(question(number)).encode()[:-1] + b', "query": {}}',
        json.dumps(question(number)).encode()[:-9],
        json.dumps(question(number)).encode("utf-16"),
    ):
        room.consult("trial-address", body)
    room.consult("trial-confirm", confirming(person, street=person.family_name, country=number))
    client = room.world.client("trial-address")
    for path in (number, formatted, person.family_name.replace(" ", "%20"), f"trial-confirm?ssin={number}"):
        room.told(client.post(f"/flows/{path}/consult", json.dumps(question(number)).encode()))
    for path in (f"/flows/{number}", f"/consultations/{number}/receipt", f"/auditLog/{number}", f"/{number}"):
        room.told(client.get(path))
    for _ in range(7):
        room.consult("trial-confirm", confirming(person, houseNumber="9998"))
    for _ in range(4):
        room.consult("trial-three-a-day", question(number))


def garbage(room: Room, number: str) -> None:
    """Bytes that are no request, on each port."""
    for line in (f"GET /fidus/v1/flows/{number} HTTP/9.9", f"{number}", f"GET /{number}"):
        for encrypted in (True, False):
            room.raw("trial-address", f"{line}\r\nX-{number}: {number}\r\n\r\n".encode(), encrypted=encrypted)
    head = f"POST /fidus/v1/flows/trial-address/consult HTTP/1.1\r\nHost: {number}\r\n"
    room.raw("trial-address", f"{head}Content-Length: {number}\r\n\r\n{number}".encode())
    room.raw("trial-address", f"{head}Content-Length: 3\r\nContent-Length: {number}\r\n\r\n".encode())
    room.raw("trial-address", f"{head}X: {number * 2000}\r\n\r\n".encode())
    room.raw("trial-address", f"{head}Transfer-Encoding: chunked\r\n\r\n{number}\r\n".encode())
    for path in ("/health", "/metrics", f"/{number}", f"/metrics?about={number}"):
        room.operator(path)


def faults(room: Room, persons: Sequence[Person]) -> None:
    for kind, person in zip((kind for kind in KINDS if kind != "slowBody"), persons, strict=False):
        room.world.fault(kind=kind, count=1, key=person.number, **VALUES.get(kind, {}))
        reply = room.consult("trial-address", question(person.number))
        if reply.status != 200:
            client = room.world.client("trial-address")
            room.told(client.get(f"/consultations/{reply.body['consultationId']}/receipt"))


def commands(room: Room, person: Person) -> None:
    number = person.number
    room.command("flow", "suspend", "trial-street", "--reason", f"{person.family_name}, {number}, complained")
    room.consult("trial-street", question(number))
    room.command("flow", "resume", "trial-street", "--reason", f"{number} withdrew it")
    for words in (
        ("--person", number),
        ("--person", "-"),
        ("--person", number, "--json"),
        ("--kind", "outcome"),
    ):
        room.command("audit", "search", *words, stdin=f"{number}\n")
    room.command("audit", "search", "--person", f"{number}0")
    room.command("audit", "search", "--since", number)
    for line in ("flow list", "doctor", "audit verify --json", "audit export --ndjson"):
        room.command(*line.split())
    room.command("check", str(room.home / "flows"))
    one = room.world.institution("trial-address")
    way = ("--api", room.world.told["api"], "--ca", room.world.told["ca"])
    who = ("--certificate", one["certificate"], "--key", one["key"])
    for body in (question(f"{number}1"), question(number, plate=number)):
        room.command("consult", "trial-address", *way, *who, stdin=json.dumps(body))
        room.command("consult", "trial-address", *way, *who, "--json", stdin=json.dumps(body))


def programs(room: Room, number: str) -> None:
    """Some of them once more as an operator runs them."""
    room.program("audit", "search", "--person", "-", stdin=f"{number}\n")
    room.program("audit", "export", str(room.folder / "export"))


def killed(room: Room, persons: Sequence[Person]) -> None:
    """End the hub as a fault in a library would, while it works; go on."""
    room.world.fault(kind="delay", seconds=20)
    with ThreadPoolExecutor(len(persons)) as pool:
        for person in persons:
            pool.submit(room.world.consult, "trial-address", question(person.number))
        time.sleep(1)
        os.kill(room.hub(), signal.SIGABRT)
    room.left()
    room.world = room.opened()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """A demonstration after all that can happen to it, stopped."""
    room = Room(tmp_path_factory.mktemp("silence"))
    try:
        persons = people()
        consultations(room, persons)
        living = [person for person in persons if person.address is not None]
        of_vehicles(room)
        faults(room, living)
        refusals(room, living[-1])
        garbage(room, living[-2].number)
        commands(room, living[-3])
        killed(room, living[:4])
        programs(room, living[0].number)
    finally:
        room.stopped()
    return room


@pytest.fixture(scope="module")
def everybody() -> Seeker:
    """All who were asked about, under every number that they have or had."""
    numbers = {person.number for person in people()} | {case.number for case in population().cases.values()}
    numbers |= {former.number for person in people() for former in person.formers}
    numbers |= {person.number for person in holders()}
    names = {name for one in vehicles() for name in (one.plate, one.vehicle.vin)}
    return Seeker(numbers, words_about([*people(), *holders()]) | names)


def test_they_were_asked_about_and_are_under_the_seals(room: Room) -> None:
    """Else silence would be no achievement."""
    with journal_of(room.home) as journal:
        opened = [journal.opened(entry) for entry in journal.entries() if "sealed" in entry]
        outcomes = {entry.get("outcome") for entry in journal.entries()}
    told = json.dumps(opened, ensure_ascii=False)
    assert all(person.number in told for person in (*people(), *holders()))
    assert all(f"plate:BE:{one.plate}" in told and f"vin:{one.vehicle.vin}" in told for one in vehicles())
    assert outcomes >= {"found", "absent", "confirmed", "failed", "interrupted"}


def test_nobody_is_told_of_in_a_file(room: Room, everybody: Seeker) -> None:
    told = FOR_PLAYERS | PUBLIC | {Path("printed"), Path("home.out")}
    assert everybody.search(room.folder, told.__contains__) == {}


def test_a_file_that_tells_would_be_found(room: Room, everybody: Seeker) -> None:
    number = people()[0].number
    planted = room.folder / "tmp" / "planted"
    planted.write_bytes(b"\0" * 1000 + base64.b64encode(f'{{"ssin": "{number}"}}'.encode()))
    try:
        ((path, found),) = everybody.search(room.folder / "tmp").items()
    finally:
        planted.unlink()
    assert path == "planted"
    assert [one[:11] for one in found] == [number]


def test_nothing_that_was_heard_tells_of_anybody(room: Room, everybody: Seeker) -> None:
    assert len(room.heard) > 150
    assert {text[:2000]: told for text in room.heard if (told := everybody.find(text.encode()))} == {}


def test_the_demonstration_prints_nobody_but_whom_it_shows(room: Room) -> None:
    printed = room.output.read_bytes()
    asked = {number.decode() for number in re.findall(rb'"ssin": "([0-9]{11})"', printed)}
    assert 1 <= len(asked) <= 6  # by two shows
    shown = [population().persons[number] for number in asked | around(cast())]
    others = [person for person in people() if person not in shown]
    seeker = Seeker({one.number for one in others}, words_about(others) - words_about(shown) - places(cast()))
    assert seeker.find(printed) == set()


def test_a_hub_that_ends_by_a_fault_leaves_no_core(room: Room) -> None:
    """Memory is full of people."""
    assert [file for file in room.folder.rglob("core*") if file.is_file()] == []
