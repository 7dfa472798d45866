"""Whatever is changed in a copy of a home is found out, and the first entry that does not fit is named."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from audit.files_verify import Report
from fidus.settings import load_settings
from fidus.verification import verify_home
from mocks.population import population
from tests.journeys.commands import fidus
from tests.journeys.journal import Journal, journal_of
from tests.journeys.world import World

pytestmark = pytest.mark.slow

COPIED = ("fidus.toml", "log.key", "keys", "log")
ASKED = ("noBox", "twin", "child")


@pytest.fixture(scope="session")
def original(trial: World, journal: Journal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demonstration's home that verifies."""
    for case in ASKED:
        assert trial.consult("trial-address", trial.about("trial-address", case)).status == 200
    journal.published(trial.home / "log")
    home = tmp_path_factory.mktemp("original") / "home"
    home.mkdir()
    with (
        closing(sqlite3.connect(trial.home / "fidus.db")) as source,
        closing(sqlite3.connect(home / "fidus.db")) as target,
    ):
        source.backup(target)
    for name in COPIED:
        copy = shutil.copytree if (trial.home / name).is_dir() else shutil.copyfile
        copy(trial.home / name, home / name)
    (home / "log.key").chmod(0o600)
    report = verify_home(load_settings(home))
    assert report.faults == ()
    return home


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    """A copy of that copy, to be changed."""
    return Path(shutil.copytree(original, tmp_path / "home"))


def outcome(home: Path) -> int:
    """The index of the last outcome: of somebody found, with a tag, in a group of its own."""
    with journal_of(home) as journal:
        entries = journal.entries()
        index = max(n for n, entry in enumerate(entries) if entry.get("outcome") == "found")
        assert journal.reader.checkpoint_at(index) is not None
    return index


def change(home: Path, statement: str, *values: object) -> None:
    """Change the store behind everybody's back."""
    with closing(sqlite3.connect(home / "fidus.db")) as store, store:
        assert store.execute(statement, values).rowcount > 0


def read(home: Path, statement: str, *values: object) -> bytes:
    with closing(sqlite3.connect(home / "fidus.db")) as store:
        (value,) = store.execute(statement, values).fetchone()
    assert isinstance(value, bytes)
    return value


def flipped(value: bytes, at: int = -2) -> bytes:
    """The same bytes but for one bit."""
    changed = bytearray(value)
    changed[at] ^= 1
    return bytes(changed)


def entry_bytes(home: Path, index: int) -> None:
    value = read(home, 'SELECT bytes FROM entries WHERE "index" = ?', index)
    change(home, 'UPDATE entries SET bytes = ? WHERE "index" = ?', flipped(value), index)


def leaf(home: Path, index: int) -> None:
    value = read(home, 'SELECT leaf FROM entries WHERE "index" = ?', index)
    change(home, 'UPDATE entries SET leaf = ? WHERE "index" = ?', flipped(value), index)


def entry_and_leaf(home: Path, index: int) -> None:
    """As somebody would who knows how entries are hashed: another answer than the one that was given."""
    members = json.loads(read(home, 'SELECT bytes FROM entries WHERE "index" = ?', index))
    members["answer"] = "A" * 43 + "="
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    digest = hashlib.sha256(b"\0" + text).digest()
    change(home, 'UPDATE entries SET bytes = ?, leaf = ? WHERE "index" = ?', text, digest, index)


def entry_taken_out(home: Path, index: int) -> None:
    change(home, 'DELETE FROM entries WHERE "index" = ?', index)


def own_number(home: Path, index: int) -> None:
    change(home, 'UPDATE entries SET number = number + 1000 WHERE "index" = ?', index)


def column(home: Path, index: int) -> None:
    change(home, "UPDATE entries SET outcome = 'absent' WHERE \"index\" = ?", index)


def tag(home: Path, index: int) -> None:
    value = read(home, "SELECT tag FROM tags WHERE entry = ?", index)
    change(home, "UPDATE tags SET tag = ? WHERE entry = ?", flipped(value), index)


def tag_taken_out(home: Path, index: int) -> None:
    change(home, "DELETE FROM tags WHERE entry = ?", index)


