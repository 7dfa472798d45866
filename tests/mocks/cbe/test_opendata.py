"""The open data files as a reader of SOURCE.md finds them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from mocks.cbe.labels import CODES
from mocks.cbe.many import Many
from mocks.cbe.opendata import TABLES, Change, Extract, Row, dotted, write_full, write_update

EXTRACT = Extract(date(2026, 1, 1), 41)
COLUMNS = (Path(__file__).parent.parent.parent.parent / "contracts" / "cbe" / "SOURCE.md").read_text()


def lines(file: Path, name: str) -> list[list[str]]:
    with ZipFile(file) as zipped:
        return list(csv.reader(io.StringIO(zipped.read(name).decode("utf-8"), newline="")))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("open") / EXTRACT.name(update=False)
    write_full(file, Many(20), EXTRACT)
    return file


def test_a_file_is_called_as_real_ones(full: Path) -> None:
    assert full.name == "KboOpenData_0041_2026_01_Full.zip"
    assert EXTRACT.name(update=True) == "KboOpenData_0041_2026_01_Update.zip"


def test_it_holds_the_files_and_columns_of_the_contract(full: Path) -> None:
    rows = re.findall(r"^\| (\w+)\.csv \| (.*) \|$", COLUMNS, re.MULTILINE)
    assert len(rows) == 9
    for name, columns in rows:
        wanted = [re.sub(r" \(.*", "", column) for column in columns.split(", ")]
        assert lines(full, f"{name}.csv")[0] == wanted[: len(lines(full, f"{name}.csv")[0])]
    assert {name for name, _ in rows} == TABLES.keys() | {"meta", "code"}


def test_every_value_is_quoted_and_nothing_else_changes(full: Path) -> None:
    with ZipFile(full) as zipped:
        assert zipped.testzip() is None
        raw = zipped.read("denomination.csv").decode("utf-8").splitlines()
    assert all(line[0] == line[-1] == '"' for line in raw)
    names = {row[3] for row in lines(full, "denomination.csv")[1:]}
    assert any('"' in name and "," in name for name in names)


def test_it_says_of_which_day_it_is(full: Path) -> None:
    assert lines(full, "meta.csv")[1:] == [
        ["SnapshotDate", "01-01-2026"],
        ["ExtractTimestamp", "01-01-2026 06:00:00"],
        ["ExtractType", "full"],
        ["ExtractNumber", "41"],
        ["Version", "1.0.0"],
    ]


def test_every_code_is_explained_in_four_languages(full: Path) -> None:
    told = lines(full, "code.csv")[1:]
    assert len(told) == 4 * sum(len(labels) for labels in CODES.values())
    assert ["Status", "AC", "NL", "Actief"] in told
    assert {row[2] for row in told} == {"FR", "NL", "DE", "EN"}


def test_the_same_extract_is_the_same_file(full: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    write_full(again, Many(20), EXTRACT)
    assert again.read_bytes() == full.read_bytes()


def test_an_update_deletes_by_key_and_then_inserts(tmp_path: Path) -> None:
    class One(Change):
        def deleted(self, table: str) -> list[str]:
            return [f"gone from {table}"]

        def inserted(self, table: str) -> Iterator[Row]:
            yield tuple("x" for _ in TABLES[table])

    file = tmp_path / "update.zip"
    write_update(file, One(), EXTRACT)
    with ZipFile(file) as zipped:
        names = zipped.namelist()
    assert names[:2] == ["meta.csv", "code.csv"]
    assert ["ExtractType", "update"] in lines(file, "meta.csv")
    for table, columns in TABLES.items():
        assert names.index(f"{table}_delete.csv") < names.index(f"{table}_insert.csv")
        assert lines(file, f"{table}_delete.csv") == [[columns[0]], [f"gone from {table}"]]
        assert lines(file, f"{table}_insert.csv") == [list(columns), ["x"] * len(columns)]


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    class Broken(Many):
        def rows(self, table: str) -> Iterator[Row]:
            yield from super().rows(table)
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_full(tmp_path / "never.zip", Broken(5), EXTRACT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "written"),
    [("0999200012", "0999.200.012"), ("1500000080", "1500.000.080"), ("8999000145", "8.999.000.145")],
)
def test_numbers_have_dots(number: str, written: str) -> None:
    assert dotted(number) == written
