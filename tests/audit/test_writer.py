"""What is true of the log in SQLite alone: opening, grouping, queue. Its promises: test_log_contract.py."""

from __future__ import annotations

import asyncio
import re
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, Text, insert

from audit import sqlite
from audit import writer as module
from audit.connection import commit as real_commit
from audit.connection import writing_engine
from audit.group import Applied
from audit.log import RAISE, Appended, Cause, Declined, Record, Spend, Write
from audit.note import NoteKey
from audit.schema import Part
from audit.writer import StoredLog
from fidus.errors import AuditUnavailable, ConfigurationInvalid

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records

ROWS = Table("rows", MetaData(), Column("name", Text, primary_key=True), Column("place", Text))
PART = Part("rows", ROWS.metadata, Path(__file__).parent / "revisions")


@pytest.fixture
def store(any_store: LogStore) -> LogStore:
    return any_store


def apply_rows(connection: Connection, applied: Sequence[Applied]) -> None:
    for one in applied:
        place = f"{one.placed.index}/{one.placed.epoch}"
        connection.execute(insert(ROWS), {"name": one.row["name"], "place": place})
        if one.operation == "break":
            raise RuntimeError("a bug")


def row(name: str, operation: str = "add") -> Write:
    return Write("rows", operation, {"name": name})


