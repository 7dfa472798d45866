"""The demonstration is what a newcomer and a program expect of it."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fidus.services import slugs
from tests.journeys.alone import home_in, serving
from tests.journeys.commands import fidus
from tests.journeys.world import ROOT, World, start, stop

pytestmark = pytest.mark.slow


def test_demo_json_tells_everything(world: World) -> None:
    told = world.told
    assert {"api", "management", "ca", "institutions", "sources", "audit", "subjects"} <= told.keys()
    assert {"processes", "database", "fidus"} <= told.keys()
    assert re.fullmatch(r"https://127\.0\.0\.1:\d+", told["api"])
    assert len(told["institutions"]) == 4
    assert {source["slug"] for source in told["sources"]} == set(slugs(ROOT / "adapters"))
    assert all(Path(one["key"]).is_file() for one in told["institutions"])
    assert Path(told["audit"]["directory"], "checkpoint").is_file()
    assert {process["name"] for process in told["processes"]} == {"hub", *slugs(ROOT / "adapters")}
    assert stat.S_IMODE((world.home / "demo.json").stat().st_mode) == 0o600


def test_every_example_body_is_complete(world: World) -> None:
    answered = {
        flow["id"]: world.consult(flow["id"], flow["body"]).status
        for one in world.told["institutions"]
        for flow in one["flows"]
    }
    not_in_force = {"slrb-waiting-list-2024": 403, "municipality-counter-address": 403}
    assert answered == {flow: not_in_force.get(flow, 200) for flow in answered}
    assert answered.keys() == {file.stem for file in (ROOT / "flows").glob("*/*.toml")} - {"institution"}


def test_the_show_tells_what_happened(world: World) -> None:
    shown = world.output.read_text(encoding="utf-8")
    for part in (
        "answered 200",
        "answered 403",
        "notInForce",
        '"address": "yes"',
        '"address": "no"',
        "curl ",
    ):
        assert part in shown
    for part in ("A person", "A company", "A car", "A building", "no more than yes or no", "no flow"):
        assert part in shown
    assert "nothing there" not in shown
    assert all(source["page"] in shown for source in world.told["sources"])
    assert shown.count("✓") == 6
    assert "✗" not in shown


def test_the_printed_lines_work(world: World) -> None:
    lines = re.findall(r"^(?:curl|/usr/bin/env) .*$", world.output.read_text(encoding="utf-8"), re.M)
    harmless = [line for line in lines if "suspend" not in line and "-X PUT" not in line]
    assert len(harmless) >= 4
    (slow,) = [line for line in lines if "-X PUT" in line]
    assert slow.endswith(world.source("national-register")["faults"]), "of the source that `Ask again` asks"
    for line in harmless:
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (line, done.stderr)


def test_a_second_start_goes_on_with_the_same_log(tmp_path: Path) -> None:
    first = start(tmp_path / "home")
    before, vkey = head(first), first.told["audit"]["vkey"]
    assert stop(first) == 0
    assert processes_of(tmp_path / "home") == []
    again = start(tmp_path / "home")
    try:
        assert again.told["audit"]["vkey"] == vkey
        assert [one["number"] for one in again.told["institutions"]] == [
            one["number"] for one in first.told["institutions"]
        ]
        assert head(again) > before
        assert again.run("audit", "verify").returncode == 0
    finally:
        ended = stop(again)
    assert ended == 0


def test_a_second_demonstration_leaves_the_running_one_alone(world: World) -> None:
    before = {name: (world.home / name).read_bytes() for name in ("demo.json", "fidus.toml")}
    done = once(world.home)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "runs in this folder already" in done.stderr
    assert {name: (world.home / name).read_bytes() for name in before} == before
    assert world.run("flow", "list").returncode == 0


def test_a_hub_that_cannot_start_says_why(tmp_path: Path) -> None:
    """Here: another hub has the store. What stood in demo.json is gone, for it is true no more."""
    home = home_in(tmp_path / "home")
    (home.folder / "demo.json").write_text("{}", encoding="utf-8")
    with serving(home):
        done = once(home.folder)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "another process has this store open" in done.stderr
    assert not (home.folder / "demo.json").exists()


def test_a_suspended_flow_is_explained_at_the_next_start(tmp_path: Path) -> None:
    """Resumed as the page says, the show goes well; it ends with it and leaves nothing running."""
    home = home_in(tmp_path / "sp ace")
    flow = "municipality-address"
    for words in (("apply", str(home.flows)), ("suspend", flow, "--reason", "x")):
        assert fidus("flow", *words, home=home.folder).code == 0
    done = once(home.folder)
    assert (done.returncode, "answered 403" in done.stdout) == (1, True)
    (line,) = re.findall(rf"^/usr/bin/env .* flow resume {flow} .*$", done.stdout, re.M)
    assert subprocess.run(["sh", "-c", line], capture_output=True, check=False).returncode == 0
    assert once(home.folder).returncode == 0
    assert processes_of(home.folder) == []


def test_a_folder_that_is_not_a_demonstration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("mine")
    done = once(tmp_path)
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]


def once(home: Path) -> subprocess.CompletedProcess[str]:
    """A demonstration that ends with its show."""
    return subprocess.run(
        [sys.executable, "-m", "fidus", "demo", "--home", str(home), "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def head(world: World) -> int:
    report: dict[str, Any] = json.loads(world.run("audit", "verify", "--json").stdout)
    assert report["ok"], report
    return int(report["size"])


def processes_of(home: Path) -> list[str]:
    """Command lines that name this home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(home).encode() in words:
            found.append(b" ".join(words).decode())
    return found
