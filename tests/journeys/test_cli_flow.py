"""`fidus flow …`, with a hub that runs and without one: what is in force, changes of it, and approvals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fidus.demo.home import ORIGIN, DemoHome
from tests.journeys.alone import Alone, home_in, serving
from tests.journeys.commands import Done, fidus
from tests.journeys.journal import Entry, journal_of

pytestmark = pytest.mark.slow

FLOW, ZEROS = "municipality-parking-zone", "0" * 64


@pytest.fixture(scope="module", params=["running", "stopped"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHome]:
    """A home with the sample flows in force; its hub runs, or does not."""
    home = home_in(tmp_path_factory.mktemp("flow") / "home")
    if request.param == "stopped":
        succeed(home, "apply", str(home.flows))
        yield home
        return
    with serving(home):
        succeed(home, "apply", str(home.flows))
        yield home


def flow(home: DemoHome, *words: str) -> Done:
    return fidus("flow", *words, home=home.folder)


def succeed(home: DemoHome, *words: str) -> str:
    done = flow(home, *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def fail(home: DemoHome, *words: str) -> str:
    """What was said, in one line."""
    done = flow(home, *words)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1), done
    return done.err


def admin(home: DemoHome) -> list[Entry]:
    with journal_of(home.folder) as journal:
        return [entry for entry in journal.entries() if entry["kind"] == "admin"]


def test_what_is_in_force_is_listed_and_shown(home: DemoHome) -> None:
    listed = json.loads(succeed(home, "list", "--json"))
    assert listed["digest"] == succeed(home, "digest", str(home.flows)).strip()
    one = next(each for each in listed["flows"] if each["id"] == FLOW)
    assert json.loads(succeed(home, "show", FLOW, "--json")) == one
    assert FLOW in succeed(home, "list")
    assert "address.postalCode" in succeed(home, "show", FLOW)


def test_a_flow_is_suspended_and_goes_on(home: DemoHome) -> None:
    """Both are entries, with the reason under the seal; twice in a row is refused."""
    before = len(admin(home))
    suspended = json.loads(succeed(home, "suspend", FLOW, "--reason", "a suspicion", "--json"))
    assert json.loads(succeed(home, "show", FLOW, "--json"))["suspended"] is True
    assert "already suspended" in fail(home, "suspend", FLOW, "--reason", "again")
    assert "suspended" in succeed(home, "list")
    assert "entry" in succeed(home, "resume", FLOW, "--reason", "it was none")
    assert json.loads(succeed(home, "show", FLOW, "--json"))["suspended"] is False
    assert "not suspended" in fail(home, "resume", FLOW, "--reason", "again")
    entries = admin(home)[before:]
    assert [entry["admin"] for entry in entries] == [
        {"act": "suspend", "object": FLOW},
        {"act": "resume", "object": FLOW},
    ]
    assert "a suspicion" not in json.dumps(entries)
    with journal_of(home.folder) as journal:
        assert journal.entries(suspended["index"])[0] == entries[0]
        assert journal.opened(entries[0])["query"] == {"reason": "a suspicion"}


@pytest.mark.parametrize("act", ["suspend", "resume", "show"])
def test_a_flow_that_is_none(home: DemoHome, act: str) -> None:
    reason = () if act == "show" else ("--reason", "x")
    told = fail(home, act, "no-such-flow", *reason)
    assert "there is no flow no-such-flow" in told
    assert "fidus flow list" in told


def test_the_same_files_again_change_nothing(home: DemoHome) -> None:
    before = len(admin(home))
    assert "Nothing has changed" in succeed(home, "apply", str(home.flows))
    assert json.loads(succeed(home, "apply", str(home.flows), "--json"))["index"] is None
    assert len(admin(home)) == before


def test_changes_are_told_and_recorded(home: DemoHome, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(home.flows, tmp_path / "flows"))
    town = folder / "municipality"
    (town / f"{FLOW}.toml").rename(town / "another-name.toml")
    text = (town / "municipality-address.toml").read_text(encoding="utf-8")
    (town / "municipality-address.toml").write_text(f"{text}\n", encoding="utf-8")
    done = json.loads(succeed(home, "apply", str(folder), "--json"))
    assert (done["added"], done["changed"], done["removed"]) == (
        ["another-name"],
        ["municipality-address"],
        [FLOW],
    )
    entry = admin(home)[-1]["admin"]
    assert (entry["act"], entry["added"], entry["removed"]) == ("apply", ["another-name"], [FLOW])
    assert FLOW in succeed(home, "apply", str(home.flows))


def test_a_folder_with_a_fault_changes_nothing(home: DemoHome, tmp_path: Path) -> None:
    """Every fault is told, with file and line; what was in force stays."""
    folder = Path(shutil.copytree(home.flows, tmp_path / "flows"))
    file = folder / "municipality" / f"{FLOW}.toml"
    text = file.read_text(encoding="utf-8").replace("address.postalCode", "address.nothing")
    file.write_text(text.replace('mode = "data"', 'mode = "all"'), encoding="utf-8")
    before = succeed(home, "list", "--json")
    done = flow(home, "apply", str(folder))
    assert (done.code, done.out) == (1, "")
    assert all(line.startswith(f"municipality/{FLOW}.toml:") for line in done.err.splitlines()), done.err
    assert succeed(home, "list", "--json") == before


@dataclass(frozen=True)
class Approver:
    """Somebody who may approve."""

    name: str
    key: Path
    vkey: str

    @classmethod
    def make(cls, folder: Path, who: str) -> Approver:
        name, key = f"approver.example/{who}", folder / f"{who}.key"
        done = fidus("flow", "approver", "--key", str(key), "--name", name)
        assert (done.code, key.stat().st_mode & 0o777) == (0, 0o600)
        return cls(name, key, done.out.strip())

    def approve(self, folder: Path, in_force: str = ZEROS, origin: str = ORIGIN) -> Path:
        words = ("--key", str(self.key), "--name", self.name, "--origin", origin, "--in-force", in_force)
        done = fidus("flow", "approve", str(folder), *words)
        assert (done.code, done.err) == (0, "")
        file = self.key.with_suffix(f".{in_force[:8]}.{len(list(self.key.parent.iterdir()))}.sig")
        file.write_text(done.out, encoding="utf-8")
        return file


@dataclass(frozen=True)
class Guarded:
    """A running hub whose catalogue needs two approvals, of three who may give them."""

    hub: Alone
    an: Approver
    bo: Approver
    stranger: Approver

    def apply(self, folder: Path, *approvals: Path) -> Done:
        words = [word for file in approvals for word in ("--approval", str(file))]
        return flow(self.hub.home, "apply", str(folder), *words)

    def refused(self, folder: Path, *approvals: Path) -> str:
        done = self.apply(folder, *approvals)
        assert (done.code, done.out) == (1, "")
        return done.err


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    an, bo, stranger = (Approver.make(folder, who) for who in ("an", "bo", "stranger"))
    lines = f'approvals_needed = 2\napprovers = ["{an.vkey}", "{bo.vkey}"]'
    home = home_in(folder / "home", approvals_needed=lines)
    with serving(home) as hub:
        yield Guarded(hub, an, bo, stranger)


def test_a_catalogue_needs_two_approvers(guarded: Guarded, tmp_path: Path) -> None:
    """None, one, one twice, a stranger's, for another hub, for other files: all refused, nothing in force."""
    flows = guarded.hub.home.flows
    an, bo = guarded.an.approve(flows), guarded.bo.approve(flows)
    assert "0 of 2 approvals" in guarded.refused(flows)
    assert "1 of 2 approvals" in guarded.refused(flows, an)
    assert "1 of 2 approvals" in guarded.refused(flows, an, guarded.an.approve(flows))
    assert "approval 2: " in guarded.refused(flows, an, guarded.stranger.approve(flows))
    elsewhere = guarded.bo.approve(flows, origin="audit.elsewhere.example/log")
    assert "approval 2: it approves for another hub" in guarded.refused(flows, an, elsewhere)
    changed = bo.with_suffix(".changed")
    changed.write_text(bo.read_text(encoding="utf-8").replace("fidus-catalogue", "fidus-Catalogue"))
    assert "approval 2: " in guarded.refused(flows, an, changed)
    nonsense = tmp_path / "nonsense.sig"
    nonsense.write_text("nothing", encoding="utf-8")
    assert "approval 2: " in guarded.refused(flows, an, nonsense)
    other = one_flow_less(flows, tmp_path / "other")
    assert "it approves other files" in guarded.refused(other, an, bo)
    assert json.loads(succeed(guarded.hub.home, "list", "--json"))["flows"] == []
    assert guarded.hub.client("municipality").get("/flows").status == 401


