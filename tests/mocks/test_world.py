"""One seed, one world; everything in it is linked, consistent and cannot be real."""

from __future__ import annotations

import gc
import re
import time
from datetime import date
from itertools import pairwise

import pytest

from mocks.enterprises import DIRECTOR, LEGAL, NATURAL, REPRESENTATIVE
from mocks.population import population
from mocks.vehicles import DIESEL, ELECTRIC, HYDROGEN, REGISTERED, STRUCK_OFF, SUSPENDED
from mocks.world import SMALL, WHOLE, Size, World, world

ALL_NORMS = {"1", "2", "3", "4", "5a", "5b", "6b", "6d", "6ei", "IV", "V", "VI"}


@pytest.fixture(scope="module")
def small() -> World:
    return world()


@pytest.fixture(scope="module", params=["small", pytest.param("whole", marks=pytest.mark.slow)])
def any_world(request: pytest.FixtureRequest) -> World:
    return world(size=SMALL if request.param == "small" else WHOLE)


def test_the_same_seed_gives_the_same_world(small: World) -> None:
    again = world.__wrapped__(size=SMALL)
    assert again is not small
    assert again == small


def test_another_seed_gives_another_world(small: World) -> None:
    assert world(1).enterprises != small.enterprises


def test_a_larger_world_begins_with_the_people_of_a_smaller_one() -> None:
    few, many = (list(population(at_least=count).persons) for count in (100, 300))
    assert many[: len(few)] == few


def test_it_is_as_large_as_it_says(any_world: World) -> None:
    size = SMALL if len(any_world.enterprises) == SMALL.enterprises else WHOLE
    assert len(any_world.people.persons) >= size.persons
    assert len(any_world.enterprises) == size.enterprises
    assert len(any_world.by_vehicle) == size.vehicles
    assert len(any_world.foreign) == size.foreign


@pytest.mark.slow
def test_the_whole_world_is_as_large_as_it_must_be() -> None:
    assert Size(20_000, 3_000, 12_000, 600) == WHOLE
    assert sum(len(one.establishments) for one in world(size=WHOLE).enterprises.values()) >= 3_000


def test_numbers_of_enterprises_are_right_and_cannot_be_real(any_world: World) -> None:
    for one in any_world.enterprises.values():
        numbers = [(one.number, "0999"), *((place.number, "8999") for place in one.establishments)]
        for number, first in numbers:
            assert re.fullmatch(rf"{first}\d{{6}}", number)
            assert int(number[8:]) == 97 - int(number[:8]) % 97
    assert len(any_world.by_establishment) == sum(
        len(one.establishments) for one in any_world.enterprises.values()
    )


def test_plates_and_vehicles_cannot_be_real(any_world: World) -> None:
    for one in any_world.registrations:
        assert re.fullmatch(r"0[A-Z]{3}\d{3}", one.plate)
        assert re.fullmatch(r"0[A-HJ-NPR-Z0-9]{16}", one.vehicle.vin)
        assert re.fullmatch(r"\d{2}", one.vehicle.unifier)
    assert len(any_world.by_plate) == len(any_world.registrations)
    assert all(re.fullmatch(r"[A-Z]{2}000[A-Z]{2}|[A-Z]{3}0\d{3}", one.plate) for one in any_world.foreign)


def test_whoever_directs_is_a_grown_up_of_the_population(any_world: World) -> None:
    for one in any_world.enterprises.values():
        assert (one.kind == NATURAL) == (one.owner is not None)
        assert (one.kind == LEGAL) == bool(one.functions) == (one.form is not None)
        begun = [(function.holder, function.since) for function in one.functions]
        for number, since in [*begun, *([(one.owner, one.since)] if one.owner else [])]:
            assert one in any_world.by_director[number]
            if len(number) == 11:
                assert since.year - any_world.people.persons[number].birth.year >= 21


def test_an_enterprise_may_direct_another_by_somebody_who_manages_it(any_world: World) -> None:
    boards = [
        (one, function, one.functions[place + 1])
        for one in any_world.enterprises.values()
        for place, function in enumerate(one.functions)
        if len(function.holder) == 10
    ]
    assert boards
    for one, directing, standing in boards:
        other = any_world.enterprises[directing.holder]
        assert other is not one
        assert (directing.code, standing.code) == (DIRECTOR, REPRESENTATIVE)
        assert standing.holder == other.functions[0].holder
        assert directing.since == standing.since >= max(one.since, other.since)


def test_times_of_an_enterprise_follow_each_other(any_world: World) -> None:
    for one in any_world.enterprises.values():
        assert one.situations[0].since == one.since
        assert one.situations[-1].until is None
        assert (one.until is None) == (len(one.situations) == 1)
        spans = [(part.since, part.until) for part in one.functions]
        spans += [(part.since, part.until) for part in one.establishments]
        for since, until in spans:
            assert one.since <= since
            assert until is None or since <= until
            assert one.until is None or (until is not None and until <= one.until)


def test_whoever_holds_a_vehicle_was_a_grown_up_or_in_business(any_world: World) -> None:
    for one in any_world.registrations:
        if len(one.holder) == 11:
            assert one.since.year - any_world.people.persons[one.holder].birth.year >= 18
            assert one.driver is None
        else:
            firm = any_world.enterprises[one.holder]
            assert firm.since <= one.since
            assert firm.until is None
        assert one.driver is None or one.driver in any_world.people.persons


