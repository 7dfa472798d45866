"""Each mock names whom to ask about, and what it says of them is so."""

from __future__ import annotations

import pytest

from mocks.__main__ import SOURCES
from mocks.cbe.personas import personas as of_cbe
from mocks.div.personas import personas as of_div
from mocks.links import show
from mocks.national_register.personas import SHOWS
from mocks.personas import Persona, chosen, named, personas
from mocks.urbis.personas import personas as of_urbis
from mocks.world import WHOLE, World, world

WORLD = world()


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_every_mock_names_somebody_once_and_says_what_they_show(slug: str) -> None:
    found = personas(slug, WORLD)
    assert len(found) >= 5
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.shows.endswith(".")
        assert one.key
        assert one.member


def test_a_mock_without_personas_names_nobody() -> None:
    assert personas("nothing", WORLD) == ()


def test_every_case_of_the_register_is_explained() -> None:
    assert WORLD.people.cases.keys() == SHOWS.keys()
    told = {one.name: one.key for one in personas("national-register", WORLD)}
    assert told == {name: case.number for name, case in WORLD.people.cases.items()}


def test_a_name_that_nobody_explains_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="somebody"):
        list(named({"somebody": "1"}, {}, "ssin"))


def test_of_each_kind_the_first_is_chosen_and_none_where_there_is_none() -> None:
    wanted = (("even", lambda one: one % 2 == 0, "Even."), ("large", lambda one: one > 9, "Large."))
    made = [(one.name, one.key) for one in chosen([1, 4, 6], wanted, "number", str)]
    assert made == [("even", "4")]


def test_enterprises_plates_and_buildings_are_things_of_the_world() -> None:
    kinds = {"enterpriseNumber": "enterprise", "plate": "plate", "buildingId": "building"}
    seen = set()
    for one in (*of_cbe(WORLD), *of_div(WORLD), *of_urbis(WORLD)):
        if one.member in kinds and one.name != "unknown":
            assert show(WORLD, one.key).kind == kinds[one.member]
            seen.add(one.member)
        elif one.member in kinds:
            with pytest.raises(LookupError):
                show(WORLD, one.key)
    assert seen == kinds.keys()


@pytest.fixture(scope="module")
def whole() -> World:
    return world(size=WHOLE)


@pytest.mark.slow
def test_the_whole_world_has_one_of_each_kind(whole: World) -> None:
    cbe = {one.name: one.key for one in of_cbe(whole)}
    assert len(cbe) == 11
    assert whole.enterprises[cbe["bankrupt"]].until is not None
    assert whole.enterprises[cbe["naturalPerson"]].owner is not None
    assert len({one.name for one in of_div(whole)}) == 15
    urbis = {one.name: one.key for one in of_urbis(whole)}
    assert len(urbis) == 9
    assert "-" in urbis["range"].partition(",")[0].rpartition(" ")[2]


def test_an_empty_house_is_empty() -> None:
    street, _, rest = next(one for one in of_urbis(WORLD) if one.name == "empty").key.partition(", ")
    name, _, number = street.rpartition(" ")
    building = next(
        one
        for one in WORLD.town.buildings
        if (one.street.names.fr, one.house_number, one.street.postal_code) == (name, number, rest[:4])
    )
    assert show(WORLD, building.id).links == ()


def test_a_persona_shows_nobody_in_a_log() -> None:
    assert "secret" not in repr(Persona("name", "ssin", "secret", "Shows."))
