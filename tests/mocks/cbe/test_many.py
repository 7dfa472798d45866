"""Enterprises without end, each row made from its place: numbers of their own, all of them linked."""

from __future__ import annotations

import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from mocks.cbe.labels import CODES
from mocks.cbe.many import MOST, Many, ManyChanges
from mocks.cbe.opendata import TABLES, Extract, write_full

COUNT = 2_000
ALL = {table: list(Many(COUNT).rows(table)) for table in TABLES}


def test_numbers_are_right_cannot_be_real_and_are_given_once() -> None:
    for table, first in (("enterprise", "15"), ("establishment", "80"), ("branch", "90")):
        numbers = [row[0].replace(".", "") for row in ALL[table]]
        assert len(numbers) == len(set(numbers))
        for number in numbers:
            assert (len(number), number[:2]) == (10, first)
            assert int(number[8:]) == 97 - int(number[:8]) % 97


def test_its_shape_is_about_that_of_the_real_files() -> None:
    shape = {table: len(rows) / COUNT for table, rows in ALL.items()}
    assert shape["enterprise"] == 1
    wanted = {"establishment": 0.9, "denomination": 1.8, "contact": 0.4, "address": 1.5, "activity": 5}
    for table, about in wanted.items():
        assert shape[table] == pytest.approx(about, rel=0.1)
    assert ALL["branch"]


def test_every_row_belongs_to_an_entity() -> None:
    enterprises = {row[0] for row in ALL["enterprise"]}
    places = {row[0] for row in ALL["establishment"]}
    assert {row[2] for row in (*ALL["establishment"], *ALL["branch"])} <= enterprises
    for table in ("denomination", "contact", "address", "activity"):
        assert {row[0] for row in ALL[table]} <= enterprises | places


def test_codes_are_those_that_are_explained() -> None:
    for table, place, category in (
        ("enterprise", 1, "Status"),
        ("enterprise", 2, "JuridicalSituation"),
        ("enterprise", 3, "TypeOfEnterprise"),
        ("denomination", 1, "Language"),
        ("denomination", 2, "TypeOfDenomination"),
        ("address", 1, "TypeOfAddress"),
        ("activity", 1, "ActivityGroup"),
        ("activity", 3, "Nace2008"),
        ("activity", 4, "Classification"),
    ):
        assert {row[place] for row in ALL[table]} <= CODES[category].keys()
    assert {row[4] for row in ALL["enterprise"]} == CODES["JuridicalForm"].keys() | {""}


def test_a_part_is_the_same_as_in_the_whole() -> None:
    for table in TABLES:
        parts = [*Many(1_501).rows(table), *Many(COUNT - 1_501, 1_501).rows(table)]
        assert parts == ALL[table]


def test_an_update_changes_removes_and_adds() -> None:
    change = ManyChanges(COUNT)
    for table in TABLES:
        known = {row[0] for row in ALL[table]}
        deleted = list(change.deleted(table))
        assert len(deleted) == len(set(deleted))
        assert set(deleted) <= known
        new = {row[0] for row in change.inserted(table)} - known
        assert len(new) >= COUNT // 300 or table in ("branch", "contact")
    gone = set(change.deleted("enterprise")) - {row[0] for row in change.inserted("enterprise")}
    assert len(gone) == COUNT // 200
    assert gone <= set(change.deleted("activity"))
    changed = [row for row in change.inserted("enterprise") if row[2] == "012"]
    assert len(changed) == COUNT // 50


def test_there_are_not_numbers_for_everybody() -> None:
    assert len(list(Many(1, MOST - 1).rows("enterprise"))) == 1
    with pytest.raises(ValueError, match=str(MOST)):
        Many(2, MOST - 1)


@pytest.mark.slow
def test_a_large_file_is_written_without_being_held(tmp_path: Path) -> None:
    write_full(tmp_path / "small.zip", Many(10), Extract(date(2026, 1, 1), 1))
    tracemalloc.start()
    try:
        write_full(tmp_path / "large.zip", Many(4_000), Extract(date(2026, 1, 1), 1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "large.zip").stat().st_size > 200_000
    assert peak < 1_000_000
