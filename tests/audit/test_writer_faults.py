"""A store that is full, read-only, busy, gone, replaced, old, changed, or whose disk fails: nobody is told
that a record is durable when it is not, and the log goes on by itself as soon as it may."""

from __future__ import annotations

import asyncio
import errno
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from audit import sqlite
from audit import writer as module
from audit.connection import commit as real_commit
from audit.log import Appended, Declined
from audit.reader import Reader
from audit.writer import StoredLog
from fidus.errors import AuditUnavailable, ConfigurationInvalid

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records


@contextmanager
def pragma(text: str) -> Iterator[None]:
    """Connections that are opened within the block have this pragma."""

    def connected(raw: sqlite3.Connection, _record: object) -> None:
        raw.execute(f"PRAGMA {text}")

    event.listen(Engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connected)


def failing_once(monkeypatch: pytest.MonkeyPatch, error: Exception, *, after_commit: bool = False) -> None:
    """The next commit fails, before or after it took effect."""

    def commit(connection: Connection) -> None:
        monkeypatch.setattr(module, "commit", real_commit)
        if after_commit:
            real_commit(connection)
        raise error

    monkeypatch.setattr(module, "commit", commit)


def sqlite_error(name: str) -> OperationalError:
    original = sqlite3.OperationalError("disk I/O error")
    original.sqlite_errorname = name
    original.sqlite_errorcode = getattr(sqlite3, name)
    return OperationalError("COMMIT", None, original)


async def index(log: StoredLog, records: Records, size: int = 1) -> int:
    result = await log.append(records.admin("a" * size))
    assert not isinstance(result, Declined)
    return result[0].index


async def refused(log: StoredLog, records: Records, why: str) -> None:
    with pytest.raises(AuditUnavailable, match=why):
        await log.append(records.admin())


async def until_refused(log: StoredLog, records: Records, why: str) -> int:
    """How many large records were written before one was not."""
    for told in range(1000):
        try:
            await index(log, records, 20_000)
        except AuditUnavailable as error:
            if why in str(error):
                return told
            raise
    raise AssertionError("the store never filled up")


def test_a_full_store_refuses_and_recovers(store: LogStore, records: Records) -> None:
    store.play(store.open(), lambda: asyncio.sleep(0))
    with pragma("max_page_count=60"):
        log = store.open()

    async def scene() -> None:
        with pragma("max_page_count=60"):
            told = await until_refused(log, records, "SQLITE_FULL")
        assert log.failed_because == "SQLITE_FULL"
        assert 0 < told < 20
        assert await index(log, records, 20_000) == told
        assert log.failed_because is None

    store.play(log, scene)


def test_a_file_that_may_not_grow_refuses_and_recovers(store: LogStore, records: Records) -> None:
    log = store.open()

    async def scene() -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        assert await index(log, records) == 0
        largest = Path(f"{store.path}-wal").stat().st_size + 50_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
        try:
            told = await until_refused(log, records, "SQLITE_")
            with pytest.raises(AuditUnavailable):
                await index(log, records, 60_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert await index(log, records, 60_000) == 1 + told
        assert log.stopped_because is None
        assert store.ended == []

    store.play(log, scene)


def test_a_read_only_store_refuses_and_recovers(store: LogStore, records: Records) -> None:
    log = store.open(busy_s=0)

    async def scene() -> None:
        assert await index(log, records) == 0
        with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await refused(log, records, "SQLITE_BUSY")
        with pragma("query_only=ON"):
            await refused(log, records, "SQLITE_READONLY")
        assert await index(log, records) == 1

    store.play(log, scene)


def test_a_store_that_cannot_be_locked_does_not_open(store: LogStore) -> None:
    store.play(store.open(), lambda: asyncio.sleep(0))
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigurationInvalid, match="SQLITE_BUSY"):
            store.open(busy_s=0)


def test_a_store_that_is_gone_refuses_until_it_is_back(store: LogStore, records: Records) -> None:
    log = store.open()
    kept = store.folder / "kept.db"

    async def scene() -> None:
        assert await index(log, records) == 0
        kept.hardlink_to(store.path)
        store.path.unlink()
        await refused(log, records, "ENOENT")
        await refused(log, records, "ENOENT")
        assert not store.path.exists()  # nothing made a new one
        kept.rename(store.path)
        assert await index(log, records) == 2  # the one that nobody was told of is there

    store.play(log, scene)
    assert len(store.entries()) == 3


