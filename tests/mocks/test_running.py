"""Mocks as processes: the line they say, how they end, what they leave."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mocks.__main__ import SOURCES, main
from mocks.places import CONTRACT

ROOT = CONTRACT.parent.parent


@contextmanager
def started(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A mock that said that it is ready; ended afterwards, whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mocks", "national-register", "--home", str(home), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.slow
def test_it_says_where_it_is_and_ends_on_term(home: Path, has_port: Callable[[str], bool]) -> None:
    with started(home) as (process, ready):
        assert sorted(ready) == ["asked", "faults", "page", "pid", "slug", "url"]
        assert (ready["slug"], ready["pid"]) == ("national-register", process.pid)
        assert ready["url"].startswith("https://127.0.0.1:")
        assert ready["faults"].startswith("http://127.0.0.1:")
        with urllib.request.urlopen(ready["asked"], timeout=5) as answer:
            assert json.load(answer) == {"items": []}
        with urllib.request.urlopen(ready["page"], timeout=5) as answer:
            assert "Lived in three streets of one name" in answer.read().decode()
        assert has_port(ready["url"])
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest, errors) == (0, "", "")
    assert not has_port(ready["url"])


@pytest.mark.slow
def test_it_ends_with_its_input_when_asked_to(home: Path) -> None:
    with started(home, "--until-stdin-closes") as (process, _):
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.write("anything\n")
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.slow
def test_it_takes_the_ports_that_it_is_given_and_says_when_one_is_taken(home: Path) -> None:
    with started(home) as (_, ready):
        port = ready["url"].split(":")[2].split("/")[0]
        again = subprocess.run(
            [sys.executable, "-m", "mocks", "national-register", "--home", str(home), "--port", port],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=30,
        )
    assert again.returncode == 1
    assert again.stderr.startswith("national-register cannot start: ")
    assert again.stdout == ""


@pytest.mark.parametrize("slug", sorted(SOURCES))
def test_a_home_without_keys_is_told(tmp_path: Path, slug: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([slug, "--home", str(tmp_path)]) == 1
    assert "there is no file" in capsys.readouterr().err


def test_a_home_without_tls_key_is_told(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pki").mkdir()
    for file in (home / "pki").iterdir():
        if file.name != "national-register.key":
            (tmp_path / "pki" / file.name).write_bytes(file.read_bytes())
    assert main(["national-register", "--home", str(tmp_path)]) == 1
    assert "there is no file" in capsys.readouterr().err


def test_the_world_is_shown_as_cases_or_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["world"]) == 0
    shown = capsys.readouterr().out
    assert main(["world", "--json"]) == 0
    subjects = json.loads(capsys.readouterr().out)
    assert len(subjects) >= 400
    assert all(one["case"] in shown and one["ssin"] in shown for one in subjects if "case" in one)
    assert f"and {len(subjects) - shown.count(chr(10)) + 1} others" in shown


def test_wrong_use_is_two() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["no-such-source"])
    assert ended.value.code == 2
