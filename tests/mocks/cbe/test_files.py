"""`python -m mocks cbe-open-data`, as a command."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from zipfile import ZipFile

import pytest

from mocks.__main__ import main
from mocks.world import world


def rows(file: Path, name: str) -> list[list[str]]:
    with ZipFile(file) as zipped:
        return list(csv.reader(io.StringIO(zipped.read(name).decode("utf-8"))))[1:]


def run(*words: str) -> int:
    return main(["cbe-open-data", *words])


def test_a_full_file_of_the_world_gets_the_usual_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--out", str(tmp_path), "--number", "7") == 0
    file = tmp_path / "KboOpenData_0007_2026_01_Full.zip"
    assert capsys.readouterr().out == f"{file}\n"
    active = [one for one in world().enterprises.values() if one.until is None]
    assert len(rows(file, "enterprise.csv")) == len(active)


def test_an_update_of_the_world(tmp_path: Path) -> None:
    file = tmp_path / "update.zip"
    assert run("--out", str(file), "--since", "2024-01-01", "--day", "2025-06-01", "--number", "8") == 0
    assert ["SnapshotDate", "01-06-2025"] in rows(file, "meta.csv")
    assert ["ExtractType", "update"] in rows(file, "meta.csv")
    assert rows(file, "enterprise_delete.csv")
    assert rows(file, "enterprise_insert.csv")


def test_as_many_as_wanted_and_an_update_to_them(tmp_path: Path) -> None:
    full, update = tmp_path / "full.zip", tmp_path / "update.zip"
    assert run("--size", "300", "--out", str(full)) == 0
    assert run("--size", "300", "--out", str(update), "--since", "2025-12-31") == 0
    assert len(rows(full, "enterprise.csv")) == 300
    assert len(rows(update, "enterprise_insert.csv")) == 300 // 50 + 300 // 100


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--size", "huge"), "--size is neither small nor whole nor a number"),
        (("--size", "99999999"), "there are numbers for"),
        (("--since", "2026-01-01"), "--since is not before --day"),
    ],
)
def test_what_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    assert run("--out", str(tmp_path / "file.zip"), *words) == 1
    assert complaint in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--out", str(tmp_path / "none" / "file.zip")) == 1
    assert "cannot write" in capsys.readouterr().err


def test_a_day_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("--out", str(tmp_path), "--day", "yesterday")
