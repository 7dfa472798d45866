"""Rows that may be there already, on each database."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import select

from audit.tables import FLAGS
from audit.upsert import insert_new

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore


def test_a_row_that_is_there_stays(any_store: LogStore) -> None:
    any_store.play(any_store.open(), lambda: asyncio.sleep(0))
    backend = any_store.backend()
    with closing(backend.connect(create=False)) as connection:
        backend.lock(connection)
        statement = insert_new(connection, FLAGS)
        connection.execute(statement, [{"flag": "a", "value": "1"}, {"flag": "b", "value": "1"}])
        connection.execute(insert_new(connection, FLAGS), {"flag": "a", "value": "2"})
        found = {row.flag: row.value for row in connection.execute(select(FLAGS))}
        connection.rollback()
        connection.invalidate()
    assert found == {"a": "1", "b": "1"}