async def index(log: StoredLog, records: Records) -> int:
    result = await log.append(records.admin())
    assert not isinstance(result, Declined)
    return result[0].index


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Lets the first commit wait until the block ends, so that what is appended meanwhile is one group.
    Gives the number of commits, one item each."""
    commits: list[int] = []
    go = threading.Event()

    def commit(connection: Connection) -> None:
        assert go.wait(10)
        commits.append(len(commits))
        real_commit(connection)

    monkeypatch.setattr(module, "commit", commit)
    yield commits
    go.set()


def test_a_new_store_is_its_owners_alone(file_store: LogStore) -> None:
    file_store.play(file_store.open(), lambda: asyncio.sleep(0))
    assert stat.S_IMODE(file_store.path.stat().st_mode) == 0o600


def test_a_store_is_only_made_on_request(file_store: LogStore) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"fidus\.db.*SQLITE_CANTOPEN|ENOENT"):
        file_store.open(create=False)
    assert not file_store.path.exists()
    file_store.play(file_store.open(), lambda: asyncio.sleep(0))
    file_store.play(file_store.open(create=False), lambda: asyncio.sleep(0))


def test_what_a_crash_left_without_tables_is_made_anew(file_store: LogStore, records: Records) -> None:
    with writing_engine(file_store.path, create=True).connect():
        pass
    with pytest.raises(ConfigurationInvalid, match="the store is empty"):
        file_store.open(create=False)
    log = file_store.open()
    assert file_store.play(log, lambda: index(log, records)) == 0


def test_what_is_no_database_is_refused(file_store: LogStore) -> None:
    file_store.path.write_bytes(b"this is no database" * 100)
    with pytest.raises(ConfigurationInvalid, match="SQLITE_NOTADB"):
        file_store.open()


def test_another_key_is_refused(store: LogStore, log_key: NoteKey) -> None:
    store.play(store.open(), lambda: asyncio.sleep(0))
    store.key = NoteKey(log_key.name, bytes(32))
    with pytest.raises(ConfigurationInvalid, match="not signed by the key of this log"):
        store.open()


def test_200_at_once_share_few_commits(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open()

    async def scene() -> None:
        with held(monkeypatch) as commits:
            tasks = [asyncio.create_task(log.append(records.intent())) for _ in range(200)]
            await asyncio.sleep(0.05)
        await asyncio.gather(*tasks)
        assert len(commits) <= 2

    store.play(log, scene)
    with closing(store.reader()) as reader:
        head = reader.head()
        assert head.size == 200
        checkpoints = [size for size in range(201) if reader.checkpoint_at(size) is not None]
    assert len(checkpoints) <= 3  # one for each commit, and that of the empty log


def test_a_group_has_a_bound_that_splits_no_unit(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open(group=4)

    async def scene() -> None:
        with held(monkeypatch) as commits:
            first = asyncio.create_task(log.append(records.admin()))
            await asyncio.sleep(0.05)
            sizes = (3, 3, 9, 1, 2, 1)
            units = [[records.admin() for _ in range(size)] for size in sizes]
            tasks = [asyncio.create_task(log.append(*unit)) for unit in units]
            await asyncio.sleep(0)
        await asyncio.gather(first, *tasks)
        assert len(commits) == 1 + 4  # 3 · 3 · 9 · 1+2+1

    store.play(log, scene)


def test_an_epoch_raised_within_a_group_declines_later_ones_of_it(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open()

    async def scene() -> None:
        with held(monkeypatch) as commits:
            first = asyncio.create_task(log.append(records.admin()))
            await asyncio.sleep(0.05)
            group = [records.intent(epoch=0), records.admin(epoch=RAISE), records.intent(epoch=0)]
            tasks = [asyncio.create_task(log.append(record)) for record in group]
            await asyncio.sleep(0)
        before, raised, after = await asyncio.gather(*tasks)
        await first
        assert len(commits) == 2
        assert not isinstance(before, Declined)
        assert not isinstance(raised, Declined)
        assert (before[0].epoch, raised[0].epoch) == (0, 1)
        assert after == Declined(Cause.EPOCH, "epoch", 1, {})

    store.play(log, scene)


def test_a_group_that_writes_nothing_commits_nothing(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open()
    monkeypatch.setattr(module, "commit", lambda _: pytest.fail("there was nothing to commit"))

    async def scene() -> None:
        assert isinstance(await log.append(records.intent(epoch=7)), Declined)

    store.play(log, scene)


def test_too_many_that_wait_are_refused(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open(queue=3)

    async def scene() -> None:
        with held(monkeypatch):
            first = asyncio.create_task(log.append(records.admin()))
            await asyncio.sleep(0.05)
            tasks = [asyncio.create_task(log.append(records.admin())) for _ in range(5)]
            await asyncio.sleep(0)
        results = await asyncio.gather(first, *tasks, return_exceptions=True)
        assert [isinstance(result, AuditUnavailable) for result in results] == [False] * 4 + [True] * 2

    store.play(log, scene)


def test_rows_are_applied_in_the_entrys_transaction(store: LogStore, records: Records) -> None:
    log = store.open({"rows": apply_rows}, parts=(PART,))

    async def scene() -> None:
        await log.append(records.admin(writes=(row("a"), row("b"))), records.admin(epoch=RAISE))
        assert isinstance(await log.append(records.intent(epoch=0, writes=(row("c"),))), Declined)
        await log.append(Record(None, writes=(row("d"),)))

    store.play(log, scene)
    with closing(store.reader()) as reader, reader.snapshot() as connection:
        found = {name: place for name, place in connection.execute(ROWS.select())}
    assert found == {"a": "0/0", "b": "0/0", "d": "-1/1"}


@pytest.mark.parametrize(
    ("culprit", "error"),
    [
        pytest.param(row("x", "break"), "a bug", id="applier-raises"),
        pytest.param(row("first"), "(?i)unique constraint", id="constraint"),
        pytest.param(Write("rows", "add", {}), "name", id="row-incomplete"),
    ],
)
def test_a_bug_in_one_unit_fails_that_unit_alone(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch, culprit: Write, error: str
) -> None:
    log = store.open({"rows": apply_rows}, parts=(PART,))

    async def scene() -> None:
        with held(monkeypatch):
            first = asyncio.create_task(log.append(records.admin(writes=(row("first"),))))
            await asyncio.sleep(0.05)
            writes = [row("a"), culprit, row("b")]
            tasks = [asyncio.create_task(log.append(records.intent(writes=(write,)))) for write in writes]
            await asyncio.sleep(0)
        results = await asyncio.gather(first, *tasks, return_exceptions=True)
        indices = [result[0].index for result in results if isinstance(result, tuple)]
        assert indices == [0, 1, 2]
        assert isinstance(results[2], Exception)
        assert re.search(error, str(results[2]))
        assert log.failed_because is None

    store.play(log, scene)


def test_error_texts_hide_what_was_written(store: LogStore, records: Records) -> None:
    log = store.open({"rows": apply_rows}, parts=(PART,))

    async def scene() -> None:
        await log.append(records.admin(writes=(row("a-secret"),)))
        with pytest.raises(Exception, match=r"(?i)unique") as caught:
            await log.append(records.admin(writes=(row("a-secret"),)))
        assert "a-secret" not in str(caught.value)

    store.play(log, scene)


def test_a_loop_that_was_closed_breaks_nothing(
    store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open()

    async def leave() -> None:
        task = asyncio.create_task(log.append(records.admin()))
        await asyncio.sleep(0.05)  # it is in the writer's hands
        task.cancel()

    with held(monkeypatch):
        asyncio.run(leave())
    assert store.play(log, lambda: index(log, records)) == 1


def test_counters_of_past_days_are_forgotten(store: LogStore, records: Records) -> None:
    today = [date(2026, 10, 5)]
    log = store.open(today=lambda: today[0])
    names = ["no:a:pseudonym:2026-10-05", "refusals:0206000032:2026-10-05T08:30", "taken:for:ever"]

    async def scene() -> list[list[int | str]]:
        spends = tuple(Spend(name, 1, None, name) for name in names)
        found = []
        for day in (5, 7, 8):
            today[0] = date(2026, 10, day)
            await log.append(records.admin(spends=spends if day == 5 else ()))
            read = await log.append(records.admin(reads={name: name for name in names}))
            assert not isinstance(read, Declined)
            found.append(list(read[0].facts.values()))
        return found

    assert store.play(log, scene) == [[1, 1, 1], [1, 1, 1], [0, 0, 1]]


def test_the_write_ahead_log_stays_small(
    file_store: LogStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CARRY_OVER", 40)
    log = file_store.open()

    async def scene() -> int:
        for _ in range(60):
            await log.append(records.admin("a" * 10_000))
        return (file_store.folder / "fidus.db-wal").stat().st_size

    assert file_store.play(log, scene) < 1_000_000


def test_a_store_in_use_by_a_reader_is_written_all_the_same(store: LogStore, records: Records) -> None:
    log = store.open()

    async def scene() -> Appended:
        await log.append(records.admin())
        with closing(store.reader()) as reader, reader.snapshot() as connection:
            before = reader.epoch(connection)
            result = await log.append(records.admin(epoch=RAISE))
            assert reader.epoch(connection) == before == 0
        assert not isinstance(result, Declined)
        return result[0]

    assert store.play(log, scene).epoch == 1