def test_two_approvers_put_it_in_force_once(guarded: Guarded, tmp_path: Path) -> None:
    """Their names are in the entry. Later, when something else is in force, they are worth nothing."""
    home = guarded.hub.home
    an, bo = guarded.an.approve(home.flows), guarded.bo.approve(home.flows)
    done = guarded.apply(home.flows, an, bo)
    assert done.code == 0, done.err
    assert admin(home)[-1]["admin"]["approvedBy"] == [guarded.an.name, guarded.bo.name]
    assert guarded.hub.client("municipality").get("/flows").status == 200
    digest = json.loads(succeed(home, "list", "--json"))["digest"]
    less = one_flow_less(home.flows, tmp_path / "less")
    second = [who.approve(less, in_force=digest) for who in (guarded.an, guarded.bo)]
    assert guarded.apply(less, *second).code == 0
    told = guarded.refused(home.flows, an, bo)
    assert told.count("it approves a change of what was in force at another time") == 2
    assert json.loads(succeed(home, "list", "--json"))["digest"] != digest


def test_a_broken_key_or_name_approves_nothing(guarded: Guarded, tmp_path: Path) -> None:
    flows, an = guarded.hub.home.flows, guarded.an
    words = ("flow", "approve", str(flows), "--origin", ORIGIN)
    assert fidus(*words, "--key", str(tmp_path / "none"), "--name", an.name).code == 1
    (tmp_path / "short").write_bytes(b"short")
    (tmp_path / "short").chmod(0o600)
    assert "32 bytes" in fidus(*words, "--key", str(tmp_path / "short"), "--name", an.name).err
    assert fidus(*words, "--key", str(an.key), "--name", "with a blank").code == 1
    in_force = fidus(*words, "--key", str(an.key), "--name", an.name, "--in-force", "xyz")
    assert (in_force.code, "--in-force" in in_force.err) == (2, True)
    again = fidus("flow", "approver", "--key", str(an.key), "--name", an.name)
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err


def one_flow_less(flows: Path, folder: Path) -> Path:
    shutil.copytree(flows, folder)
    (folder / "municipality" / f"{FLOW}.toml").unlink()
    return folder
