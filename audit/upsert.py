"""Inserting what may be there already: the one statement that each dialect has a construct of its own for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_Insert: TypeAlias = sqlite.Insert | postgresql.Insert
_INSERTS: Final[Mapping[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_new(connection: Connection, table: Table) -> Any:
    """The statement that inserts rows, but for those whose key is there already."""
    return _statement(connection.dialect.name, table).on_conflict_do_nothing()


def upsert(connection: Connection, table: Table, key: str, changed: str) -> Any:
    """The statement that inserts a row, or where its `key` is there already sets its column `changed`."""
    return _upsert(connection.dialect.name, table, key, changed)


@cache
def _upsert(dialect: str, table: Table, key: str, changed: str) -> Any:
    statement = _statement(dialect, table)
    return statement.on_conflict_do_update(index_elements=[key], set_={changed: statement.excluded[changed]})


def _statement(dialect: str, table: Table) -> _Insert:
    statement: _Insert = _INSERTS[dialect](table)
    return statement
