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
from tests.journeys.world import World

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


def test_the_state_of_a_source_that_cannot_be_asked_ends_with_one(home: DemoHome) -> None:
    told = done(home, "source", "status", HERE, "--json")
    known = json.loads(told.out)
    assert (told.code, known["slug"], known["adapter"]) == (1, HERE, HERE)
    assert known["reachable"] != "up"
    assert f"{HERE}/address" in known["services"]
    assert "reachable" in done(home, "source", "status", HERE).out


def test_the_state_of_a_source_that_answers(world: World) -> None:
    told = fidus("source", "status", HERE, "--json", home=world.home)
    known = json.loads(told.out)
    assert (told.code, known["reachable"], known["word"]) == (0, "up", "auto")


def test_each_step_to_a_source_is_told(world: World) -> None:
    steps = json.loads(fidus("source", "test", HERE, "--json", home=world.home).out)
    assert [step["ok"] for step in steps] == [True] * len(steps)
    assert steps[0]["step"] == f"an adapter of {HERE}"
    assert steps[-1]["step"].startswith("its contract ")
    told = fidus("source", "test", HERE, home=world.home)
    assert (told.code, told.out.count("ok  ")) == (0, len(steps))


def test_the_first_step_that_is_not_right_says_what_to_do(home: DemoHome) -> None:
    down = done(home, "source", "test", HERE)
    assert down.code == 1
    assert "no  a connection" in down.out
    assert "look at `url`" in down.out
    file = home.folder / "fidus.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"[sources.{HERE}]", f'[sources.{HERE}]\nadapter = "none-such"'), "utf-8")
    (step,) = json.loads(done(home, "source", "test", HERE, "--json").out)
    assert (step["ok"], "Correct `adapter`" in step["cure"]) == (False, True)
    file.write_text(text.replace("pki/hub-sign.crt", "pki/none.crt"), "utf-8")
    unreadable = json.loads(done(home, "source", "test", HERE, "--json").out)[1]
    assert (unreadable["ok"], unreadable["step"]) == (False, "its settings and files")


@pytest.mark.parametrize("command", ["status", "test"])
def test_a_source_that_is_none_is_named(home: DemoHome, command: str) -> None:
    told = done(home, "source", command, "another")
    assert (told.code, told.out) == (1, "")
    assert "there is no source another in fidus.toml; there are: " in told.err
