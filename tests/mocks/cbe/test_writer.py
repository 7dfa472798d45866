"""Enterprises as XML, where the world that is served has none of the kind."""

from __future__ import annotations

from dataclasses import replace

from mocks.cbe.writer import Writer
from mocks.places import Address, streets
from mocks.world import world

WORLD = world()
ONE = next(iter(WORLD.enterprises.values()))


def test_a_street_without_code_is_written_as_it_is_in_both_languages() -> None:
    seat = Address(streets()[0], "3", written="Clos des Merisiers Bleus")
    told = Writer(WORLD, "fr").enterprise(replace(ONE, seat=seat), whole=False)
    street = told.find("{*}Address/{*}Street")
    assert street is not None
    assert street.find("{*}Code") is None
    values = [one.text for one in street.iterfind("{*}Description/{*}Value")]
    assert values == ["Clos des Merisiers Bleus"] * 2
    assert told.findtext("{*}Address/{*}Zipcode") == streets()[0].postal_code


def test_a_house_without_box_has_none() -> None:
    seat = Address(streets()[0], "3")
    told = Writer(WORLD, "fr").enterprise(replace(ONE, seat=seat), whole=False)
    assert told.find("{*}Address/{*}Box") is None
    boxed = Writer(WORLD, "fr").enterprise(replace(ONE, seat=replace(seat, box="b 1")), whole=False)
    assert boxed.findtext("{*}Address/{*}Box") == "b 1"
