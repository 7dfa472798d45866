from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from audit.event import Kind
from audit.export import README_FILE, VKEY_FILE, export_entries, export_files
from audit.files_verify import verify_files
from audit.keys import DirectoryKeyStore
from audit.note import VerifierKey
from audit.reader import Reader
from audit.recorder import Recorder
from audit.search import Criteria, search
from audit.tilereader import TileReader
from audit.tiles import Publisher
from audit.tree import Edge, leaf_hash
from fidus.model import SubjectType

if TYPE_CHECKING:
    from tests.audit.conftest import Clock, Events, LogStore, MemoryLog


def published(folder: Path, *names: str) -> Path:
    """A folder of published files with these names, each holding its own name."""
    for name in ("checkpoint", *names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_copy_has_every_file_of_the_log_and_what_an_auditor_needs(tmp_path: Path) -> None:
    tiles = ["tile/0/000", "tile/0/001.p/44", "tile/entries/000", "tile/entries/x001/x234/067"]
    source = published(tmp_path / "log", *tiles)
    count = export_files(source, tmp_path / "copy", "a+b+c")
    assert files(tmp_path / "copy") == sorted([*tiles, "checkpoint", README_FILE, VKEY_FILE])
    assert count == len(tiles) + 3
    assert [(tmp_path / "copy" / name).read_text() for name in tiles] == tiles
    assert (tmp_path / "copy" / VKEY_FILE).read_text() == "a+b+c\n"
    assert "a+b+c" in (tmp_path / "copy" / README_FILE).read_text()


def test_files_still_being_written_stay_out(tmp_path: Path) -> None:
    source = published(tmp_path / "log", "tile/0/.tmp-1", "tile/0/000")
    (source / ".tmp-checkpoint").touch()
    export_files(source, tmp_path / "copy", "a+b+c")
    assert files(tmp_path / "copy") == ["README.txt", "checkpoint", "log.vkey", "tile/0/000"]


def test_a_partial_tile_that_goes_away_meanwhile_leaves_its_full_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = published(tmp_path / "log", "tile/0/001.p/44")
    copy = shutil.copyfile

    def too_late(path: Path, target: Path) -> None:
        if path.name == "44":
            path.unlink()
            published(source, "tile/0/001")
        copy(path, target)

    monkeypatch.setattr(shutil, "copyfile", too_late)
    export_files(source, tmp_path / "copy", "a+b+c")
    assert files(tmp_path / "copy") == ["README.txt", "checkpoint", "log.vkey", "tile/0/001"]


def test_a_folder_that_is_there_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(FileExistsError):
        export_files(published(tmp_path / "log"), tmp_path / "copy", "a+b+c")
    assert files(tmp_path / "copy") == []


def test_where_nothing_is_published_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        export_files(tmp_path / "log", tmp_path / "copy", "a+b+c")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (1, 2), (2, 2), (0, 0)])
def test_lines_are_the_very_bytes_of_the_entries(memory_log: MemoryLog, start: int, stop: int) -> None:
    memory_log.entries_written = [b'{"v":1}', b'{"v":2}', b'{"v":3}']
    out = io.BytesIO()
    assert export_entries(memory_log, out, start, stop) == stop - start
    assert out.getvalue() == b"".join(entry + b"\n" for entry in memory_log.entries_written[start:stop])


@pytest.mark.parametrize(("start", "stop"), [(2, 1), (-1, 2)])
def test_a_range_that_runs_backwards_is_refused(memory_log: MemoryLog, start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="range of entries"):
        export_entries(memory_log, io.BytesIO(), start, stop)


@pytest.fixture
def store(any_store: LogStore) -> LogStore:
    return any_store


@pytest.fixture
def reader(store: LogStore) -> Iterator[Reader]:
    with closing(store.reader()) as reader:
        yield reader


@pytest.fixture
def written(
    store: LogStore, reader: Reader, keystore: DirectoryKeyStore, clock: Clock, events: Events
) -> Recorder:
    """A real store with an intent and its outcome, published."""

    async def write() -> Recorder:
        log = store.open()
        recorder = await Recorder.open(log, reader, keystore, clock)
        await log.append(await recorder.record(events.intent()))
        await log.append(await recorder.record(events.outcome(), proved=True))
        await log.append(await recorder.record(events.detailed(Kind.ADMIN, {"act": "apply"})))
        await log.close()
        return recorder

    recorder = asyncio.run(write())
    Publisher(store.published, reader).publish()
    return recorder


def test_a_copy_of_a_real_log_verifies_and_shows_no_identifier(
    store: LogStore, written: Recorder, events: Events, tmp_path: Path
) -> None:
    vkey = store.key.vkey
    export_files(store.published, tmp_path / "copy", vkey)
    report = verify_files(TileReader.open(str(tmp_path / "copy")), VerifierKey.parse(vkey))
    assert (report.ok, report.size, list(report.faults)) == (True, 3, [])
    person, address = events.person().id, events.address().id
    for name in files(tmp_path / "copy"):
        text = (tmp_path / "copy" / name).read_bytes()
        for secret in (person, address, "agent-17", "2026-004711"):
            assert secret is not None
            assert secret.encode() not in text


def test_lines_of_a_real_log_are_the_leaves_of_its_tree(reader: Reader, written: Recorder) -> None:
    out = io.BytesIO()
    export_entries(reader, out, 0, reader.head().size)
    edge = Edge()
    for line in out.getvalue().splitlines():
        edge = edge.append(leaf_hash(line))
    assert edge.root() == reader.head().root


def test_a_real_log_is_searched_like_one_in_memory(reader: Reader, written: Recorder, events: Events) -> None:
    identifier = events.person().id
    assert identifier is not None
    page = search(reader, written, Criteria(identifier=(SubjectType.PERSON, identifier)), reveal=True)
    assert [(row.index, row.roles, row.number) for row in page.rows] == [(0, ("asked",), 1)]
    sealed: Any = page.rows[0].sealed
    assert sealed["subjects"][0]["id"] == identifier
    entry = json.loads(reader.entry(0))
    stored = reader.tagged([(tag.epoch, tag.tag) for tag in written.expected_tags(entry) or ()])
    assert stored == [(0, "asked")]