def test_a_vehicle_has_one_holder_at_a_time(any_world: World) -> None:
    for registrations in any_world.by_vehicle.values():
        assert registrations[0].since == registrations[0].vehicle.first_used
        for former, later in pairwise(registrations):
            assert former.until is not None
            assert former.since <= former.until <= later.since
            assert former.status == STRUCK_OFF
        last = registrations[-1]
        assert last.status == STRUCK_OFF if last.until else last.status in (REGISTERED, SUSPENDED)


@pytest.mark.slow
def test_every_kind_of_vehicle_occurs() -> None:
    registrations = world(size=WHOLE).registrations
    assert {one.vehicle.norm for one in registrations} >= ALL_NORMS
    assert {fuel for one in registrations for fuel in one.vehicle.fuels} == {
        "10",
        "16",
        "20",
        "30",
        "40",
        "50",
        "60",
    }
    assert {one.plate_type for one in registrations} == {"NM", "CD", "CR", "IE"}
    assert {one.status for one in registrations} == {REGISTERED, STRUCK_OFF, SUSPENDED}
    assert any(one.driver is not None for one in registrations)
    assert any(one.vehicle.imported for one in registrations)


def test_what_burns_nothing_has_no_norm(any_world: World) -> None:
    for one in any_world.by_vehicle.values():
        vehicle = one[0].vehicle
        if not set(vehicle.fuels) - {ELECTRIC, HYDROGEN}:
            assert vehicle.norm is None
        elif vehicle.model.category == "M1":
            assert vehicle.norm is not None
        if vehicle.fuels == (DIESEL,):
            assert vehicle.co2 != 0


def test_something_stands_wherever_somebody_lives_or_works(any_world: World) -> None:
    for person in any_world.people.persons.values():
        for stay in person.stays:
            if stay.address.written is None:
                building = any_world.town.at(stay.address)
                assert building is not None
                assert stay.address.box is None or stay.address.box in building.boxes
    for firm in any_world.enterprises.values():
        assert all(any_world.town.at(place.address) for place in firm.establishments)


def test_buildings_have_keys_of_their_own(any_world: World) -> None:
    buildings = any_world.town.buildings
    for keys in (
        {one.id for one in buildings},
        {one.parcel.capakey for one in buildings},
        {one.inspire_id for one in buildings},
        {(one.x, one.y) for one in buildings},
        {one.address_key for one in buildings},
    ):
        assert len(keys) == len(buildings)
    assert all(re.fullmatch(r"\d{5}[A-Z]\d{4}/\d{2}[A-Z_]\d{3}", one.parcel.capakey) for one in buildings)


def test_some_houses_are_empty(small: World) -> None:
    lived_in = {
        (stay.address.street.nis, stay.address.street.code, stay.address.house_number)
        for person in small.people.persons.values()
        for stay in person.stays
    }
    assert small.town.by_place.keys() - lived_in


def test_nothing_happens_after_the_day_of_the_world(any_world: World) -> None:
    end = date(2026, 1, 1)
    for one in any_world.registrations:
        assert one.since.first() < end
    for firm in any_world.enterprises.values():
        assert firm.since.first() < end


def test_a_process_that_collects_no_garbage_does_not_begin_to() -> None:
    gc.disable()
    try:
        world.__wrapped__(2)
        assert not gc.isenabled()
    finally:
        gc.enable()
    world.__wrapped__(2)
    assert gc.isenabled()


@pytest.mark.slow
def test_the_whole_world_takes_ten_seconds_at_most() -> None:
    """Of this process's own time, as others may use the machine at once."""
    begun = time.process_time()
    made = world.__wrapped__(size=WHOLE)
    assert time.process_time() - begun <= 10
    assert made == world(size=WHOLE)


def test_parents_partners_and_households_are_people_of_the_world(any_world: World) -> None:
    people = any_world.people
    for one in people.persons.values():
        for parent in one.parents:
            assert people.persons[parent].birth.year + 12 <= one.birth.year
            assert one in people.children(parent)
        for state in one.civil_states:
            if state.spouse is not None:
                other = people.persons[state.spouse]
                assert one.number in {theirs.spouse for theirs in other.civil_states}
        if one.head is not None:
            members = people.household(one.head)
            assert members[0].number == one.head
            assert one in members
            if one.decease is None:
                assert members[0].address == one.address


def test_from_a_director_one_comes_to_a_car_and_to_a_building(any_world: World) -> None:
    complete = 0
    for number, firms in any_world.by_director.items():
        person = any_world.people.persons.get(number)
        cars = [one for one in any_world.by_holder.get(number, ()) if one.until is None]
        if person is None or person.address is None or not cars:
            continue
        complete += 1
        assert all(number in {one.owner, *(f.holder for f in one.functions)} for one in firms)
        assert all(any_world.by_plate[car.plate] is car for car in cars)
        assert all(car in any_world.by_vehicle[car.vehicle.vin, car.vehicle.unifier] for car in cars)
        building = any_world.town.at(person.address)
        assert building is not None
        assert any_world.town.by_id[building.id] is building
    assert complete >= len(any_world.enterprises) // 10
