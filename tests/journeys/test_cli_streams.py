"""Commands whose streams are closed, or bring what nobody would send: a sentence and an exit code still."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fidus.demo.home import DemoHome
from tests.journeys.alone import ENVIRONMENT, home_in
from tests.journeys.commands import fidus
from tests.journeys.world import ROOT, World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A home with a catalogue in force, where no hub runs."""
    home = home_in(tmp_path_factory.mktemp("streams") / "home")
    done = fidus("flow", "apply", str(home.flows), home=home.folder)
    assert done.code == 0, done.err
    return home


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [
        (0, ("audit", "search", "--person", "-"), 1),
        (0, ("serve", "--until-stdin-closes"), 1),
        (1, ("flow", "list"), 0),
        (1, ("flow", "list", "--json"), 0),
        (2, ("flow", "show", "none"), 1),
    ],
    ids=str,
)
def test_closed_streams_lead_nowhere(home: DemoHome, closed: int, words: tuple[str, ...], code: int) -> None:
    """Not into a store that would be opened in their place, and not to a traceback."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}>&-', "sh", sys.executable, "-m", "fidus", *words],
        env={**ENVIRONMENT, "FIDUS_HOME": str(home.folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def test_consulting_with_nothing_to_read(world: World) -> None:
    """Standard input is closed: an empty body is sent, and refused as one."""
    flow = "municipality-address"
    one = world.institution(flow)
    by = ("--api", world.told["api"], "--ca", world.told["ca"], "--certificate", one["certificate"])
    words = [sys.executable, "-m", "fidus", "consult", flow, *by, "--key", one["key"], "--json"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *words],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["status"]) == (1, 400), done.stderr


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"\xff\xfe", b"", b"no json"], ids=["deep", "bytes", "empty", "text"]
)
def test_an_answer_that_is_no_json(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answer.json").write_bytes(content)
    vkey = "audit.fidus.example/log+537a2aa9+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    done = fidus("receipt", "verify", str(tmp_path / "answer.json"), "--vkey", vkey)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("no ")
