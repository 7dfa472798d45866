"""Inserting what may be there already: the one statement that each dialect has a construct of its own for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: Final[Mapping[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_new(connection: Connection, table: Table) -> Any:
    """The statement that inserts rows, but for those whose key is there already."""
    return _INSERTS[connection.dialect.name](table).on_conflict_do_nothing()
