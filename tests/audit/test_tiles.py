"""Publishing: the published files, byte for byte, and what holds after a crash or power cut at any call."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audit.files_verify import verify_files
from audit.note import NoteKey
from audit.tilereader import TileReader
from audit.tiles import Publisher, PublishingRefused

if TYPE_CHECKING:
    from tests.audit.conftest import MemorySource

    Source = Callable[[int], MemorySource]


def files(directory: Path) -> dict[str, bytes]:
    """All files below a directory, by path."""
    found = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in found}


def assert_verifies(directory: Path, source: MemorySource, size: int) -> None:
    report = verify_files(TileReader.open(str(directory)), source.key.verifier)
    assert (report.faults, report.size) == ((), size)


def test_the_published_files_are_made_byte_for_byte(tmp_path: Path, memory_source: Source) -> None:
    assert Publisher(tmp_path / "log", memory_source(257)).publish() == 257
    made = files(tmp_path / "log")
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in made.items()}
    assert sorted(made) == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/1",
    ]
    assert len(made["checkpoint"]) == 195
    assert digests["checkpoint"] == "9e6b9009fb790a5e9c5e4d76442ba5d7332343e87318f7c0d7684f5d86627cc1"
    assert len(made["tile/entries/000"]) == 5522
    assert digests["tile/entries/000"] == "09672fff10243f89dd19b972386a783aa1f6ed67af3587eaa2f024d6e7487a21"
    assert made["tile/entries/001.p/1"].hex() == "00146669647573207465737420656e74727920323536"
    assert len(made["tile/0/000"]) == 8192
    assert digests["tile/0/000"] == "e7e36649ddd297fc164cfce2126c0087951a2c9ac990011ba2981c8f9d8d2bae"
    assert made["tile/0/001.p/1"].hex() == "045f658b9acad27d25d3858c9a85549a0ccc9bcddb3ddbce7128c848da60a3f2"
    assert made["tile/1/000.p/1"].hex() == "e937171a9e876478e4861e995ba4b8ca67f81be45357ab5a60dcb317f579c337"


def test_nothing_is_published_before_the_first_checkpoint(tmp_path: Path, memory_source: Source) -> None:
    source = memory_source(0)
    assert Publisher(tmp_path / "log", source).publish() == 0
    assert files(tmp_path / "log") == {"checkpoint": (source.signed or "").encode()}
    source.signed = None
    assert Publisher(tmp_path / "none", source).publish() == 0
    assert not (tmp_path / "none").exists()


def test_again_changes_nothing(
    tmp_path: Path, memory_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Publisher(tmp_path, memory_source(300))
    publisher.publish()
    before = states(tmp_path)
    monkeypatch.setattr(os, "fsync", None)  # not needed any more
    assert publisher.publish() == 300
    assert states(tmp_path) == before


def states(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Each file, and when it was written: not when it was read, which publishing may do."""
    found = {path: path.stat() for path in folder.rglob("*")}
    return {path: (one.st_ino, one.st_size, one.st_mtime_ns) for path, one in found.items()}


def test_the_log_grows_without_any_file_changing(tmp_path: Path, memory_source: Source) -> None:
    source, whole = memory_source(0), memory_source(600)
    publisher, seen = Publisher(tmp_path, source), dict[str, bytes]()
    for size in (1, 2, 255, 256, 257, 511, 513, 600):
        source.add(*whole.held[source.edge.size : size])
        assert publisher.publish() == size
        made = files(tmp_path)
        made.pop("checkpoint")
        assert {name: seen[name] for name in seen if name in made} == {
            name: made[name] for name in made if name in seen
        }
        seen |= made
        assert_verifies(tmp_path, source, size)
    assert not list(tmp_path.glob("tile/[0e]*/000.p"))  # partial ones go when the full one is there
    assert (tmp_path / "tile/entries/002.p/88").is_file()


def test_a_lost_checkpoint_is_put_back_without_touching_the_tiles(
    tmp_path: Path, memory_source: Source
) -> None:
    source = memory_source(300)
    Publisher(tmp_path, source).publish()
    before = {path: path.stat().st_ino for path in tmp_path.rglob("tile/*")}
    (tmp_path / "checkpoint").unlink()
    assert Publisher(tmp_path, source).publish() == 300
    assert {path: path.stat().st_ino for path in tmp_path.rglob("tile/*")} == before
    assert_verifies(tmp_path, source, 300)


