"""The layout shows the architecture: sizes, slugs and words that a machine can check."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("fidus", "adapters", "audit", "mocks", "bench", "tests")
SLUG = re.compile(r"[a-z][a-z0-9-]*")


def tracked() -> list[Path]:
    """The project's files, by git; in an unpacked archive, every file of its rooms."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    found = [ROOT / name for name in names if name]
    return [file for file in found or ROOT.rglob("*") if file.is_file()]


def python_files() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".py" and file.relative_to(ROOT).parts[0] in ROOMS]


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_400_lines() -> None:
    assert {str(file.relative_to(ROOT)): lines(file) for file in python_files() if lines(file) > 400} == {}


def test_the_median_file_has_at_most_120_lines() -> None:
    sizes = [lines(file) for file in python_files() if lines(file) > 0]
    assert statistics.median(sizes) <= 120


def test_no_function_is_longer_than_40_lines() -> None:
    long = {}
    for file in python_files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring(node)
                if length > 40:
                    long[f"{file.relative_to(ROOT)}:{node.name}"] = length
    assert long == {}


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


def test_every_public_name_says_what_it_is() -> None:
    silent = []
    for file in python_files():
        if file.relative_to(ROOT).parts[0] == "tests":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if tree.body and ast.get_docstring(tree) is None:
            silent.append(str(file.relative_to(ROOT)))
        silent += [
            f"{file.relative_to(ROOT)}:{node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.name[0] != "_"
            and ast.get_docstring(node) is None
        ]
    assert silent == []


def slugs(room: str) -> set[str]:
    """The sources of a room, as slugs."""
    folders = (path for path in (ROOT / room).iterdir() if path.is_dir())
    return {
        path.name.replace("_", "-")
        for path in folders
        if path.name[0] not in "_."
        and path.name not in ("fidus", "control", "world")
        and any(file.is_file() for file in path.iterdir())
    }


@pytest.mark.parametrize("room", ["contracts", "mocks", "tests/adapters"])
def test_each_source_has_its_folder_in_each_room(room: str) -> None:
    assert slugs("adapters") <= slugs(room)


def test_adapters_do_not_know_each_other() -> None:
    for slug in slugs("adapters"):
        own = slug.replace("-", "_")
        for file in (ROOT / "adapters" / own).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                others = [name for name in names if name.startswith("adapters.")]
                assert {name.split(".")[1] for name in others} <= {own, "_lib"}, file


def test_a_source_is_three_files() -> None:
    for slug in slugs("adapters"):
        folder = ROOT / "adapters" / slug.replace("-", "_")
        names = {file.name for file in folder.iterdir() if file.is_file() and file.name != "__init__.py"}
        assert names <= {"manifest.toml", "adapter.py", "mapping.py"}


def test_no_real_looking_person_stands_in_a_file() -> None:
    """Eleven digits that would pass as a person's number: only synthetic months (60 to 72, 80 to 92) may."""
    number = re.compile(
        rb"(?<![0-9A-Za-z+/=._-])[0-9]{2}([0-9]{2})[0-9]{2}[ .-]?[0-9]{3}[ .-]?[0-9]{2}(?![0-9A-Za-z+/=_-])"
    )
    found = []
    for file in tracked():
        if file.suffix in (".lock", ".png", ".svg"):
            continue
        for match in number.finditer(file.read_bytes()):
            digits = re.sub(rb"[^0-9]", b"", match.group(0))
            checks = {97 - int(b"2" * two + digits[:9]) % 97 for two in (0, 1)}
            month = int(match.group(1))
            plausible = month % 20 <= 12 and month < 60 and int(digits[4:6]) <= 31
            if int(digits[9:]) in checks and plausible:
                found.append(str(file.relative_to(ROOT)))
    assert found == []


def test_the_project_speaks_of_itself_alone() -> None:
    words = re.compile(
        r"/work/|/root/|/tmp/plan|pypi\.org|registry\.npmjs|deb\.debian|farm-|\bhelper agent|\bissue #?\d",
        re.I,
    )
    found = []
    for file in tracked():
        if file == Path(__file__) or file.suffix in (".png", ".lock"):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{file.relative_to(ROOT)}: {match.group(0)}" for match in words.finditer(text)]
    assert found == []
