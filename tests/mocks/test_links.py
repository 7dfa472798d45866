"""Whoever knows a number finds the rest: every link leads to a thing that is there, and most lead back."""

from __future__ import annotations

import pytest

from mocks.links import show
from mocks.things import Link
from mocks.vehicles import REGISTERED
from mocks.world import world

WORLD = world()
PERSONS, FIRMS = WORLD.people.persons, WORLD.enterprises
OF_A_COUPLE = next(
    one for one in PERSONS.values() if any(state.spouse is not None for state in one.civil_states)
)
CHILD = next(one for one in PERSONS.values() if one.parents)
DIRECTOR = next(
    number
    for number in WORLD.by_director
    if number in PERSONS
    and PERSONS[number].address is not None
    and any(one.status == REGISTERED for one in WORLD.by_holder.get(number, ()))
)
DRIVEN = next(one for one in WORLD.registrations if one.driver is not None and one.until is None)
SOLD = max(WORLD.by_vehicle.values(), key=len)


def keys(number: str, relation: str = "") -> set[str]:
    return {one.key for one in show(WORLD, number).links if one.relation.startswith(relation)}


def everything() -> list[str]:
    vins = [vin for vin, _ in WORLD.by_vehicle]
    places = list(WORLD.by_establishment)
    return [*PERSONS, *FIRMS, *places, *WORLD.by_plate, *vins, *list(WORLD.town.by_id)[:300]]


def test_every_link_of_everything_leads_to_a_thing_of_its_kind() -> None:
    kinds = set()
    for number in everything():
        thing = show(WORLD, number)
        assert thing.key == number
        assert thing.facts
        kinds.add(thing.kind)
        for link in thing.links:
            assert link.label
            assert show(WORLD, link.key).kind == link.kind
    assert kinds == {"person", "enterprise", "establishment", "plate", "vehicle", "building"}


def test_a_director_is_found_with_enterprises_cars_and_house() -> None:
    person = PERSONS[DIRECTOR]
    told = show(WORLD, DIRECTOR)
    links = {(one.kind, one.key) for one in told.links}
    assert {("enterprise", one.number) for one in WORLD.by_director[DIRECTOR]} <= links
    assert {("plate", one.plate) for one in WORLD.by_holder[DIRECTOR]} <= links
    assert person.address is not None
    building = WORLD.town.at(person.address)
    assert building is not None
    assert keys(DIRECTOR, "lives in") == {building.id}
    assert DIRECTOR in keys(building.id, "home of")
    for firm in WORLD.by_director[DIRECTOR]:
        assert DIRECTOR in keys(firm.number)


def test_family_is_found_from_both_sides() -> None:
    spouse = next(state.spouse for state in OF_A_COUPLE.civil_states if state.spouse is not None)
    assert spouse in keys(OF_A_COUPLE.number)
    assert OF_A_COUPLE.number in keys(spouse)
    for parent in CHILD.parents:
        assert parent in keys(CHILD.number, "parent")
        assert CHILD.number in keys(parent, "child")
    assert keys(CHILD.number, "same household") == {
        one.number for one in WORLD.people.household(CHILD.head or "") if one is not CHILD
    }


def test_a_car_is_found_by_plate_vin_holder_and_driver() -> None:
    assert keys(DRIVEN.plate, "on") == {DRIVEN.vehicle.vin}
    assert keys(DRIVEN.plate, "held by") == {DRIVEN.holder}
    assert keys(DRIVEN.plate, "driven by") == {DRIVEN.driver}
    assert DRIVEN.plate in keys(DRIVEN.driver or "", "drives")
    assert DRIVEN.plate in keys(DRIVEN.holder, "holds")
    vin, unifier = SOLD[0].vehicle.vin, SOLD[0].vehicle.unifier
    assert keys(vin, "plate") == {one.plate for one in SOLD}
    assert keys(f"{vin}/{unifier}", "holder") == {one.holder for one in SOLD}
    assert SOLD[0].plate in keys(SOLD[0].holder, "held")


def test_an_establishment_leads_to_its_enterprise_and_back() -> None:
    number, firm = next(iter(WORLD.by_establishment.items()))
    assert firm.number in keys(number, "establishment of")
    assert number in keys(firm.number, "establishment")
    (building,) = keys(number, "stands in")
    if all(place.until is None for place in firm.establishments):
        assert number in keys(building, "place of")
    assert firm.number in keys(next(iter(keys(firm.number, "seat in"))), "seat of") or firm.until is not None


def test_the_named_cases_are_told_as_what_they_are() -> None:
    number = WORLD.people.number
    assert show(WORLD, number("deceased")).facts["died"] == "2021-11-09"
    assert show(WORLD, number("deceased")).facts["named case"] == "deceased"
    assert keys(number("deceased"), "lives in") == set()
    assert keys(number("streetWithoutCode"), "lives in") == set()
    (newer,) = show(WORLD, number("replaced")).links
    assert newer.relation == "replaced by"
    assert keys(newer.key, "former number") == {number("replaced")}
    assert show(WORLD, number("deceasedFileClosed")).facts == {
        "state": "the file is closed",
        "died": "1994-04-30",
    }
    assert "no file" in show(WORLD, number("noFile")).facts["state"]


def test_a_foreign_plate_is_known_to_be_foreign() -> None:
    abroad = WORLD.foreign[0]
    told = show(WORLD, abroad.plate)
    assert (told.kind, told.facts["country"], told.links) == ("plate", abroad.country, ())


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("0999.200.067", "0999200067"),
        (" 8.999.000.004 ", "8999000004"),
        (f"{DRIVEN.plate[0]}-{DRIVEN.plate[1:4]}-{DRIVEN.plate[4:]}".lower(), DRIVEN.plate),
    ],
    ids=["enterprise", "establishment", "plate"],
)
def test_a_number_may_be_written_as_people_do(written: str, key: str) -> None:
    assert show(WORLD, written).key == key


@pytest.mark.parametrize("number", ["", "0999999922", "83722444499", "nobody", "0ZZZ000", "999999"])
def test_what_is_not_there_is_said_to_be_none(number: str) -> None:
    with pytest.raises(LookupError, match="This world has nothing of that number"):
        show(WORLD, number)


def test_a_thing_is_data_for_programs() -> None:
    told = show(WORLD, DRIVEN.plate).as_json()
    assert told["kind"] == "plate"
    assert told["key"] == DRIVEN.plate
    assert told["facts"]["certificate"] == DRIVEN.certificate
    assert {"relation": "on", "kind": "vehicle", "key": DRIVEN.vehicle.vin} == {
        name: value for name, value in told["links"][0].items() if name != "label"
    }


def test_a_link_shows_nobody_in_a_log() -> None:
    assert "Merle" not in repr(Link("parent", "person", DIRECTOR, "Inessa Merlehovens"))
