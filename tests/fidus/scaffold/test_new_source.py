"""The skeleton of a source: written whole or not at all, and it passes its own tests at once."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidus.scaffold.new_source import SKELETON, new_source
from fidus.scaffold.pages import ROOT

LONGEST = "a-very-long-register-of-somethin"
# What a checkout needs to run the tests of one source.
ROOMS = ("adapters", "audit", "bin", "contracts", "docs", "fidus", "flows", "mocks", "tests")


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """The project without its history; gone afterwards, as its contracts name people."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Path]:
    """A project of empty rooms."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path)


def files_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.name != "pyproject.toml"]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_new_source_passes_its_own_tests_and_lacks_nothing(checkout: Path) -> None:
    made = run(checkout, "fidus", "new-source", "civil-registry")
    assert made.returncode == 0, made.stderr
    rooms = re.findall(r"(?:adapters|contracts|flows|mocks|tests)/[\w/.-]*", made.stdout)
    assert [room for room in rooms if not (checkout / room).exists()] == []
    tests = ("tests/adapters/civil_registry", "tests/mocks/civil_registry", "tests/test_flows.py")
    passed = run(checkout, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests)
    assert passed.returncode == 0, passed.stdout[-3000:]
    report = run(checkout, "fidus", "check")
    assert "civil" not in report.stdout + report.stderr
    assert "[sources.civil-registry]" in _demonstration(checkout)


def _demonstration(checkout: Path) -> str:
    """The settings of a demonstration that would start every source."""
    program = (
        "from pathlib import Path; from fidus.demo.home import *; from fidus.demo.home import SOURCES;"
        "home = prepare(Path('demo').resolve(), Path('flows'));"
        "write_settings(home, {slug: 'https://127.0.0.1:1/' for slug in SOURCES});"
        "print((home.folder / 'fidus.toml').read_text())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True
    )
    return ended.stdout


@pytest.mark.parametrize("slug", ["x", "civil-registry", LONGEST])
def test_every_file_of_the_skeleton_is_written_in_the_projects_form(bare: Path, slug: str) -> None:
    files = new_source(slug, bare)
    assert len(files) == len([*SKELETON.rglob("*.in")]) + 1  # and the page
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "@slug@" not in str(file) + text
        assert "@folder@" not in str(file) + text
        assert "@Class@" not in text
    for words in (("check",), ("format", "--check")):
        tidy = run(bare, "ruff", *words, "--no-cache", ".")
        assert tidy.returncode == 0, tidy.stdout


@pytest.mark.parametrize(
    "slug", ["", "A", "a_b", "-a", "a-", "a--b", "1a", "../a", "class", "world", "a" * 33, "é"]
)
def test_what_cannot_be_a_slug_is_refused(bare: Path, slug: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        new_source(slug, bare)
    assert files_of(bare) == []


@pytest.mark.parametrize(
    "there",
    ["adapters/civil_registry/adapter.py", "mocks/civil_registry/server.py", "contracts/civil-registry/x"],
)
def test_a_source_that_is_there_in_any_room_is_left_alone(bare: Path, there: str) -> None:
    (bare / there).parent.mkdir(parents=True)
    (bare / there).write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="choose another slug"):
        new_source("civil-registry", bare)
    assert files_of(bare) == [bare / there]