def test_a_file_that_is_renamed_over_the_store_is_noticed(store: LogStore, records: Records) -> None:
    log = store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        copy = store.folder / "copy.db"
        shutil.copy(store.path, copy)
        copy.replace(store.path)
        await refused(log, records, "ESTALE")
        assert await index(log, records) == 2

    store.play(log, scene)
    assert len(store.entries()) == 3


def test_a_write_ahead_log_that_is_gone_is_noticed(store: LogStore, records: Records) -> None:
    log = store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        Path(f"{store.path}-wal").unlink()
        await refused(log, records, "ENOENT")
        assert await index(log, records) == 2

    store.play(log, scene)
    assert len(store.entries()) == 3


def test_a_file_that_is_replaced_while_it_is_opened_is_not_used(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open()

    async def scene() -> None:
        monkeypatch.setattr(sqlite, "identity", lambda _: ((0, 0),) * 3)
        await refused(log, records, "ESTALE")
        await refused(log, records, "ESTALE")
        monkeypatch.undo()
        assert await index(log, records) == 1

    store.play(log, scene)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        pytest.param(sqlite_error("SQLITE_FULL"), "SQLITE_FULL", id="full"),
        pytest.param(sqlite_error("SQLITE_IOERR_WRITE"), "SQLITE_IOERR_WRITE", id="write"),
        pytest.param(OSError(errno.ENOSPC, "no space"), "ENOSPC", id="no-space"),
        pytest.param(OSError("no number"), "OSError", id="no-number"),
    ],
)
def test_a_commit_that_fails_tells_nobody(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    log = store.open()

    async def scene() -> None:
        failing_once(monkeypatch, error)
        await refused(log, records, why)
        assert await index(log, records) == 0

    store.play(log, scene)


def test_after_a_commit_of_unknown_outcome_the_head_is_read_again(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        failing_once(monkeypatch, sqlite_error("SQLITE_BUSY"), after_commit=True)
        await refused(log, records, "SQLITE_BUSY")
        assert await index(log, records) == 2

    store.play(log, scene)
    assert len(store.entries()) == 3


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(sqlite_error("SQLITE_IOERR_FSYNC"), id="fsync"),
        pytest.param(sqlite_error("SQLITE_IOERR_DIR_FSYNC"), id="folder"),
        pytest.param(OSError(errno.EIO, "input/output error"), id="eio"),
    ],
)
def test_a_sync_that_fails_ends_the_process(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    log = store.open(group=1)  # so that others wait while it fails

    async def scene() -> None:
        assert await index(log, records) == 0
        failing_once(monkeypatch, error)
        tasks = [asyncio.create_task(log.append(records.admin())) for _ in range(20)]
        results: list[Any] = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, AuditUnavailable) for result in results)
        await refused(log, records, "A sync of the store failed")
        await log.close()
        assert store.ended == [log.stopped_because]

    store.play(log, scene)
    with closing(Reader(store.path)) as reader:
        assert reader.head().size == 1


@contextmanager
def carrying_over_fails(error: Exception) -> Iterator[None]:
    def executing(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "wal_checkpoint" in statement:
            raise error

    event.listen(Engine, "before_cursor_execute", executing)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", executing)


def test_a_write_ahead_log_that_cannot_be_carried_over_is_tried_again(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CARRY_OVER", 1)
    log = store.open()

    async def scene() -> None:
        with carrying_over_fails(sqlite_error("SQLITE_FULL")):
            assert await index(log, records) == 0
            assert await index(log, records) == 1
        assert await index(log, records) == 2

    store.play(log, scene)
    assert store.ended == []


def test_a_sync_that_fails_while_carrying_over_ends_the_process(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CARRY_OVER", 1)
    log = store.open()

    async def scene() -> Appended | None:
        with carrying_over_fails(sqlite_error("SQLITE_IOERR_FSYNC")):
            assert await index(log, records) == 0  # the record itself was durable before
            await log.close()
        await refused(log, records, "sync")
        return None

    store.play(log, scene)
    assert store.ended == [log.stopped_because]


def test_what_was_recovered_is_durable_before_anything_is_built_upon_it(
    store: LogStore, records: Records
) -> None:
    """A sync that failed leaves bytes that are read but were never stored: the file must get them anew."""
    log = store.open()
    crashed = type(store)(store.folder / "crashed", store.key)
    crashed.folder.mkdir()

    async def scene() -> None:
        await index(log, records)
        for suffix in ("", "-wal"):
            shutil.copy(f"{store.path}{suffix}", f"{crashed.path}{suffix}")

    store.play(log, scene)
    again = crashed.open()
    assert Path(f"{crashed.path}-wal").stat().st_size == 0
    assert crashed.play(again, lambda: index(again, records)) == 1
