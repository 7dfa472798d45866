"""Every command: help, JSON, exit 0, 1 or 2, and one clear sentence, never a traceback, for what is wrong."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer

from fidus.cli.main import app
from fidus.demo.home import DemoHome
from mocks.world import world
from tests.journeys.alone import ENVIRONMENT, home_in, serving
from tests.journeys.alone import fidus as process
from tests.journeys.commands import Done, fidus
from tests.journeys.world import ROOT, World

pytestmark = pytest.mark.slow


def all_commands() -> Iterator[tuple[str, ...]]:
    """The words of every command."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, (*words, name))

    yield from walk(typer.main.get_command(app), ())


COMMANDS = tuple(all_commands())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A home with a catalogue in force, where no hub runs."""
    home = home_in(tmp_path_factory.mktemp("cli") / "home")
    done = fidus("flow", "apply", str(home.flows), home=home.folder)
    assert done.code == 0, done.err
    return home


def sentence(done: Done, code: int, *parts: str) -> None:
    """It ended so, and said why in one line, naming these parts."""
    assert done.code == code
    assert done.out == ""
    assert done.err.count("\n") == 1, done.err
    for part in parts:
        assert part in done.err


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_has_help(words: tuple[str, ...]) -> None:
    if words == ("mocks",):
        done = process("mocks", "--help")
        assert (done.returncode, "national-register" in done.stdout) == (0, True)
        return
    told = fidus(*words, "--help")
    assert (told.code, told.err) == (0, "")
    assert "Usage: " in told.out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_wrong_use_ends_with_two(words: tuple[str, ...]) -> None:
    if words == ("mocks",):
        assert process("mocks", "--no-such-option").returncode == 2
        return
    told = fidus(*words, "--no-such-option")
    assert told.code == 2
    assert "--no-such-option" in told.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("flow",), 2),
        (("audit",), 2),
        (("receipt",), 2),
        (("nonsense",), 2),
        (("flow", "suspend", "x"), 2),
        (("audit", "verify", "somewhere"), 2),
        (("audit", "export"), 2),
        (("audit", "search", "--limit", "0"), 2),
        (("consult", "x"), 2),
    ],
    ids=str,
)
def test_incomplete_commands(home: DemoHome, words: tuple[str, ...], code: int) -> None:
    done = fidus(*words, home=home.folder)
    assert done.code == code
    assert "Usage: " in done.out + done.err


AT_HOME: tuple[tuple[str, ...], ...] = (
    ("flow", "list"),
    ("flow", "show", "slrb-confirm-address"),
    ("flow", "suspend", "slrb-confirm-address", "--reason", "x"),
    ("flow", "resume", "slrb-confirm-address", "--reason", "x"),
    ("flow", "apply", str(ROOT / "flows")),
    ("audit", "verify"),
    ("audit", "export", "somewhere"),
    ("audit", "export", "--ndjson"),
    ("audit", "search"),
)


@pytest.mark.parametrize("words", AT_HOME, ids=" ".join)
def test_a_home_that_is_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    sentence(fidus(*words, home=tmp_path / "none"), 1, "fidus.toml", "there is no such file")


@pytest.mark.parametrize("words", AT_HOME, ids=" ".join)
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("api = [", ("not TOML", "Correct the syntax")),
        ("demonstration = true\n[api]\nport = 99999999\n[log]\norigin = 'a b'\n", ("api.port", "log.origin")),
    ],
    ids=["syntax", "values"],
)
def test_settings_that_are_wrong(
    tmp_path: Path, words: tuple[str, ...], text: str, parts: tuple[str, ...]
) -> None:
    (tmp_path / "fidus.toml").write_text(text, encoding="utf-8")
    done = fidus(*words, home=tmp_path)
    assert done.code == 1
    assert done.out == ""
    assert all(line.startswith(f"{tmp_path}/fidus.toml: ") for line in done.err.splitlines())
    assert all(part in done.err for part in parts)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("check", "NONE"), ("NONE",)),
        (("flow", "digest", "NONE"), ("NONE",)),
        (("flow", "apply", "NONE"), ("NONE",)),
        (("flow", "apply", str(ROOT / "flows"), "--approval", "NONE"), ("NONE", "No such file")),
        (("receipt", "verify", "NONE", "--vkey", "a+b+c"), ("--vkey", "name+hash+key")),
        (("audit", "verify", "NONE", "--vkey", "NONE"), ("NONE", "No such file")),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_files_that_are_missing(
    home: DemoHome, tmp_path: Path, words: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    missing = str(tmp_path / "NONE")
    done = fidus(*(missing if word == "NONE" else word for word in words), home=home.folder)
    assert done.code == 1
    assert any(part in done.err for part in parts), done.err


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--since", "yesterday"), ("since: ", "2026-10-01T00:00:00+02:00")),
        (("--until", "2026-10-01"), ("until: ", "time zone")),
        (("--kind", "nothing"), ("kind: ", "intent")),
        (("--outcome", "nothing"), ("outcome: ", "found", "refused")),
        (("--role", "nothing"), ("role: ", "asked")),
        (("--person", "12"), ("11 digits",)),
        (("--subject", "person", "12"), ("11 digits",)),
        (("--subject", "enterprise", "12"), ("10 digits",)),
        (("--subject", "vin", "12"), ("vin:<17",)),
        (("--subject", "plate", ""), ("plate:<country>",)),
        (("--subject", "address", "Rue"), ("<nisCode",)),
    ],
    ids=lambda words: " ".join(words[:2]) if words[0] == "--subject" else words[0],
)
def test_a_search_for_what_cannot_be(home: DemoHome, words: tuple[str, ...], parts: tuple[str, ...]) -> None:
    """Told without the value; nothing was searched, so nothing is recorded."""
    sentence(fidus("audit", "search", *words, home=home.folder), 1, *parts)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--subject", "car", "0WXF556"), "TYPE is one of"),
        (("--subject", "plate", "0WXF556", "--person", "50660828814"), "--person says it already"),
    ],
    ids=["no type", "two"],
)
def test_a_search_says_of_one_thing_what_it_is(home: DemoHome, words: tuple[str, ...], part: str) -> None:
    done = fidus("audit", "search", *words, home=home.folder)
    assert (done.code, done.out) == (2, "")
    assert part in done.err
    assert words[2] not in done.err


def test_a_store_that_is_none(home: DemoHome, tmp_path: Path) -> None:
    """A file that is no database."""
    broken = home_in(tmp_path / "home").folder
    (broken / "log.key").write_bytes(bytes(32))
    (broken / "log.key").chmod(0o600)
    (broken / "fidus.db").write_bytes(b"this is no database, and has been none for long")
    for words in AT_HOME:
        done = fidus(*words, home=broken)
        assert (done.code, done.out) == (1, ""), words
        assert "Traceback" not in done.err


def test_a_store_of_another_version_is_not_touched(home: DemoHome, tmp_path: Path) -> None:
    other = home_in(tmp_path / "home")
    assert fidus("flow", "apply", str(other.flows), home=other.folder).code == 0
    with closing(sqlite3.connect(other.folder / "fidus.db")) as store, store:
        store.execute("INSERT INTO alembic_version VALUES ('9999')")
    done = fidus("flow", "list", home=other.folder)
    assert (done.code, done.out) == (1, "")


def test_a_key_that_others_can_read(home: DemoHome, tmp_path: Path) -> None:
    careless = home_in(tmp_path / "home").folder
    (careless / "log.key").write_bytes(bytes(32))
    (careless / "log.key").chmod(0o644)
    sentence(fidus("flow", "list", home=careless), 1, "log.key", "others may read", "chmod 600")


def test_two_hubs_in_one_home(tmp_path: Path) -> None:
    """The second one says who has it, and the first goes on."""
    home = home_in(tmp_path / "home")
    with serving(home) as hub:
        second = process("serve", "--home", str(home.folder))
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr.count("\n") == 1
        assert "store.lock" in second.stderr
        assert hub.client(None).get("/health").status == 200
        assert hub.client("municipality").get("/flows").status == 401  # an empty store enrolls nobody


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    first, second = home_in(tmp_path / "first"), home_in(tmp_path / "second")
    with serving(first) as hub:
        port = hub.says["api"].rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "fidus", "serve", "--home", str(second.folder)],
            env={**ENVIRONMENT, "FIDUS_API__PORT": port},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert port in done.stderr


def test_the_population_as_data() -> None:
    everybody = json.loads(fidus("world", "--json").out)
    cases = json.loads(fidus("world", "--cases", "--json").out)
    assert [one for one in everybody if "case" in one] == cases
    assert fidus("world", "--cases").out.count("\n") == len(cases) + 1


def test_one_thing_of_the_world_leads_to_others() -> None:
    number = next(iter(world().enterprises))
    told = json.loads(fidus("world", "show", number, "--json").out)
    assert (told["kind"], told["key"]) == ("enterprise", number)
    (building,) = [one["key"] for one in told["links"] if one["kind"] == "building"]
    printed = fidus("world", "show", building).out
    assert printed.startswith(f"building {building}\n")
    assert number in printed
    refused = fidus("world", "show", "0999999922")
    assert (refused.code, refused.out) == (1, "")
    assert "nothing of that number" in refused.err
    assert "--whole" in refused.err


@pytest.mark.slow
def test_things_of_the_large_world() -> None:
    told = json.loads(fidus("world", "show", "0999.200.067", "--whole", "--json").out)
    assert told["key"] == "0999200067"
    assert "--whole" not in fidus("world", "show", "0999999922", "--whole").err


def test_flow_files_as_they_should_be_and_not(tmp_path: Path) -> None:
    assert json.loads(fidus("check", str(ROOT / "flows"), "--json").out) == []
    assert fidus("check", str(ROOT / "flows")).out.startswith("No fault: ")
    folder = tmp_path / "flows" / "somebody"
    folder.mkdir(parents=True)
    (folder / "institution.toml").write_text('number = "0999000229"\n', encoding="utf-8")
    (folder / "a-flow.toml").write_text("mode = \n", encoding="utf-8")
    told = fidus("check", str(tmp_path / "flows"))
    assert told.code == 1
    assert "a-flow.toml:1: " in told.err
    faults = json.loads(fidus("check", str(tmp_path / "flows"), "--json").out)
    assert len(faults) == told.err.count("\n") - 1
    assert all(fault.keys() == {"file", "line", "problem", "cure"} for fault in faults)


def test_asking_from_the_command_line(world: World, tmp_path: Path) -> None:
    """An answer is printed and ends with 0; a refusal is told and ends with 1."""
    flow = "municipality-address"
    one = world.institution(flow)
    by = (
        *("--api", world.told["api"], "--ca", world.told["ca"]),
        *("--certificate", one["certificate"], "--key", one["key"]),
    )
    answered = fidus("consult", flow, *by, stdin=json.dumps(world.body(flow)))
    assert (answered.code, json.loads(answered.out)["flow"]) == (0, flow)
    (tmp_path / "body.json").write_text('{"query": {"ssin": "1"}, "more": 1}', encoding="utf-8")
    refused = fidus("consult", flow, *by, "--body", str(tmp_path / "body.json"))
    assert (refused.code, refused.out) == (1, "")
    assert "query.ssin: " in refused.err
    assert fidus("consult", "none", *by, stdin="{}").code == 1
    sentence(fidus("consult", flow, *by, "--body", str(tmp_path / "none")), 1, "none: No such file")
    nowhere = fidus("consult", flow, "--api", "https://127.0.0.1:1", *by[2:], stdin="{}")
    sentence(nowhere, 1, "refused")


def test_asking_for_programs(world: World) -> None:
    """With --json a refusal is a document too; a name is asked for as it is written; exit 2 for wrong use."""
    flow = "municipality-address"
    one = world.institution(flow)
    files = ("--ca", world.told["ca"], "--certificate", one["certificate"], "--key", one["key"])
    by = ("--api", world.told["api"], *files)
    answered = fidus("consult", flow, *by, "--json", stdin=json.dumps(world.body(flow)))
    assert (answered.code, json.loads(answered.out)["found"]) == (0, True)
    for name in ("none", "a b", "é", "../../health?x#y", "%2e"):
        refused = fidus("consult", name, *by, "--json", stdin="{}")
        assert (refused.code, json.loads(refused.out)["status"], refused.err) == (1, 404, ""), name
    for api in ("http://127.0.0.1:1", "https://127.0.0.1:99999", "https://[", "127.0.0.1", ""):
        wrong = fidus("consult", flow, "--api", api, *files, stdin="{}")
        assert (wrong.code, "no https URL" in " ".join(wrong.err.split())) == (2, True), wrong.err


def test_a_doctor_looks_at_the_flow_as_a_consultation_would(world: World) -> None:
    flow = "municipality-address"
    one = world.institution(flow)
    by = ("doctor", "--api", world.told["api"], "--ca", world.told["ca"])
    pair = ("--certificate", one["certificate"], "--key", one["key"])
    counter = fidus(*by, *pair, "--flow", "municipality-counter-address", "--json")
    assert (counter.code, "online" in json.loads(counter.out)[-1]["cure"]) == (1, True)
    assert world.run("flow", "suspend", "municipality-parking-zone", "--reason", "x").returncode == 0
    try:
        told = fidus(*by, *pair, "--flow", "municipality-parking-zone", "--json")
    finally:
        assert world.run("flow", "resume", "municipality-parking-zone", "--reason", "x").returncode == 0
    assert (told.code, "suspended" in json.loads(told.out)[-1]["cure"]) == (1, True)
    assert all("cure" not in step for step in json.loads(told.out)[:-1])


def test_a_doctor_says_what_is_wrong(world: World, tmp_path: Path) -> None:
    flow = "municipality-address"
    one, other = world.institution(flow), world.institution("slrb-confirm-address")
    by = ("doctor", "--api", world.told["api"], "--ca", world.told["ca"])
    pair = ("--certificate", one["certificate"], "--key", one["key"])
    healthy = fidus(*by, *pair, "--flow", flow, "--json")
    assert (healthy.code, {step["ok"] for step in json.loads(healthy.out)}) == (0, {True})
    wrong = [
        (*by, "--certificate", one["certificate"], "--key", other["key"]),
        (*by, "--certificate", str(tmp_path / "none"), "--key", one["key"]),
        (*by, *pair, "--flow", "slrb-confirm-address"),
        (*by, *pair, "--flow", "slrb-waiting-list-2024"),
        ("doctor", "--api", world.told["api"], "--ca", one["certificate"], *pair),
        ("doctor", "--api", "https://127.0.0.1:1", "--ca", world.told["ca"], *pair),
        ("doctor", "--api", "http://127.0.0.1", "--ca", world.told["ca"], *pair),
        ("doctor", "--api", "https://127.0.0.1:99999", "--ca", world.told["ca"], *pair),
        ("doctor", "--api", world.told["api"], "--ca", str(tmp_path / "none"), *pair),
        (*by, *pair, "--flow", "a b"),
    ]
    for words in wrong:
        done = fidus(*words, "--json")
        steps = json.loads(done.out)
        assert done.code == 1
        assert [step["ok"] for step in steps] == [True] * (len(steps) - 1) + [False]
        assert steps[-1]["cure"]