def test_another_signature_on_the_same_checkpoint_is_published(tmp_path: Path, memory_source: Source) -> None:
    source = memory_source(3)
    Publisher(tmp_path, source).publish()
    source.signed = (source.signed or "") + NoteKey("second", b"s" * 32).sign(source.checkpoint().text())
    assert Publisher(tmp_path, source).publish() == 3
    assert (tmp_path / "checkpoint").read_text() == source.signed


@pytest.mark.parametrize(
    ("published", "store", "message"),
    [
        pytest.param(5, 4, "old back-up", id="store-behind"),
        pytest.param(5, 0, "old back-up", id="store-empty"),
    ],
)
def test_a_store_that_lost_entries_is_not_published(
    tmp_path: Path, memory_source: Source, published: int, store: int, message: str
) -> None:
    Publisher(tmp_path, memory_source(published)).publish()
    before = files(tmp_path)
    with pytest.raises(PublishingRefused, match=message):
        Publisher(tmp_path, memory_source(store)).publish()
    assert files(tmp_path) == before


def fork(source: MemorySource, at: int) -> MemorySource:
    """The same log, but for one entry."""
    entries = [*source.held]
    entries[at] = b"another entry"
    return type(source)(source.key).add(*entries)


@pytest.mark.parametrize("size", [5, 6])
def test_a_store_with_another_past_is_not_published(tmp_path: Path, memory_source: Source, size: int) -> None:
    Publisher(tmp_path, memory_source(5)).publish()
    before = files(tmp_path)
    with pytest.raises(PublishingRefused, match="published checkpoint of 5 entries has another root"):
        Publisher(tmp_path, fork(memory_source(size), 2)).publish()
    assert files(tmp_path) == before


def test_a_store_whose_checkpoint_is_not_its_own_is_not_published(
    tmp_path: Path, memory_source: Source
) -> None:
    source = memory_source(6)
    source.signed = fork(source, 1).signed
    with pytest.raises(PublishingRefused, match="newest checkpoint of 6 entries has another root"):
        Publisher(tmp_path, source).publish()
    source.signed = "no note"
    with pytest.raises(PublishingRefused, match="cannot be read"):
        Publisher(tmp_path, source).publish()
    assert files(tmp_path) == {}


def test_a_store_without_checkpoint_does_not_follow_a_published_one(
    tmp_path: Path, memory_source: Source
) -> None:
    source = memory_source(3)
    Publisher(tmp_path, source).publish()
    source.signed = None
    with pytest.raises(PublishingRefused, match="the store has none"):
        Publisher(tmp_path, source).publish()


def test_another_log_is_not_published_over_this_one(tmp_path: Path, memory_source: Source) -> None:
    source = memory_source(3)
    Publisher(tmp_path, source).publish()
    other = type(source)(NoteKey("other.example/log", b"o" * 32)).add(*source.held)
    with pytest.raises(PublishingRefused, match="another log"):
        Publisher(tmp_path, other).publish()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"text\n"], ids=["bytes", "empty", "text"])
def test_a_spoiled_checkpoint_stops_publishing(tmp_path: Path, memory_source: Source, content: bytes) -> None:
    (tmp_path / "checkpoint").write_bytes(content)
    with pytest.raises(PublishingRefused, match="published checkpoint"):
        Publisher(tmp_path, memory_source(3)).publish()
    assert files(tmp_path) == {"checkpoint": content}


@pytest.mark.parametrize("at", [0, 255, 256, 299])
def test_a_damaged_entry_does_not_get_into_a_file(tmp_path: Path, memory_source: Source, at: int) -> None:
    source = memory_source(300)
    source.held[at] = b"damaged"
    with pytest.raises(PublishingRefused, match="not those that were signed"):
        Publisher(tmp_path, source).publish()
    assert b"damaged" not in b"".join(files(tmp_path).values())
    assert not (tmp_path / "checkpoint").exists()


def test_a_missing_entry_stops_publishing(tmp_path: Path, memory_source: Source) -> None:
    source = memory_source(3)
    source.held.pop()
    with pytest.raises(PublishingRefused, match="not those that were signed"):
        Publisher(tmp_path, source).publish()


