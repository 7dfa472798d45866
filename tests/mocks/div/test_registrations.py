"""Whose address is told, and whose is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mocks.div.registrations import Writer
from mocks.openapi import Contract
from mocks.world import World, world

TODAY = date(2026, 3, 1)
CONTRACT = Contract("div")
OPERATION = CONTRACT.methods("/v1/mobility/registrationsTitular")["get"]


def told(case: str, today: date = TODAY) -> Any:
    """The titular of a vehicle that this named case holds and also drives."""
    whole = world()
    number = whole.people.number(case)
    one = replace(whole.registrations[0], holder=number, driver=number)
    small = World(whole.people, whole.enterprises, (one,), (), whole.town)
    made = Writer(small).full(one, today)
    OPERATION.answer.validate({"self": "", "total": 1, "items": [made]})
    return made


def cases(silent: bool, *, today: date) -> list[str]:
    """Named persons whose address may, or may not, be told today."""
    found = []
    for name, case in world().people.cases.items():
        person = world().people.persons.get(case.number)
        if person is not None and person.silence is not None:
            end = person.silence.end
            found += [name] if (end is None or end.first() >= today) == silent else []
    return found


def test_an_address_that_may_not_be_told_is_left_out() -> None:
    names = cases(True, today=TODAY)
    assert names
    for name in names:
        made = told(name)
        assert "contactInfo" not in made["titular"]
        assert "address" not in made["driver"]


def test_an_address_that_may_be_told_again_is_there() -> None:
    names = cases(False, today=TODAY)
    assert names
    for name in names:
        assert "contactInfo" in told(name)["titular"]
        assert "contactInfo" not in told(name, date(2019, 12, 31))["titular"]
        assert "contactInfo" in told(name, date(2020, 1, 1))["titular"]


def test_an_address_abroad_names_the_country() -> None:
    address = told("abroad")["titular"]["contactInfo"]["address"]
    assert address["countryName"] == "Portugal"
    assert "cityNisCode" not in address


@pytest.mark.parametrize("case", sorted(world().people.cases))
def test_every_named_person_can_hold_a_vehicle(case: str) -> None:
    if world().people.number(case) in world().people.persons:
        assert told(case)["titular"]["person"]["nationalNr"] == world().people.number(case)
