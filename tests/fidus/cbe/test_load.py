"""Files are loaded whole or not at all, go on where they were cut short, and follow each other."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidus.cbe import load as loading
from fidus.errors import ConfigurationInvalid, SourceUnavailable
from fidus.opendata import Change
from fidus.store import cbe
from fidus.store.cbe_reader import CbeOpenData
from fidus.store.cbe_shelf import SqliteShelf
from tests.fidus.cbe import files
from tests.fidus.cbe.conftest import Home
from tests.fidus.cbe.files import FIRST, OTHER_PLACE, PLACE, SECOND, THIRD, THIRD_PLACE, bare

ROOT = Path(__file__).parents[3]


def rows(home: Home, dotted: str) -> Mapping[str, Any]:
    """All rows about an enterprise, None where it is not there."""
    held = home.data.enterprise(bare(dotted))
    assert held is not None
    return dict(held.records[0].rows) if held.records else {}


def test_nothing_is_there_before_something_was_loaded(home: Home) -> None:
    assert home.data.enterprise(bare(FIRST)) is None
    assert home.data.establishments(bare(FIRST)) is None
    assert home.data.changes("2025-01-01", "2025-12-31", None, 10) is None
    assert home.shelf().about() == {}


def test_a_full_file_answers_with_every_row_in_its_order(home: Home, tmp_path: Path) -> None:
    done = home.load(files.full(tmp_path))
    assert (done.enterprises, done.establishments, done.resumed) == (3, 2, False)
    held = home.data.enterprise(bare(FIRST))
    assert held is not None
    assert held.as_of == date(2025, 11, 1)
    assert {name: [list(row) for row in found] for name, found in held.records[0].rows.items()} == {
        "enterprise": [["AC", "000", "2", "610", "", "2019-02-03"]],
        "denomination": [
            ["1", "001", "Menuiserie Inventée"],
            ["2", "001", 'Schrijnwerkerij "Verzonnen", nv'],
            ["0", "003", "MENUI"],
        ],
        "address": [files.address(FIRST)[1:]],
        "activity": [["003", "2008", "43320", "MAIN"]],
    }
    assert held.labels == {("Nace2008", "43320"): {"fr": "Travaux de menuiserie", "nl": "Schrijnwerk"}}


def test_establishments_are_found_by_their_enterprise(home: Home, tmp_path: Path) -> None:
    home.load(files.full(tmp_path))
    held = home.data.establishments(bare(FIRST))
    assert held is not None
    assert [one.number for one in held.records] == [bare(PLACE), bare(OTHER_PLACE)]
    assert held.records[0].rows["establishment"] == [["2020-03-04", FIRST]]
    none = home.data.establishments(bare(SECOND))
    assert none is not None
    assert none.records == ()


def test_who_is_not_in_the_data_has_no_record(home: Home, tmp_path: Path) -> None:
    home.load(files.full(tmp_path))
    assert rows(home, files.number("09993099")) == {}


UPDATE: dict[str, Any] = {
    "deleted": {
        "enterprise": [SECOND, THIRD],
        "denomination": [FIRST, SECOND],
        "establishment": [OTHER_PLACE],
        "address": [OTHER_PLACE],
    },
    "inserted": {
        "enterprise": [files.enterprise(THIRD)],
        "denomination": [[FIRST, "1", "001", "Menuiserie Renommée"]],
        "establishment": [[THIRD_PLACE, "01-12-2025", THIRD]],
    },
}


def test_an_update_deletes_before_it_inserts(home: Home, tmp_path: Path) -> None:
    home.load(files.full(tmp_path))
    home.load(files.update(tmp_path, **UPDATE))
    assert rows(home, FIRST)["denomination"] == [["1", "001", "Menuiserie Renommée"]]
    assert rows(home, FIRST)["address"] == [files.address(FIRST)[1:]]
    assert rows(home, SECOND) == {}
    assert rows(home, THIRD)["enterprise"] == [["AC", "000", "2", "610", "", "2019-02-03"]]
    of_first, of_third = (home.data.establishments(bare(one)) for one in (FIRST, THIRD))
    assert of_first is not None
    assert of_third is not None
    assert [one.number for one in of_first.records] == [bare(PLACE)]
    assert [one.number for one in of_third.records] == [bare(THIRD_PLACE)]
    assert of_third.as_of == date(2025, 12, 2)


def changes(home: Home, first: str = "2025-11-02", number: str | None = None, most: int = 99) -> Any:
    found = home.data.changes(first, "2025-12-31", number, most)
    assert found is not None
    return found


def test_changes_are_those_of_updates(home: Home, tmp_path: Path) -> None:
    home.load(files.full(tmp_path))
    assert changes(home).changes == ()
    home.load(files.update(tmp_path, **UPDATE))
    found = changes(home)
    assert (found.after, found.as_of) == (date(2025, 11, 1), date(2025, 12, 2))
    day = "2025-12-02"
    assert found.changes == (
        Change(day, bare(FIRST), ("denomination",), removed=False),
        Change(day, bare(SECOND), ("enterprise", "denomination"), removed=True),
        Change(day, bare(THIRD), ("enterprise",), removed=False),
        Change(day, bare(OTHER_PLACE), ("establishment", "address"), removed=True),
        Change(day, bare(THIRD_PLACE), ("establishment",), removed=False),
    )
    assert [one.number for one in changes(home, number=bare(THIRD)).changes] == [
        bare(THIRD),
        bare(THIRD_PLACE),
    ]
    assert [one.number for one in changes(home, most=2).changes] == [bare(FIRST), bare(SECOND)]
    assert changes(home, first="2025-12-03").changes == ()


def test_a_full_file_that_is_older_changes_nothing(home: Home, tmp_path: Path) -> None:
    home.load(files.full(tmp_path))
    with pytest.raises(ConfigurationInvalid, match="older than what is there"):
        home.load(files.full(tmp_path, extract=139, day="01-10-2025"))
    again = home.load(files.full(tmp_path))  # of the same day
    assert again.extract.number == 140


def test_a_full_file_begins_changes_anew(home: Home, tmp_path: Path) -> None:
    home.load(files.full(tmp_path))
    home.load(files.update(tmp_path, **UPDATE))
    home.load(files.full(tmp_path, extract=150, day="01-01-2026"))
    assert changes(home).changes == ()
    assert changes(home).after == date(2026, 1, 1)
    assert rows(home, SECOND) != {}


@pytest.mark.parametrize(
    ("extract", "day", "told"),
    [
        pytest.param(142, "02-12-2025", "extract 140 is what it would follow", id="a-gap"),
        pytest.param(140, "02-12-2025", "extract 140 is what it would follow", id="loaded-already"),
        pytest.param(141, "01-11-2025", "older than what is there", id="an-older-day"),
    ],
)
def test_an_update_that_does_not_follow_is_refused(
    home: Home, tmp_path: Path, extract: int, day: str, told: str
) -> None:
    home.load(files.full(tmp_path))
    with pytest.raises(ConfigurationInvalid, match=told):
        home.load(files.update(tmp_path, **UPDATE, extract=extract, day=day))
    assert rows(home, SECOND) != {}


def test_an_update_upon_nothing_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="no full file was loaded"):
        home.load(files.update(tmp_path, **UPDATE))


class Cut(Exception):
    """The load ends here."""


def cut_after(times: int) -> Any:
    """A progress that ends the load when it is told of so many steps."""
    told = iter(range(times))

    def progress(_done: int, _all: int) -> None:
        if next(told, None) is None:
            raise Cut

    return progress


@pytest.mark.parametrize("steps", range(1, 10, 2))
def test_a_load_that_was_cut_short_goes_on_and_what_was_there_answers_meanwhile(
    home: Home, tmp_path: Path, steps: int
) -> None:
    home.load(files.full(tmp_path))
    file = files.update(tmp_path, **UPDATE)
    with pytest.raises(Cut):
        home.load(file, progress=cut_after(steps))
    assert rows(home, FIRST)["denomination"][0][2] == "Menuiserie Inventée"
    assert rows(home, SECOND) != {}
    done = home.load(file)
    assert done.resumed
    assert rows(home, SECOND) == {}
    assert len(changes(home).changes) == 5


def test_nothing_is_read_twice_by_a_load_that_goes_on(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = files.full(tmp_path)
    with pytest.raises(Cut):
        home.load(file, progress=cut_after(4))
    done = home.load(file)
    assert done.resumed
    assert 0 < done.rows < sum(len(found) for found in files.FULL.values())
    assert (done.enterprises, done.establishments) == (3, 2)


def test_another_file_does_not_go_on_with_what_a_former_one_began(home: Home, tmp_path: Path) -> None:
    with pytest.raises(Cut):
        home.load(files.full(tmp_path), progress=cut_after(6))
    other = {**files.FULL, "enterprise": files.FULL["enterprise"][:1]}
    done = home.load(files.full(tmp_path, other, extract=145))
    assert (done.resumed, done.enterprises) == (False, 1)
    assert rows(home, SECOND) == {}


def test_a_bad_row_leaves_what_was_there(home: Home, tmp_path: Path) -> None:
    home.load(files.full(tmp_path))
    bad = {**files.FULL, "address": [*files.FULL["address"], address_without_town()]}
    with pytest.raises(ConfigurationInvalid) as raised:
        home.load(files.full(tmp_path, bad, extract=145))
    (fault,) = raised.value.faults
    assert fault.file.endswith("full-145.zip/address.csv")
    assert fault.line == 5
    assert rows(home, FIRST)["address"] == [files.address(FIRST)[1:]]


def address_without_town() -> list[str]:
    return files.address(FIRST)[:-2]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"ExtractType","full"', '"ExtractType","some"'),
        ('"ExtractNumber","140"', '"ExtractNumber","many"'),
        ('"SnapshotDate","01-11-2025"', '"SnapshotDate","31-11-2025"'),
        ('"SnapshotDate"', '"Date"'),
    ],
)
def test_a_file_that_does_not_say_what_it_is_is_refused(tmp_path: Path, was: str, now: str) -> None:
    members = files.full_members(files.FULL)
    assert was in members["meta.csv"]
    members["meta.csv"] = members["meta.csv"].replace(was, now)
    file = files.pack(tmp_path / "a.zip", members)
    with pytest.raises(ConfigurationInvalid, match="it does not say ExtractNumber"):
        loading.load(file, SqliteShelf(tmp_path))


def test_an_establishment_of_no_enterprise_is_refused(tmp_path: Path) -> None:
    bad = {**files.FULL, "establishment": [[PLACE, "", FIRST], [OTHER_PLACE, "", PLACE]]}
    with pytest.raises(ConfigurationInvalid) as raised:
        loading.load(files.full(tmp_path, bad), SqliteShelf(tmp_path))
    assert raised.value.faults[0].line == 3


def test_many_rows_are_committed_in_parts(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "A_COMMIT", 10_000)
    numbers = [files.number(f"{9_000_000 + nth:08}") for nth in range(30_000)]
    many = {**files.FULL, "denomination": [[one, "1", "001", "a name of some length"] for one in numbers]}
    told: list[int] = []
    home.load(files.full(tmp_path, many), progress=lambda done, whole: told.append(done))
    assert told == sorted(told)
    assert len(told) > 8
    with home.data._open() as connection:
        assert connection is not None
        assert cbe.count(connection, 2) == 30_000


def test_who_loads_at_the_same_time_is_sent_away(home: Home, tmp_path: Path) -> None:
    other = home.shelf()
    other.take()
    try:
        with pytest.raises(ConfigurationInvalid, match="another process loads"):
            home.load(files.full(tmp_path))
    finally:
        other.close()
    home.load(files.full(tmp_path))


def test_who_reads_while_data_are_replaced_reads_the_former_ones_to_their_end(
    home: Home, tmp_path: Path
) -> None:
    home.load(files.full(tmp_path))
    newer = files.full(tmp_path, {**files.FULL, "enterprise": []}, extract=141, day="02-12-2025")
    loading_ = threading.Thread(target=home.load, args=(newer,))
    with home.data._open() as connection:
        assert connection is not None
        loading_.start()
        loading_.join(1.5)  # PostgreSQL waits for who reads, SQLite does not
        assert cbe.count(connection, 0) == 3
        assert cbe.about(connection)["snapshotDate"] == "2025-11-01"
    loading_.join(30)
    assert rows(home, FIRST) == {}


def test_data_of_another_format_are_none(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.load(files.full(tmp_path))
    monkeypatch.setattr("fidus.store.cbe.FORMAT", "2")
    assert home.shelf().about() == {}
    assert home.data.enterprise(bare(FIRST)) is None


def test_data_that_cannot_be_read_are_an_error_of_the_source(tmp_path: Path) -> None:
    (tmp_path / "cbe.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(SourceUnavailable):
        CbeOpenData(tmp_path, "sqlite").enterprise(bare(FIRST))


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    missing = Home(tmp_path / "nowhere", "sqlite", None)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationInvalid, match="cannot be written"):
        missing.load(files.full(tmp_path))


KILLED = """\
import os, signal, sys
from pathlib import Path
from fidus.cbe import load
load.A_COMMIT = 1
steps = int(sys.argv[3])
def progress(done, whole):
    global steps
    steps -= 1
    if not steps:
        os.kill(os.getpid(), signal.SIGKILL)
from fidus.store.cbe_shelf import shelf_of
load.load(Path(sys.argv[1]), shelf_of(Path(sys.argv[2]), sys.argv[4]), progress)
"""


@pytest.mark.slow
@pytest.mark.parametrize("steps", [2, 8])
def test_a_killed_load_goes_on(home: Home, tmp_path: Path, steps: int) -> None:
    home.load(files.full(tmp_path))
    file = files.update(tmp_path, **UPDATE)
    words = [sys.executable, "-c", KILLED, str(file), str(home.folder), str(steps), home.database]
    done = subprocess.run(words, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == -9
    assert rows(home, SECOND) != {}
    assert home.load(file).resumed
    assert rows(home, SECOND) == {}
    assert loading.A_COMMIT > 1