def test_a_file_with_other_content_is_not_touched(tmp_path: Path, memory_source: Source) -> None:
    source = memory_source(3)
    other = tmp_path / "tile/entries/000.p/3"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"not ours")
    with pytest.raises(PublishingRefused, match=r"tile/entries/000\.p/3 is not what the store gives"):
        Publisher(tmp_path, source).publish()
    assert other.read_bytes() == b"not ours"


def test_a_full_disk_leaves_the_published_log_whole(
    tmp_path: Path, memory_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = memory_source(200)
    Publisher(tmp_path, source).publish()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    source.add(b"one more")
    with pytest.raises(OSError, match="no space left"):
        Publisher(tmp_path, source).publish()
    monkeypatch.undo()
    assert_verifies(tmp_path, source, 200)
    assert Publisher(tmp_path, source).publish() == 201
    assert_verifies(tmp_path, source, 201)


class Cut(BaseException):
    """The process ends here."""


class Disk:
    """Counts syncs and renames, ends the process before or after one of them, and knows what a power cut
    would leave: names of the last sync of their folder, content that was synced before its rename. It only
    notes the syncs, so that hundreds of runs are quick."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, last: int) -> None:
        self.root, self.last, self.calls = root, last, 0
        self._replace = os.replace
        self._synced: set[int] = set()
        self.kept: dict[Path, dict[str, bytes | None]] = {}  # folder -> name -> content, None for a folder
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "replace", self.replace)

    def fsync(self, descriptor: int) -> None:
        self._count()
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self.kept[path] = {
                child.name: None if child.is_dir() else child.read_bytes() for child in path.iterdir()
            }
        else:
            self._synced.add(os.fstat(descriptor).st_ino)
        self._count()

    def replace(self, source: Path, target: Path) -> None:
        assert source.stat().st_ino in self._synced, "renamed before its content was synced"
        self._count()
        self._replace(source, target)
        self._count()

    def lose_power(self) -> None:
        """Leave of the directory only what was synced."""
        shutil.rmtree(self.root, ignore_errors=True)
        if self.root.name in self.kept.get(self.root.parent, {}):
            self._restore(self.root)

    def _restore(self, folder: Path) -> None:
        folder.mkdir()
        for name, content in self.kept.get(folder, {}).items():
            if content is None:
                self._restore(folder / name)
            else:
                (folder / name).write_bytes(content)

    def _count(self) -> None:
        self.calls += 1
        if self.calls > self.last:
            raise Cut


@pytest.mark.slow
@pytest.mark.parametrize("power", [False, True], ids=["killed", "power-cut"])
def test_publishing_survives_an_end_at_every_call(
    tmp_path: Path, memory_source: Source, power: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    whole, cut = memory_source(300), 0
    while True:
        directory, source = tmp_path / f"log{cut}", memory_source(0)
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(directory, patch, cut)
            done = run_until_cut(directory, source, whole)
        if len(done) == 4:
            break
        if power:
            disk.lose_power()
        known = done[-1] if done else 0
        survived = published_size(directory)
        assert survived >= known
        if survived:
            assert_verifies(directory, memory_source(survived), survived)
        assert Publisher(directory, source).publish() == source.edge.size
        assert_verifies(directory, source, source.edge.size)
        shutil.rmtree(directory)
        cut += 1
    assert cut > 100


def run_until_cut(directory: Path, source: MemorySource, whole: MemorySource) -> list[int]:
    """Publish a growing log; the sizes whose publishing returned."""
    done: list[int] = []
    try:
        for size in (2, 255, 258, 300):
            source.add(*whole.held[source.edge.size : size])
            done.append(Publisher(directory, source).publish())
    except Cut:
        pass
    return done


def published_size(directory: Path) -> int:
    checkpoint = directory / "checkpoint"
    return int(checkpoint.read_text().split("\n")[1]) if checkpoint.exists() else 0


@pytest.mark.slow
def test_a_large_log_has_all_its_levels(
    tmp_path: Path, memory_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    source = memory_source(70_000)
    assert Publisher(tmp_path, source).publish() == 70_000
    assert (tmp_path / "tile/2/000.p/1").read_bytes() == source.subtree(16, 0)
    assert (tmp_path / "tile/0/273.p/112").stat().st_size == 112 * 32
    assert_verifies(tmp_path, source, 70_000)
