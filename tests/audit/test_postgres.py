"""The log in PostgreSQL: two writers, commits of unknown outcome, servers that fail, stall, fall behind, or
cannot keep what the log promises."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from audit import postgres as module
from audit.connection import Unfit
from audit.log import RAISE, Cause, Declined, Spend
from audit.postgres import PostgresBackend, PostgresSnapshots, is_empty, where
from audit.reader import Reader
from audit.store_verify import verify_store
from audit.writer import StoredLog
from fidus.errors import AuditUnavailable, ConfigurationInvalid
from tests.audit.proxy import Proxy, proxy_to
from tests.postgres import launch

if TYPE_CHECKING:
    from tests.audit.conftest import PostgresStore, Records

WITHIN_S = 1.0


async def index(log: StoredLog, records: Records) -> int:
    result = await log.append(records.admin())
    assert not isinstance(result, Declined)
    return result[0].index


async def refused(log: StoredLog, records: Records, why: str) -> None:
    with pytest.raises(AuditUnavailable, match=why):
        await log.append(records.admin())


def whole(store: PostgresStore) -> int:
    """Verify the store entry by entry; its size."""
    with closing(store.reader()) as reader:
        report = verify_store(reader, store.key.verifier)
    assert report.faults == ()
    return report.size


@pytest.fixture
def proxy(shared_store: PostgresStore) -> Iterator[Proxy]:
    """The way of `shared_store` to its server."""
    with proxy_to(shared_store.database.cluster.port) as made:
        shared_store.url = made.url(shared_store.database.name)
        yield made


def test_two_writers_share_one_log(shared_store: PostgresStore, records: Records) -> None:
    """No fork, no gap, each record once; counters, own numbers and the epoch are common."""
    logs = shared_store.open(), shared_store.open()
    spend = Spend("day:a", 1, 60, "dayUsed")

    async def scene() -> None:
        results: list[Any] = await asyncio.gather(
            *(logs[n % 2].append(records.intent(spends=(spend,), proved=True)) for n in range(80))
        )
        written = [unit[0] for unit in results if not isinstance(unit, Declined)]
        assert sorted(one.index for one in written) == list(range(60))
        assert sorted(one.facts["dayUsed"] for one in written) == list(range(60))
        assert all(one.number == one.index + 1 for one in written)
        assert {one.cause for one in results if isinstance(one, Declined)} == {Cause.SPEND}
        raised = await logs[0].append(records.admin(epoch=RAISE))
        assert not isinstance(raised, Declined)
        outdated = await logs[1].append(records.intent(epoch=0))
        assert isinstance(outdated, Declined)
        assert (outdated.cause, outdated.epoch) == (Cause.EPOCH, 1)
        await logs[0].close()

    shared_store.play(logs[1], scene)
    assert whole(shared_store) == 61


@pytest.mark.parametrize("reaches", [True, False], ids=["lost-answer", "lost-commit"])
def test_a_commit_of_unknown_outcome_releases_nobody(
    shared_store: PostgresStore, records: Records, proxy: Proxy, reaches: bool
) -> None:
    log = shared_store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        if reaches:
            proxy.cut_at = b"COMMIT\0"
        else:
            proxy.cut()
        await refused(log, records, "OperationalError")
        assert log.failed_because == "OperationalError"
        assert await index(log, records) == (2 if reaches else 1)  # what nobody was told of is there, or not
        assert log.failed_because is None

    shared_store.play(log, scene)
    assert whole(shared_store) == (3 if reaches else 2)


def test_a_session_that_the_server_ends_is_begun_anew(shared_store: PostgresStore, records: Records) -> None:
    log = shared_store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        shared_store.database.end_sessions()
        await refused(log, records, "AdminShutdown|OperationalError")
        assert await index(log, records) == 1

    shared_store.play(log, scene)


def test_a_database_that_stalls_is_not_waited_for(
    shared_store: PostgresStore, records: Records, proxy: Proxy
) -> None:
    log = shared_store.open(within_s=WITHIN_S)

    async def scene() -> None:
        assert await index(log, records) == 0
        proxy.flowing.clear()
        begun = time.monotonic()
        await refused(log, records, "WaitTimeout")
        assert time.monotonic() - begun < 3 * WITHIN_S
        proxy.flowing.set()
        assert await index(log, records) in (1, 2)

    shared_store.play(log, scene)


def test_a_reader_does_not_wait_for_ever_either(
    shared_store: PostgresStore, records: Records, proxy: Proxy
) -> None:
    shared_store.fill((records.admin(),))
    with closing(Reader(PostgresSnapshots(shared_store.url, within_s=WITHIN_S))) as reader:
        assert reader.head().size == 1
        proxy.flowing.clear()
        with pytest.raises(AuditUnavailable, match="cannot be read"):
            reader.head()


def test_who_holds_the_head_row_too_long_loses_its_turn(
    shared_store: PostgresStore, records: Records
) -> None:
    """Others are told so in time, and a process that froze in its turn is thrown out of it."""
    log, frozen = shared_store.open(within_s=WITHIN_S), shared_store.backend()
    connection = frozen.connect(create=False)

    async def scene() -> None:
        assert await index(log, records) == 0
        frozen.lock(connection)
        await refused(log, records, "LockNotAvailable")
        connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 100")
        assert await asyncio.to_thread(until_written, log, records) == 1

    def until_written(log: StoredLog, records: Records) -> int:
        for _ in range(5):
            try:
                return asyncio.run(index(log, records))
            except AuditUnavailable:
                continue
        raise AssertionError("the turn never came")

    shared_store.play(log, scene)
    with pytest.raises(Exception, match=r"IdleInTransaction|terminat|closed"):
        connection.exec_driver_sql("SELECT 1")
    connection.invalidate()
    connection.close()


def test_a_failed_over_database_that_lost_commits_is_never_built_upon(
    shared_store: PostgresStore, records: Records
) -> None:
    log, database = shared_store.open(), shared_store.database

    async def scene() -> str:
        assert await index(log, records) == 0
        copy = database.back_up()
        with pytest.raises(AuditUnavailable):  # its session was ended for the copy
            await index(log, records)
        assert await index(log, records) == 1
        kept = database.restore(copy)
        await refused(log, records, "OperationalError|AdminShutdown|commits are lost")
        await refused(log, records, "2 entries that was acknowledged")
        assert log.stopped_because is not None
        assert "Put back the newest store" in log.stopped_because
        return kept

    kept = shared_store.play(log, scene)
    assert len(shared_store.entries()) == 1
    database.cluster.run(f"ALTER DATABASE {database.name} RENAME TO {kept}_old")
    database.cluster.run(f"ALTER DATABASE {kept} RENAME TO {database.name}")
    database.cluster.run(f"ALTER DATABASE {database.name} CONNECTION LIMIT -1")
    again = shared_store.open()
    assert shared_store.play(again, lambda: index(again, records)) == 2
    database.cluster.drop(f"{kept}_old")


def test_what_was_published_is_known_to_a_new_process(shared_store: PostgresStore, records: Records) -> None:
    database = shared_store.database
    shared_store.fill((records.admin(),))
    copy = database.back_up()
    shared_store.fill((records.admin(),))
    with closing(shared_store.reader()) as reader:
        note = reader.checkpoint_note()
    shared_store.published.mkdir()
    (shared_store.published / "checkpoint").write_text(note, encoding="utf-8")
    kept = database.restore(copy)
    with pytest.raises(ConfigurationInvalid, match="2 entries that was published"):
        shared_store.open()
    database.cluster.drop(kept)


def test_what_another_process_wrote_must_not_be_lost_either(
    shared_store: PostgresStore, records: Records
) -> None:
    """A process stops for what it saw, not only for what it was told itself."""
    log, other, database = shared_store.open(), shared_store.open(), shared_store.database

    async def scene() -> str:
        assert await index(other, records) == 0
        copy = database.back_up()
        with pytest.raises(AuditUnavailable):
            await index(other, records)
        assert await index(other, records) == 1
        with pytest.raises(AuditUnavailable):
            await index(log, records)
        await log.append(replace(records.intent(), epoch=7))  # declined: it only looks
        await other.close()
        kept = database.restore(copy)
        with pytest.raises(AuditUnavailable):
            await index(log, records)
        await refused(log, records, "2 entries that was acknowledged")
        return kept

    database.cluster.drop(shared_store.play(log, scene))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        pytest.param("UPDATE head SET edge = '\\x00'", "head of the store is damaged", id="edge-damaged"),
        pytest.param("DELETE FROM head", "no head with a checkpoint", id="no-head"),
        pytest.param(
            "INSERT INTO entries SELECT 1, bytes, leaf, kind, at, NULL, NULL, NULL, NULL, NULL, final FROM"
            " entries; UPDATE checkpoints SET size = 2 WHERE size = 1; UPDATE head SET size = 2, edge ="
            f" '\\x{(2).to_bytes(8, 'big').hex()}{'ab' * 32}'",
            "not the root of its entries",
            id="edge",
        ),
        pytest.param(
            "UPDATE alembic_version SET version_num = 'log_9999' WHERE version_num LIKE 'log%'",
            "changed by another version of this program",
            id="upgraded",
        ),
    ],
)
def test_a_store_that_changes_behind_the_writer_stops_it(
    shared_store: PostgresStore, records: Records, statement: str, why: str
) -> None:
    log = shared_store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        for one in statement.split(";"):
            shared_store.change(one)
        await refused(log, records, why)
        assert log.stopped_because is not None

    shared_store.play(log, scene)


_UNFIT = {
    "fsync": ("current_setting('fsync')", "'off'", "set fsync = on there"),
    "data_sync_retry": ("current_setting('data_sync_retry')", "'on'", "set data_sync_retry = off"),
    "synchronous_commit": ("current_setting('synchronous_commit')", "'off'", "does not stay on"),
    "standby": ("pg_is_in_recovery()", "true", "name the one that takes writes"),
    "pooler": ("pg_backend_pid()", "(random() * 1000000000)::int", "another session answers"),
}


@pytest.mark.parametrize(("setting", "value", "why"), _UNFIT.values(), ids=_UNFIT)
def test_a_server_that_cannot_keep_the_promise_is_not_written_to(
    shared_store: PostgresStore,
    records: Records,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
    why: str,
) -> None:
    log = shared_store.open()

    async def scene() -> None:
        assert await index(log, records) == 0
        with monkeypatch.context() as patch:
            patch.setattr(module, "_SESSION", module._SESSION.replace(setting, value))
            await refused(log, records, why)
            with pytest.raises(ConfigurationInvalid, match=why):
                shared_store.open()
        assert await index(log, records) == 1

    shared_store.play(log, scene)


@pytest.mark.parametrize(("asked", "used"), [("off", "on"), ("remote_apply", "remote_apply")])
def test_synchronous_commit_is_forced_on_or_left_stronger(
    shared_store: PostgresStore, asked: str, used: str
) -> None:
    database = shared_store.database
    database.run(f"ALTER DATABASE {database.name} SET synchronous_commit = '{asked}'")
    with closing(shared_store.backend().connect(create=False)) as connection:
        found = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        connection.invalidate()
    assert found == used


@pytest.mark.slow
def test_a_real_server_without_fsync_is_refused() -> None:
    """The server ends with this process."""
    server = launch(os.getpid(), fsync="off")
    with pytest.raises(Unfit, match="set fsync = on there"):
        PostgresBackend(server.url("postgres")).connect(create=True)


def test_a_right_that_was_taken_away_is_trouble_and_no_bug(
    shared_store: PostgresStore, records: Records
) -> None:
    shared_store.fill((records.admin(),))
    name = f"u_{shared_store.database.name}"
    shared_store.change(f"CREATE ROLE {name} LOGIN")
    shared_store.change(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
    shared_store.url = shared_store.database.url.replace("postgres@", f"{name}@")
    log = shared_store.open()

    async def scene() -> None:
        assert await index(log, records) == 1
        shared_store.change(f"REVOKE INSERT ON entries FROM {name}")
        await refused(log, records, "InsufficientPrivilege")
        shared_store.change(f"GRANT INSERT ON entries TO {name}")
        assert await index(log, records) == 2

    shared_store.play(log, scene)
    shared_store.change(f"DROP OWNED BY {name}")
    shared_store.change(f"DROP ROLE {name}")


def test_a_server_that_is_not_there_is_told_in_a_sentence(shared_store: PostgresStore) -> None:
    shared_store.url = "postgresql://somebody:secret@127.0.0.1:1/nowhere"
    with pytest.raises(
        ConfigurationInvalid, match=r"PostgreSQL 127\.0\.0\.1 nowhere.*cannot be opened"
    ) as error:
        shared_store.open()
    assert "secret" not in str(error.value)


def test_a_session_that_cannot_be_set_up_is_let_go(
    shared_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DURABLE", "SET synchronous_commit = 'perhaps'")
    with pytest.raises(ConfigurationInvalid, match="InvalidParameterValue"):
        shared_store.open()


def test_a_database_is_empty_until_a_store_is_made(shared_store: PostgresStore, records: Records) -> None:
    assert is_empty(shared_store.database.url)
    shared_store.fill((records.admin(),))
    assert not is_empty(shared_store.database.url)


def test_an_address_is_told_without_its_password() -> None:
    assert where("postgresql://user:secret@db.example/fidus") == "PostgreSQL db.example fidus"
    assert where("postgresql:///fidus") == "PostgreSQL localhost fidus"
    with pytest.raises(ValueError, match="no address") as error:
        where("postgresql://user:secret@db.example/fidus?nonsense=secret")
    assert "secret" not in str(error.value)


def test_each_group_leaves_a_checkpoint(shared_store: PostgresStore, records: Records) -> None:
    log = shared_store.open()

    async def scene() -> list[int]:
        return [await index(log, records) for _ in range(3)]

    assert shared_store.play(log, scene) == [0, 1, 2]
    with closing(shared_store.reader()) as reader:
        assert all(reader.checkpoint_at(size) is not None for size in range(4))