def tag_put_in(home: Path, index: int) -> None:
    """Somebody else's tag, so that a search would find them here."""
    someone = "SELECT epoch, tag, ?, role FROM tags WHERE entry < ? LIMIT 1"
    change(home, f"INSERT INTO tags (epoch, tag, entry, role) {someone}", index, index - 1)


def role(home: Path, index: int) -> None:
    change(home, "UPDATE tags SET role = 'listed' WHERE entry = ?", index)


IN_THE_STORE = (
    *(entry_bytes, leaf, entry_and_leaf, entry_taken_out, own_number, column),
    *(tag, tag_taken_out, tag_put_in, role),
)


NEWEST = "WHERE size = (SELECT max(size) FROM checkpoints)"


def first_fault(report: Report) -> int | None:
    assert not report.ok
    return report.faults[0].index


@pytest.mark.parametrize("tamper", IN_THE_STORE, ids=lambda one: one.__name__)
def test_a_changed_store_is_found_out(home: Path, tamper: Callable[[Path, int], None]) -> None:
    index = outcome(home)
    tamper(home, index)
    assert first_fault(verify_home(load_settings(home))) == index


@pytest.mark.parametrize("tamper", [entry_bytes, tag, own_number], ids=lambda one: one.__name__)
def test_the_command_says_so_and_ends_with_one(home: Path, tamper: Callable[[Path, int], None]) -> None:
    index = outcome(home)
    tamper(home, index)
    done = fidus("audit", "verify", "--json", home=home)
    report = json.loads(done.out)
    assert (done.code, report["ok"], report["faults"][0]["index"]) == (1, False, index)
    told = fidus("audit", "verify", home=home)
    assert told.code == 1
    assert f"entry {index}: " in told.out
    shown = done.out + told.out
    assert not any(population().number(case) in shown for case in ASKED)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE head SET epoch = epoch, size = size - 1",
        "UPDATE numbers SET last = last + 1",
        f"DELETE FROM checkpoints {NEWEST}",
        f"UPDATE checkpoints SET note = replace(note, 'demo', 'omed') {NEWEST}",
        'DELETE FROM entries WHERE "index" = (SELECT max("index") FROM entries)',
    ],
    ids=["head", "lastNumber", "checkpointGone", "checkpoint", "lastEntryGone"],
)
def test_what_is_remembered_of_all_entries_is_checked_too(home: Path, statement: str) -> None:
    change(home, statement)
    assert not verify_home(load_settings(home)).ok


def test_a_changed_data_key_opens_no_seal(home: Path) -> None:
    """Every sealed entry of the month is a fault then: the first is named."""
    wrapped = read(home, "SELECT wrapped FROM data_keys WHERE month > 0 ORDER BY serial DESC")
    change(home, "UPDATE data_keys SET wrapped = ? WHERE wrapped = ?", flipped(wrapped), wrapped)
    done = fidus("audit", "verify", "--json", home=home)
    assert done.code == 1
    assert "Traceback" not in done.err


@pytest.mark.parametrize("what", ["entries", "0"])
def test_a_changed_file_is_found_out(home: Path, what: str) -> None:
    """One bit of an entry, or of its hash, in the published files."""
    index = outcome(home)
    with journal_of(home) as journal:
        entry = journal.reader.entry(index)
    searched = entry if what == "entries" else hashlib.sha256(b"\0" + entry).digest()
    files = [file for file in (home / "log" / "tile" / what).rglob("*") if file.is_file()]
    file = max((one for one in files if searched in one.read_bytes()), key=lambda one: one.stat().st_size)
    content = file.read_bytes()
    file.write_bytes(flipped(content, content.index(searched) + len(searched) - 3))
    assert first_fault(verify_home(load_settings(home))) == index


def test_a_missing_file_is_found_out(home: Path) -> None:
    shutil.rmtree(home / "log" / "tile" / "entries")
    assert first_fault(verify_home(load_settings(home))) == 0


def test_files_that_are_gone_are_missed(home: Path) -> None:
    """A home whose log has entries was published: without a checkpoint somebody took the files away."""
    shutil.rmtree(home / "log")
    assert not verify_home(load_settings(home)).ok
