"""The world in open data: linked as the world is, and an update leads from one day to another."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mocks.cbe.opendata import TABLES, Row
from mocks.cbe.snapshot import Difference, Snapshot
from mocks.enterprises import LEGAL, NATURAL
from mocks.world import world

WORLD = world()
TODAY = date(2026, 1, 1)
NOW = Snapshot(WORLD, TODAY)


def plain(number: str) -> str:
    return number.replace(".", "")


def rows(table: str, snapshot: Snapshot = NOW) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in snapshot.rows(table):
        assert len(row) == len(TABLES[table])
        found.setdefault(plain(row[0]), []).append(row)
    return found


def test_every_active_enterprise_is_told_once_and_no_other() -> None:
    told = rows("enterprise")
    assert told.keys() == {one.number for one in WORLD.enterprises.values() if one.until is None}
    for number, ((_, status, situation, kind, form, cac, start),) in told.items():
        one = WORLD.enterprises[number]
        assert (status, situation, kind, form, cac) == ("AC", "000", one.kind, one.form or "", "")
        assert start == "-".join(reversed(str(one.since).split("-")))


def test_establishments_are_told_with_their_enterprise() -> None:
    told = rows("establishment")
    places = [place for one in WORLD.enterprises.values() for place in one.establishments]
    assert told.keys() == {place.number for place in places if place.until is None}
    for number, ((_, _, enterprise),) in told.items():
        assert WORLD.by_establishment[number].number == plain(enterprise)


def test_all_rows_belong_to_somebody_who_is_told() -> None:
    entities = rows("enterprise").keys() | rows("establishment").keys()
    for table in ("denomination", "contact", "address", "activity"):
        assert rows(table)
        assert rows(table).keys() <= entities
    assert rows("branch") == {}


def test_names_are_in_both_languages_and_places_as_in_the_world() -> None:
    names, addresses = rows("denomination"), rows("address")
    for number in rows("enterprise"):
        one = WORLD.enterprises[number]
        assert [row[1:] for row in names[number]] == [("1", "001", one.names.fr), ("2", "001", one.names.nl)]
        assert (number in addresses) == (one.kind == LEGAL)
        if one.kind == LEGAL:
            (row,) = addresses[number]
            assert (row[1], row[2], row[3]) == ("REGO", "", "")
            assert (row[4], row[9]) == (one.seat.street.postal_code, one.seat.house_number)


def test_a_natural_persons_address_is_not_told_but_their_establishments_is() -> None:
    addresses = rows("address")
    natural = [one for one in WORLD.enterprises.values() if one.kind == NATURAL and one.until is None]
    assert natural
    for one in natural:
        assert one.number not in addresses
        assert all(addresses[place.number][0][1] == "BAET" for place in one.establishments)


def test_who_ended_was_told_until_then() -> None:
    one = next(one for one in WORLD.enterprises.values() if one.until is not None)
    assert one.until is not None
    last = one.until.first()
    assert one.number in rows("enterprise", Snapshot(WORLD, last))
    assert one.number not in rows("enterprise", Snapshot(WORLD, last + timedelta(days=1)))
    assert one.number not in rows("enterprise", Snapshot(WORLD, one.since.first()))
    assert one.number in rows("enterprise", Snapshot(WORLD, one.since.first() + timedelta(days=1)))


@pytest.mark.parametrize("since", [date(2010, 3, 1), date(2020, 6, 15), date(2025, 11, 1), TODAY])
def test_an_update_leads_from_one_day_to_the_other(since: date) -> None:
    before = Snapshot(WORLD, since)
    change = Difference(before, NOW)
    for table in TABLES:
        state = rows(table, before)
        deleted = list(change.deleted(table))
        assert len(deleted) == len(set(deleted))
        for key in deleted:
            del state[plain(key)]
        for row in change.inserted(table):
            state.setdefault(plain(row[0]), []).append(row)
        assert state == rows(table)
        if since == TODAY:
            assert deleted == []


def test_an_update_changes_also_who_stays() -> None:
    change = Difference(Snapshot(WORLD, date(2020, 1, 1)), NOW)
    changed = set(change.deleted("contact")) & {row[0] for row in change.inserted("contact")}
    assert changed
    assert changed.isdisjoint(change.deleted("enterprise"))
