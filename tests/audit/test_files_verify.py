"""Verifying published files: whatever is changed, left out or put in is found, at the first entry that it
concerns."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.files_verify import Report, verify_files
from audit.note import NoteKey
from audit.tilepaths import decode_bundle, encode_bundle
from audit.tilereader import TileReader
from audit.tiles import Publisher
from audit.tree import EMPTY_ROOT, leaf_hash, perfect_root

if TYPE_CHECKING:
    from tests.audit.conftest import MemorySource

    Source = Callable[[int], MemorySource]

SIZE = 600  # two full bundles and one of 88


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, memory_source: Source) -> Path:
    directory = tmp_path_factory.mktemp("published")
    Publisher(directory, memory_source(SIZE)).publish()
    return directory


@pytest.fixture
def directory(tmp_path: Path, published: Path) -> Path:
    """A copy of the published log, to be spoiled."""
    return Path(shutil.copytree(published, tmp_path / "log"))


@pytest.fixture
def verify(directory: Path, log_key: NoteKey) -> Callable[[], Report]:
    return lambda: verify_files(TileReader.open(str(directory)), log_key.verifier)


Verify = Callable[[], Report]


def spoil(path: Path, at: int) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def first(report: Report) -> int | None:
    assert not report.ok
    return report.faults[0].index


def test_a_whole_log_verifies(verify: Verify, memory_source: Source) -> None:
    source = memory_source(SIZE)
    report = verify()
    assert report == Report(SIZE, source.edge.root(), ())
    assert report.as_json() == {
        "ok": True,
        "size": SIZE,
        "root": source.checkpoint().text().split("\n")[2],
        "faults": [],
    }


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512])
def test_logs_of_every_form_verify(tmp_path: Path, memory_source: Source, size: int) -> None:
    source = memory_source(size)
    Publisher(tmp_path, source).publish()
    report = verify_files(TileReader.open(str(tmp_path)), source.key.verifier)
    assert report == Report(size, source.edge.root(), ())


@pytest.mark.parametrize("entry", [0, 1, 255, 256, 300, 511, 512, 599])
def test_a_changed_entry_is_named(directory: Path, verify: Verify, entry: int) -> None:
    n, width = entry // 256, 256 if entry < 512 else 88
    path = directory / f"tile/entries/00{n}{'' if width == 256 else '.p/88'}"
    entries, _ = decode_bundle(path.read_bytes())
    entries[entry % 256] = b"another entry"
    path.write_bytes(encode_bundle(entries))
    report = verify()
    assert first(report) == entry
    assert [fault.index for fault in report.faults] == [entry]
    assert f"Entry {entry} " in report.faults[0].what


@pytest.mark.parametrize("entry", [0, 255, 300, 512, 599])
def test_a_changed_leaf_hash_is_named(directory: Path, verify: Verify, entry: int) -> None:
    name = f"tile/0/00{entry // 256}{'' if entry < 512 else '.p/88'}"
    spoil(directory / name, (entry % 256) * 32 + 7)
    assert [fault.index for fault in verify().faults] == [entry]


def test_a_changed_hash_above_is_named_with_the_entries_below(directory: Path, verify: Verify) -> None:
    spoil(directory / "tile/1/000.p/2", 32)
    report = verify()
    assert [fault.index for fault in report.faults] == [256]
    assert "Entries 256 to 511 do not lead to" in report.faults[0].what


def test_several_faults_come_in_order(directory: Path, verify: Verify) -> None:
    spoil(directory / "tile/entries/002.p/88", 5)
    spoil(directory / "tile/0/000", 40 * 32)
    (directory / "tile/0/001").unlink()
    spoil(directory / "tile/1/000.p/2", 32)
    assert [fault.index for fault in verify().faults] == [40, 256, 512]


def test_an_entry_changed_with_its_hash_is_found_by_the_tile_above(directory: Path, verify: Verify) -> None:
    bundle, tile = directory / "tile/entries/001", directory / "tile/0/001"
    entries, _ = decode_bundle(bundle.read_bytes())
    entries[44] = b"another entry"
    bundle.write_bytes(encode_bundle(entries))
    tile.write_bytes(b"".join(map(leaf_hash, entries)))
    assert first(verify()) == 256
    above = directory / "tile/1/000.p/2"
    above.write_bytes(above.read_bytes()[:32] + perfect_root([leaf_hash(entry) for entry in entries]))
    report = verify()
    assert [fault.index for fault in report.faults] == [None]
    assert "signed root" in report.faults[0].what


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("tile/entries/000", 0),
        ("tile/entries/001", 256),
        ("tile/entries/002.p/88", 512),
        ("tile/0/000", 0),
        ("tile/0/002.p/88", 512),
        ("tile/1/000.p/2", 0),
    ],
)
def test_a_missing_file_is_a_fault(directory: Path, verify: Verify, name: str, index: int) -> None:
    (directory / name).unlink()
    report = verify()
    assert [fault.index for fault in report.faults] == [index]
    assert report.faults[0].what == f"{name} is missing"


def test_where_bundle_and_tile_are_missing_both_are_faults(directory: Path, verify: Verify) -> None:
    (directory / "tile/entries/001").unlink()
    (directory / "tile/0/001").unlink()
    assert [fault.index for fault in verify().faults] == [256, 256]


@pytest.mark.parametrize(
    ("name", "length", "index"),
    [
        pytest.param("tile/entries/001", 22 * 10 + 1, 266, id="bundle"),
        pytest.param("tile/entries/001", 0, 256, id="empty-bundle"),
        pytest.param("tile/0/001", 32 * 10 + 1, 266, id="tile"),
        pytest.param("tile/1/000.p/2", 33, 256, id="upper-tile"),
    ],
)
def test_a_cut_file_is_a_fault_where_it_was_cut(
    directory: Path, verify: Verify, name: str, length: int, index: int
) -> None:
    os.truncate(directory / name, length)
    report = verify()
    assert [fault.index for fault in report.faults] == [index]
    assert name in report.faults[0].what


def test_an_entry_too_many_is_a_fault(directory: Path, verify: Verify) -> None:
    path = directory / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes() + encode_bundle([b"one more"]))
    assert first(verify()) == 600


def test_two_entries_that_changed_places_are_found(directory: Path, verify: Verify) -> None:
    path = directory / "tile/entries/000"
    entries, _ = decode_bundle(path.read_bytes())
    entries[10], entries[20] = entries[20], entries[10]
    path.write_bytes(encode_bundle(entries))
    assert first(verify()) == 10


def test_a_log_that_was_cut_at_its_end_does_not_fit_its_checkpoint(
    directory: Path, verify: Verify, memory_source: Source
) -> None:
    shutil.rmtree(directory / "tile")
    shorter = directory.with_name("shorter")
    Publisher(shorter, memory_source(599)).publish()
    shutil.copytree(shorter / "tile", directory / "tile")
    assert first(verify()) == 512  # the files of a log of 600 are not there


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(None, id="missing"),
        pytest.param("text\n", id="no-note"),
        pytest.param("a.example/log\n0\n\n— a.example/log AAAAAAAA\n", id="another-log"),
    ],
)
def test_without_a_checkpoint_to_trust_nothing_is_believed(
    directory: Path, verify: Verify, note: str | None
) -> None:
    (directory / "checkpoint").unlink()
    if note is not None:
        (directory / "checkpoint").write_text(note)
    report = verify()
    assert (report.size, report.root, first(report)) == (0, b"", None)
    assert report.as_json()["root"] == ""


def test_a_checkpoint_by_another_key_is_not_believed(directory: Path, memory_source: Source) -> None:
    other = NoteKey("audit.fidus.example/log", b"o" * 32)
    report = verify_files(TileReader.open(str(directory)), other.verifier)
    assert first(report) is None
    (directory / "checkpoint").write_text(sign_checkpoint(memory_source(SIZE).checkpoint(), other))
    assert first(verify_files(TileReader.open(str(directory)), memory_source(1).key.verifier)) is None


def test_a_signed_root_of_other_entries_is_found(directory: Path, verify: Verify, log_key: NoteKey) -> None:
    wrong = Checkpoint(log_key.name, SIZE, EMPTY_ROOT)
    (directory / "checkpoint").write_text(sign_checkpoint(wrong, log_key))
    assert [fault.index for fault in verify().faults] == [None]


def test_older_partial_files_are_not_needed(directory: Path, verify: Verify) -> None:
    for path in [*directory.rglob("*.p")]:
        if path.name.startswith("000") and "tile/1" not in str(path):
            shutil.rmtree(path)
    assert verify().ok


@given(st.data())
def test_no_changed_bit_of_any_file_passes(
    published: Path, tmp_path_factory: pytest.TempPathFactory, log_key: NoteKey, data: st.DataObject
) -> None:
    names = sorted(str(path.relative_to(published)) for path in published.rglob("*") if path.is_file())
    name = data.draw(st.sampled_from(names))
    raw = bytearray((published / name).read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = TileReader(lambda path, limit: bytes(raw) if path == name else (published / path).read_bytes())
    assert not verify_files(changed, log_key.verifier).ok


def test_a_log_that_cannot_be_reached_is_no_fault_of_the_log(log_key: NoteKey) -> None:
    def unreachable(path: str, limit: int) -> bytes:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        verify_files(TileReader(unreachable), log_key.verifier)
