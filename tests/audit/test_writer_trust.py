"""A store that is not the log that was told of: old, changed, or another's. It is never built upon."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.log import Declined
from audit.note import NoteKey
from audit.reader import Reader
from audit.tree import leaf_hash
from audit.writer import StoredLog
from fidus.errors import AuditUnavailable, ConfigurationInvalid

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records


async def index(log: StoredLog, records: Records, size: int = 1) -> int:
    result = await log.append(records.admin("a" * size))
    assert not isinstance(result, Declined)
    return result[0].index


async def refused(log: StoredLog, records: Records, why: str) -> None:
    with pytest.raises(AuditUnavailable, match=why):
        await log.append(records.admin())


def change(store: LogStore, statement: str) -> None:
    """What somebody with access to the file does to it."""
    with closing(sqlite3.connect(store.path)) as raw:
        raw.execute(statement)
        raw.commit()


def back_up(store: LogStore) -> Path:
    copy = store.folder / "backup.db"
    with closing(sqlite3.connect(store.path)) as raw, closing(sqlite3.connect(copy)) as target:
        raw.backup(target)
    return copy


def restore(store: LogStore, copy: Path) -> None:
    """Put another file in the place of the store, also while it is open."""
    copy.replace(store.path)
    for suffix in ("-wal", "-shm"):
        Path(f"{store.path}{suffix}").unlink(missing_ok=True)


def publish(store: LogStore, note: str | bytes | None = None) -> None:
    """The published checkpoint; by default the store's newest."""
    with closing(Reader(store.path)) as reader:
        told = reader.checkpoint_note() if note is None else note
    store.published.mkdir(exist_ok=True)
    (store.published / "checkpoint").write_bytes(told if isinstance(told, bytes) else told.encode())


def test_a_store_that_was_replaced_by_a_whole_copy_is_gone_on_with(store: LogStore, records: Records) -> None:
    log = store.open()

    async def scene() -> None:
        assert [await index(log, records) for _ in range(5)] == list(range(5))
        restore(store, back_up(store))
        await refused(log, records, "ESTALE|ENOENT")
        assert await index(log, records) == 5

    store.play(log, scene)
    assert len(store.entries()) == 6


def test_an_old_back_up_is_never_built_upon(store: LogStore, records: Records) -> None:
    log = store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        copy = back_up(store)
        assert await index(log, records) == 1
        publish(store)
        restore(store, copy)
        await refused(log, records, "ESTALE|ENOENT")
        await refused(log, records, "2 entries that was acknowledged")
        assert log.stopped_because is not None
        await refused(log, records, "2 entries that was acknowledged")
        with pytest.raises(AuditUnavailable, match="acknowledged"):
            await log.prove(0)

    store.play(log, scene)
    assert len(store.entries()) == 1
    with pytest.raises(ConfigurationInvalid, match="2 entries that was published"):
        store.open()


def test_what_waits_while_the_log_stops_is_refused(store: LogStore, records: Records) -> None:
    log = store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        change(store, "UPDATE head SET edge = x'00'")
        tasks = [asyncio.create_task(log.append(records.admin())) for _ in range(20)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, AuditUnavailable) for result in results)

    store.play(log, scene)


_EDGE_OF_ANOTHER = f"x'{(2).to_bytes(8, 'big').hex()}{'ab' * 32}'"
_TAMPERED = {
    "edge": (f"UPDATE head SET edge = {_EDGE_OF_ANOTHER}", "not the root of its entries"),
    "edge-damaged": ("UPDATE head SET edge = x'00'", "head of the store is damaged"),
    "edge-size": ("UPDATE head SET size = 0", "names 0 entries, its edge is of 2"),
    "no-head": ("DELETE FROM head", "no head with a checkpoint"),
    "no-checkpoint": ("DELETE FROM checkpoints WHERE size = 2", "no head with a checkpoint"),
    "checkpoint": ("UPDATE checkpoints SET note = replace(note, '2', '3') WHERE size = 2", "not signed"),
    "no-entry": ('DELETE FROM entries WHERE "index" = 1', "names 2 entries, the last one is another"),
    "an-older-entry": ('DELETE FROM entries WHERE "index" = 0', "newest entries of the store are not those"),
    "its-leaf": ("UPDATE entries SET leaf = x'00' WHERE leaf = (SELECT min(leaf) FROM entries)", "not those"),
    "its-bytes": ("UPDATE entries SET bytes = x'00' WHERE \"index\" = 0", "not those"),
    "both": (
        f"UPDATE entries SET bytes = x'30', leaf = x'{leaf_hash(b'0').hex()}' WHERE \"index\" = 0",
        "not those",
    ),
    "no-entries": ("DELETE FROM entries", "names 2 entries, the last one is another"),
}


@pytest.mark.parametrize(("statement", "why"), _TAMPERED.values(), ids=_TAMPERED)
def test_a_changed_store_does_not_open(store: LogStore, records: Records, statement: str, why: str) -> None:
    log = store.open()
    store.play(log, lambda: asyncio.gather(index(log, records), index(log, records)))
    change(store, statement)
    with pytest.raises(ConfigurationInvalid, match=why):
        store.open()


@pytest.mark.parametrize("name", ["edge", "edge-damaged", "edge-size", "no-head", "no-checkpoint"])
def test_a_head_that_changes_behind_the_writer_stops_it(store: LogStore, records: Records, name: str) -> None:
    statement, why = _TAMPERED[name]
    log = store.open()

    async def scene() -> None:
        await asyncio.gather(index(log, records), index(log, records))
        change(store, statement)
        await refused(log, records, why)
        assert log.stopped_because is not None

    store.play(log, scene)


def test_an_acknowledged_root_that_was_changed_stops_it(
    store: LogStore, records: Records, log_key: NoteKey
) -> None:
    """Somebody with the key itself makes another log of the same size."""
    log = store.open()
    twin = type(store)(store.folder / "twin", log_key)
    twin.folder.mkdir()
    other = twin.open()
    store.play(other, lambda: index(other, records, 7))

    async def scene() -> None:
        assert await index(log, records) == 0
        restore(store, twin.path)
        await refused(log, records, "ESTALE|ENOENT")
        await refused(log, records, "another root at 1 entries than was acknowledged")

    store.play(log, scene)


def test_a_published_checkpoint_must_be_the_stores(
    store: LogStore, records: Records, log_key: NoteKey
) -> None:
    log = store.open()
    store.play(log, lambda: index(log, records))
    publish(store)
    store.play(store.open(), lambda: asyncio.sleep(0))
    foreign = sign_checkpoint(
        Checkpoint("other.example/log", 1, bytes(32)), NoteKey("other.example/log", bytes(32))
    )
    told: dict[str | bytes, str] = {
        sign_checkpoint(Checkpoint(log_key.name, 1, bytes(32)), log_key): "another root at 1 entries",
        sign_checkpoint(Checkpoint(log_key.name, 5, bytes(32)), log_key): "checkpoint of 5 entries",
        foreign: "published checkpoint is not signed",
        b"\xff": "published checkpoint is no text",
    }
    for note, why in told.items():
        publish(store, note)
        with pytest.raises(ConfigurationInvalid, match=why):
            store.open()


def test_an_unreadable_published_checkpoint_is_no_reason_to_start(store: LogStore) -> None:
    (store.published / "checkpoint").mkdir(parents=True)
    with pytest.raises(ConfigurationInvalid, match="EISDIR"):
        store.open()
