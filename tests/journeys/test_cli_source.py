"""`fidus source …`: a source is blocked by hand, every question to it is told so, and a restart keeps it."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from fidus.demo.home import DemoHome
from tests.journeys.alone import home_in, serving
from tests.journeys.commands import Done, fidus
from tests.journeys.journal import journal_of

pytestmark = pytest.mark.slow

HERE, FLOW = "national-register", "municipality-address"


@pytest.fixture
def home(tmp_path: Path) -> DemoHome:
    return home_in(tmp_path / "home")


def done(home: DemoHome, *words: str) -> Done:
    return fidus(*words, home=home.folder)


def state(says: dict[str, Any]) -> dict[str, Any]:
    with urllib.request.urlopen(says["management"] + "/health", timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def test_a_word_holds_at_once_outlives_a_restart_and_is_an_entry(home: DemoHome) -> None:
    with serving(home):
        assert done(home, "flow", "apply", str(home.flows)).code == 0
        told = done(home, "source", "block", HERE, "--reason", "it answers nonsense")
        assert (told.code, told.out) == (0, f"{HERE}: nobody asks it, as entry 1 of the log.\n")
    told = done(home, "source", "list")  # without a hub
    assert "block" in told.out
    with serving(home) as hub:
        assert state(hub.says)["gates"][HERE]["word"] == "block"
        body = {
            "query": {"ssin": "83722444416"},
            "context": {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}},
        }
        reply = hub.client("municipality").post(f"/flows/{FLOW}/consult", json.dumps(body).encode())
        assert reply.status == 503
        assert reply.body["type"] == "urn:problem-type:fidus:sourceUnavailable"
        assert json.loads(done(home, "source", "list", "--json").out)["sources"][0]["blocked"] == 1
        again = done(home, "source", "block", HERE, "--reason", "x")
        assert (again.code, again.err) == (1, f"{HERE} is on block already\n")
        assert json.loads(done(home, "source", "allow", HERE, "--reason", "x", "--json").out) == {"index": 4}
        assert done(home, "source", "auto", HERE, "--reason", "x").code == 0
        assert state(hub.says)["gates"][HERE]["word"] == "auto"
        unknown = done(home, "source", "block", "another", "--reason", "x")
        assert (unknown.code, "there is no source another" in unknown.err) == (1, True)
    with journal_of(home.folder) as journal:
        acts = [entry["admin"] for entry in journal.entries() if entry["kind"] == "admin"]
    assert acts[1:] == [{"act": f"{word}Source", "object": HERE} for word in ("block", "allow", "auto")]


def test_a_home_without_sources_says_so(home: DemoHome) -> None:
    file = home.folder / "fidus.toml"
    file.write_text(file.read_text(encoding="utf-8").split("[sources")[0], encoding="utf-8")
    assert "No source has settings here" in done(home, "source", "list").out
