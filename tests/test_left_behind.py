"""A run of tests that leaves somebody in a file has failed, and says where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mocks.population import population
from tests.fidus.questions import person
from tests.left_behind import told_below

NUMBER = person(7)


def test_whoever_is_told_of_is_found_but_where_it_may_be(tmp_path: Path) -> None:
    people = population()
    someone = next(iter(people.persons.values()))
    for path, text in {
        "a/logs/hub.log": f"somebody: {someone.number}",
        "a/logs/again.log": f"somebody: {someone.number}",
        "a/tmp/made": f"made by a test: {NUMBER}",
        "a/tmp/named": someone.family_name,
        "a/home/demo.json": f"may be: {someone.number}",
        "a/tmp/silent": "nobody, and no synthetic number: 68011164181",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert list(told_below(tmp_path)) == [
        f"a/logs/again.log tells of {someone.number} (digits)",
        f"a/tmp/made tells of {NUMBER} (digits)",
        f"a/tmp/named tells of {someone.family_name}",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("content", "workers"), [("nobody", 0), (NUMBER, 0), (NUMBER, 1)])
def test_a_run_that_leaves_somebody_has_failed(tmp_path: Path, content: str, workers: int) -> None:
    root = Path(__file__).parents[1]
    test = tmp_path / "test_it.py"
    body = f"(tmp_path / 'left').write_text({content[:6]!r} + {content[6:]!r})"
    test.write_text(f"def test_it(tmp_path):\n    assert {body}\n", encoding="utf-8")
    words = (
        "-p",
        "tests.left_behind",
        "-p",
        "no:cacheprovider",
        f"-n{workers}",
        "--basetemp",
        str(tmp_path / "base"),
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            "/dev/null",
            "--rootdir",
            str(tmp_path),
            *words,
            str(test),
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    left = content == NUMBER
    assert done.returncode == int(left), done.stdout + done.stderr
    assert ("people were left behind in files" in done.stdout) is left
    assert "1 passed" in done.stdout
