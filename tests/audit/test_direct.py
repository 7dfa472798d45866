"""Statements for the driver itself do on each database what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, ProgrammingError

from audit import direct
from audit.connection import is_trouble
from audit.direct import ask, insert, tell
from audit.tables import COUNTERS, FLAGS

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore


@pytest.fixture
def connection(any_store: LogStore) -> Iterator[Connection]:
    """In a transaction that is never committed."""
    any_store.play(any_store.open(), lambda: asyncio.sleep(0))
    backend = any_store.backend()
    with closing(backend.connect(create=False)) as connection:
        backend.lock(connection)
        yield connection
        connection.rollback()
        connection.invalidate()


def counted(connection: Connection) -> list[tuple[object, ...]]:
    return ask(connection, "SELECT name, value, day FROM counters ORDER BY value")


@pytest.mark.parametrize("count", [0, 1, 2, 7, 64, 65, 200])
def test_any_number_of_rows_is_inserted(connection: Connection, count: int) -> None:
    rows = [(f"name-{n}", n, None if n % 2 else "2026-10-05") for n in range(count)]
    insert(connection, COUNTERS, rows)
    assert counted(connection) == rows


def test_all_sizes_of_groups_share_few_texts(connection: Connection) -> None:
    direct._insert.cache_clear()
    for count in range(1, 150):
        insert(connection, FLAGS, [(f"{count}-{n}", "x") for n in range(count)])
    assert direct._insert.cache_info().currsize == 7


def test_rows_that_are_there_are_replaced_on_request_only(connection: Connection) -> None:
    insert(connection, COUNTERS, [("a", 1, "2026-10-05"), ("b", 2, None)])
    insert(connection, COUNTERS, [("b", 3, "2026-10-06"), ("c", 4, None)], replacing="value")
    assert counted(connection) == [("a", 1, "2026-10-05"), ("b", 3, None), ("c", 4, None)]
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        insert(connection, COUNTERS, [("a", 1, None)])


@pytest.mark.parametrize("names", [[], ["a"], ["a", "c", "it's", '"', "\u00e9", "absent"]])
def test_a_list_stands_for_any_of_its_names(connection: Connection, names: list[str]) -> None:
    stored = ["a", "b", "c", "it's", '"', "\u00e9"]
    insert(connection, FLAGS, [(name, "x") for name in stored])
    found = {name for (name,) in ask(connection, "SELECT flag FROM flags WHERE flag = ANY(?)", names)}
    assert found == set(names) - {"absent"}
    tell(connection, "DELETE FROM flags WHERE flag = ANY(?)", names)
    assert {name for (name,) in ask(connection, "SELECT flag FROM flags")} == set(stored) - found


def test_errors_are_sqlalchemys_and_hide_what_was_written(connection: Connection) -> None:
    insert(connection, FLAGS, [("a-secret", "x")])
    with pytest.raises(IntegrityError) as caught:
        insert(connection, FLAGS, [("a-secret", "y")])
    assert "a-secret" not in str(caught.value)
    assert not is_trouble(caught.value)


def test_a_statement_that_is_wrong_is_no_trouble_of_the_store(connection: Connection) -> None:
    with pytest.raises(ProgrammingError) as caught:
        tell(connection, "UPDATE head SET size = ?, epoch = ?", 1)
    assert not is_trouble(caught.value)
