"""What the driver refuses fails its own unit alone; a session that ends amid a group fails all, and the next
group finds the store whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection

from audit.connection import is_trouble
from audit.direct import ask, tell
from audit.group import Applied
from audit.log import Expect, Spend, Tag, Write
from audit.store_verify import verify_store
from fidus.errors import AuditUnavailable
from fidus.model import SubjectRole

if TYPE_CHECKING:
    from audit.writer import StoredLog
    from tests.audit.conftest import LogStore, PostgresStore, Records

CULPRITS: dict[str, dict[str, Any]] = {
    "a-tag-of-an-epoch-beyond-64-bits": {"tags": (Tag(2**64, bytes(32), SubjectRole.ASKED),)},
    "a-counter-beyond-64-bits": {"spends": (Spend("endless", 2**64, None, "x"),)},
    "a-flag-with-half-a-character": {"writes": (Write("flags", "set", {"flag": "\ud800", "value": "on"}),)},
    "half-a-character-that-is-expected": {"expects": (Expect("f", "", "x"), Expect("\udfff", "on", "y"))},
    "an-applier-s-own": {"writes": (Write("tests", "fail", {}),)},
}


def apply(connection: Connection, applied: Sequence[Applied]) -> None:
    for one in applied:
        if (
            one.operation == "end"
        ):  # the server ends the session, with entries of the group in its transaction
            ask(connection, "SELECT pg_terminate_backend(pg_backend_pid())")
        tell(connection, "INSERT INTO head (id) VALUES (2)")


async def together(log: StoredLog, *units: Any) -> list[Any]:
    """Appended at once, behind one that keeps the writer busy meanwhile."""
    first = asyncio.create_task(log.append(units[0]))
    rest = [asyncio.create_task(log.append(unit)) for unit in units[1:]]
    return [*await asyncio.gather(first, *rest, return_exceptions=True)]


def whole(store: LogStore) -> int:
    """Verify the store entry by entry; its size."""
    with closing(store.reader()) as reader:
        report = verify_store(reader, store.key.verifier)
    assert report.faults == ()
    return report.size


@pytest.mark.parametrize("change", CULPRITS.values(), ids=CULPRITS)
def test_who_brings_what_no_database_takes_fails_alone(
    any_store: LogStore, records: Records, change: dict[str, Any]
) -> None:
    log = any_store.open({"tests": apply})

    async def scene() -> list[Any]:
        units = [records.intent(**(change if n == 5 else {})) for n in range(10)]
        return [*await together(log, *units), await log.append(records.admin())]

    told = any_store.play(log, scene)
    culprit = told.pop(5)
    placed = sorted(one[0].index for one in told if isinstance(one, tuple))
    assert placed == list(range(10))
    assert not isinstance(culprit, tuple)
    assert not (isinstance(culprit, Exception) and is_trouble(culprit))
    assert whole(any_store) == 10


def test_a_session_that_ends_amid_a_group_fails_all_of_it(
    shared_store: PostgresStore, records: Records
) -> None:
    log = shared_store.open({"tests": apply})
    ending = records.admin(writes=(Write("tests", "end", {}),))

    async def scene() -> list[Any]:
        told = await together(log, *(ending if n == 5 else records.admin() for n in range(10)))
        return [*told, await log.append(records.admin())]

    *told, last = shared_store.play(log, scene)
    assert isinstance(told[5], AuditUnavailable)
    assert isinstance(last, tuple)
    placed = [one[0].index for one in (*told, last) if isinstance(one, tuple)]
    assert sorted(placed) == list(range(len(placed)))  # what was told is there, and nothing else
    assert whole(shared_store) == len(placed)
