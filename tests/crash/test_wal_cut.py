"""Power fails while SQLite writes: of its write-ahead log only a beginning is on the disk, torn anywhere.

Everything that is in the file was synced before anybody was told of it (`synchronous=FULL`), so what a client
knew when the file was so long must be in each longer beginning of it.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from audit.note import LOG, NoteKey
from audit.sqlite import SqliteBackend
from audit.writer import StoredLog
from fidus.demo.home import ORIGIN
from fidus.errors import ConfigurationInvalid
from fidus.store import APPLIERS, PART
from tests.crash import compare
from tests.crash.aftermath import Takeover, at_rest
from tests.crash.recount import Ledger, Signed
from tests.crash.session import Session, play
from tests.crash.soak import sample
from tests.crash.wal import WriteAheadLog
from tests.crash.world import World

pytestmark = pytest.mark.slow

SEED = 20261
SECTOR = 512  # bytes that a disk writes whole
HUBS = 4  # that take over a cut store, of which each takes a second


@dataclass(frozen=True)
class Recorded:
    """A session whose hub was killed after its last answer. `whole`: the log that it left."""

    session: Session
    wal: WriteAheadLog
    whole: Ledger

    def known(self, length: int) -> int:
        """How many questions had their answer when the write-ahead log was at most so long."""
        return max((count for count, written in self.session.written if written <= length), default=0)

    def cut(self, home: Path, length: int) -> Path:
        """The store of a home, as it is after so many bytes; what an earlier cut left there is gone."""
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        for name in ("fidus.db", "fidus.toml", "log.key"):
            shutil.copy(self.session.home / name, home)
        (home / "fidus.db-wal").write_bytes(self.wal.data[:length])
        return home


@pytest.fixture(scope="module")
def recorded(world: World, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    home = world.home(tmp_path_factory.mktemp("recorded"))
    session, _ = play(world, home, stop=False)
    (home / "hub.sock").unlink()  # no copy of it can be made
    whole = Ledger.of(home)
    assert whole is not None
    return Recorded(session, WriteAheadLog.read(home / "fidus.db-wal"), whole)


def open_store(home: Path, published: Path | None = None) -> StoredLog:
    def never(reason: str) -> None:
        raise AssertionError(reason)

    key = NoteKey(ORIGIN, (home / "log.key").read_bytes(), LOG)
    return StoredLog.open(
        SqliteBackend(home / "fidus.db"),
        key,
        APPLIERS,
        fatal=never,
        published=published,
        parts=(PART,),
        create=True,
    )


def reopened(home: Path) -> Ledger:
    """What the log is, once it was opened and closed again."""
    asyncio.run(open_store(home).close())
    ledger = Ledger.of(home)
    assert ledger is not None
    return ledger


def test_the_session_fills_many_frames(recorded: Recorded) -> None:
    assert recorded.wal.frames > 100
    assert len(recorded.wal.commits) > 20
    assert recorded.known(len(recorded.wal.data)) == len(recorded.session.askings)


@pytest.mark.parametrize("torn", [False, True], ids=["at-each-frame", "within-each-frame"])
def test_cut_anywhere_the_log_ends_with_its_last_whole_group(
    recorded: Recorded, tmp_path: Path, torn: bool
) -> None:
    random, wal = Random(SEED), recorded.wal
    sizes = {0: 0}
    for frames in range(wal.frames + 1):
        length = wal.bytes_of(frames) + (random.randrange(1, wal.frame) if torn else 0)
        ledger = reopened(recorded.cut(tmp_path / "cut", length))
        assert ledger.faults() == []
        assert ledger.entries == recorded.whole.entries[: ledger.size]
        assert sizes.setdefault(wal.complete(length), ledger.size) == ledger.size
        known = recorded.session.askings[: recorded.known(length)]
        assert compare.acknowledged(ledger, known) == []
    assert sorted(sizes.values()) == [*sizes.values()]
    assert sizes[len(wal.commits)] == recorded.whole.size


def test_damaged_in_the_middle_it_ends_before(recorded: Recorded, tmp_path: Path) -> None:
    random, wal = Random(SEED), recorded.wal
    for frames in sample(range(1, wal.frames), 20, SEED):
        home = recorded.cut(tmp_path / "cut", len(wal.data))
        damaged = bytearray(wal.data)
        damaged[wal.bytes_of(frames) - random.randrange(1, wal.frame)] ^= 1 << random.randrange(8)
        (home / "fidus.db-wal").write_bytes(damaged)
        ledger = reopened(home)
        assert ledger.faults() == []
        assert ledger.entries == recorded.whole.entries[: ledger.size]
        known = recorded.session.askings[: recorded.known(wal.bytes_of(frames - 1))]
        assert compare.acknowledged(ledger, known) == []


def test_carried_over_in_part_nothing_is_lost(recorded: Recorded, tmp_path: Path) -> None:
    """Pages reach the store's file in any order, torn, while the write-ahead log still has them all."""
    random, length = Random(SEED), len(recorded.wal.data)
    home = recorded.cut(tmp_path / "carried", length)
    with closing(sqlite3.connect(home / "fidus.db")) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    carried = (home / "fidus.db").read_bytes()
    for _ in range(20):
        home = recorded.cut(tmp_path / "cut", length)
        partly = bytearray((home / "fidus.db").read_bytes().ljust(len(carried), b"\0"))
        for start in range(0, len(carried), SECTOR):
            if random.random() < 0.5:
                partly[start : start + SECTOR] = carried[start : start + SECTOR]
        (home / "fidus.db").write_bytes(partly)
        assert reopened(home) == recorded.whole


def test_a_store_that_lost_what_was_published_is_never_built_upon(recorded: Recorded, tmp_path: Path) -> None:
    """No crash does that, since the commit is synced before it is published; a disk that lies may."""
    published = recorded.session.home / "log"
    checkpoint = (published / "checkpoint").read_text(encoding="utf-8")
    told = Signed.open(checkpoint, recorded.whole.seed).size
    ends = {}
    for frames in recorded.wal.commits:
        home = recorded.cut(tmp_path / "cut", recorded.wal.bytes_of(frames))
        size = reopened(home).size
        try:
            asyncio.run(open_store(home, published).close())
            ends[size] = "opened"
        except ConfigurationInvalid as error:
            ends[size] = "refused" if "that was published" in str(error) else str(error)
    assert ends == {size: "opened" if size >= told else "refused" for size in ends}
    assert set(ends.values()) == {"opened", "refused"}


def test_a_hub_takes_over_what_a_power_cut_left(world: World, recorded: Recorded, tmp_path: Path) -> None:
    faults = {}
    for number, frames in enumerate(sample(recorded.wal.commits, HUBS, SEED)):
        length = recorded.wal.bytes_of(frames)
        home = world.home(tmp_path / str(number))
        shutil.copytree(recorded.session.home / "keys", home / "keys")
        recorded.cut(tmp_path / "cut", length)
        shutil.copytree(tmp_path / "cut", home, dirs_exist_ok=True)
        session = Session(home, recorded.session.askings[: recorded.known(length)])
        begun = len(world.asked())
        found = [*Takeover(world, session).faults()]
        probes = session.askings[recorded.known(length) :]
        found += at_rest(home, session.askings, [])
        ledger = Ledger.of(home)
        assert ledger is not None
        found += compare.asked(ledger, probes, world.asked()[begun:])
        if found:
            faults[frames] = found
    assert faults == {}
