"""Statements that every group of the log runs, handed to the driver itself, many rows at a time.

Why not by SQLAlchemy like all others (docs/performance.md): of a statement that SQLite answers in 5 µs its
part takes 55. And `executemany` lets go of the interpreter at each row and waits to have it back, behind all
other threads; here a group's rows go in few statements, whose texts the driver has prepared already.

Statements are written with `?` for a value and `= ANY(?)` for any of a list, in words that both databases
have. Whoever calls is in a transaction of the connection's already. Errors are raised as SQLAlchemy does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

_MOST: Final = 64  # rows of one statement


def ask(connection: Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a question."""
    rows: list[tuple[Any, ...]] = _run(connection, statement, values).fetchall()
    return rows


def tell(connection: Connection, statement: str, *values: object) -> None:
    """Change something."""
    _run(connection, statement, values)


def insert(
    connection: Connection, table: Table, rows: Sequence[tuple[object, ...]], *, replacing: str = ""
) -> None:
    """Rows with a value for each column of the table, in order. `replacing`: the column that is set where
    the key, which is the first one, is there already; no key twice in `rows`."""
    start = 0
    while start < len(rows):
        # Powers of two: whatever the size of a group, a handful of texts that stay prepared.
        count = min(_MOST, 1 << ((len(rows) - start).bit_length() - 1))
        part = rows[start : start + count]
        _run(connection, _insert(table, count, replacing), [value for row in part for value in row])
        start += count


def _run(connection: Connection, statement: str, values: Sequence[object]) -> Any:
    dialect = connection.dialect
    raw: Any = connection.connection.driver_connection
    if dialect.name == "sqlite":
        values = [json.dumps(value) if isinstance(value, list) else value for value in values]
    try:
        return raw.execute(_spelled(dialect.name, statement), values)
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, raw, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost
        ) from error


@cache
def _spelled(dialect: str, statement: str) -> str:
    if dialect == "sqlite":
        return statement.replace("= ANY(?)", "IN (SELECT value FROM json_each(?))")
    return statement.replace("?", "%s")


@cache
def _insert(table: Table, rows: int, replacing: str) -> str:
    names = [f'"{column.name}"' for column in table.columns]
    row = f"({', '.join('?' * len(names))})"
    values = ", ".join([row] * rows)
    text = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {values}"  # noqa: S608 - names of our own
    if replacing:
        text += f" ON CONFLICT ({names[0]}) DO UPDATE SET {replacing} = excluded.{replacing}"
    return text
