"""The bench still runs, and measures what it says. Its figures here are for nobody: too short."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import nginx
from bench.__main__ import CONTENDERS
from bench.commit import commit_ms
from bench.folder import MARK
from bench.measuring import Figure
from bench.report import best, ratios

ROOT = Path(__file__).parents[2]


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", "--home", str(home), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.slow
def test_all_contenders_answer_and_are_told_as_table_and_as_json(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ended = run(
        home,
        "--seconds",
        "0.3",
        "--rounds",
        "1",
        "--clients",
        "2",
        "--without-neighbour",
        "--without-adapters",
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads((home / "bench.json").read_text())
    here = [name for name in CONTENDERS if name != "nginx" or nginx.program() is not None]
    assert [figure["name"] for figure in told["figures"]] == here
    assert all(figure["per_second"] > 0 and figure["cpu_ms"] >= 0 for figure in told["figures"])
    assert told["ratios"]["obvious"] == 1.0
    assert set(told["commit_ms"]) == {"1", "64"}
    assert all(told["titles"][name] in ended.stdout for name in ("obvious", "fidus"))
    assert "no check of what is asked" in ended.stdout


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    ended = run(tmp_path)
    assert (ended.returncode, (tmp_path / "letter").read_text()) == (2, "dear")
    assert not (tmp_path / MARK).exists()


def test_ratios_are_those_of_the_best_rates() -> None:
    def figure(name: str, clients: int, per_second: float) -> Figure:
        return Figure(name, clients, per_second, (per_second, per_second), 1.0, 2.0, 0.5, 0.1, 0.1)

    figures = [figure("obvious", 1, 10.0), figure("obvious", 16, 20.0), figure("fidus", 16, 100.0)]
    assert best(figures) == {"obvious": 20.0, "fidus": 100.0}
    assert ratios(figures) == {"obvious": 1.0, "fidus": 5.0}
    assert ratios(figures[2:]) == {}


def test_a_commit_costs_something(tmp_path: Path) -> None:
    assert commit_ms(tmp_path, 1, commits=3) > 0
    assert list(tmp_path.iterdir()) == []
