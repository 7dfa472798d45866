"""The log's own tables. What they hold is fixed by formats.md §1 and the order of audit-log.md §8."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

VERSION: Final = 1
METADATA: Final = MetaData()

SCHEMA = Table(
    "schema",
    METADATA,
    Column("part", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)
"""Which part of the store has which version of its tables."""

HEAD = Table(
    "head",
    METADATA,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("edge", LargeBinary, nullable=False),
)
"""One row, locked by each transaction that writes: size, policy epoch, right edge of the tree."""

ENTRIES = Table(
    "entries",
    METADATA,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("consultation", Text),
    Column("institution", Text),
    Column("number", Integer),
    Column("flow", Text),
    Column("outcome", Text),
    Column("final", Boolean, nullable=False),
    Index("entry_of_number", "institution", "number", unique=True),
    Index("entry_of_flow", "flow", sqlite_where=text("flow IS NOT NULL")),
)
"""`bytes` is the entry as hashed; the other columns repeat members of it, to be found by.

`final`: the outcome that ends its consultation (not one of its earlier parts)."""

Index("intent_of", ENTRIES.c.consultation, unique=True, sqlite_where=text("kind = 'intent'"))
Index("outcome_of", ENTRIES.c.consultation, unique=True, sqlite_where=text("final"))

NODES = Table(
    "nodes",
    METADATA,
    Column("level", Integer, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Roots of complete subtrees at levels 8, 16, 24 …; leaf hashes stand beside their entries."""

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
"""The signed checkpoint of each group, and that of the empty log."""

TAGS = Table(
    "tags",
    METADATA,
    Column("epoch", Integer, primary_key=True),
    Column("tag", LargeBinary, primary_key=True),
    Column("entry", Integer, primary_key=True),
    Column("role", Text, primary_key=True),
    Index("tags_of_entry", "entry"),
    sqlite_with_rowid=False,
)

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
    Column("day", Text),
    Index("counters_of_day", "day"),
    sqlite_with_rowid=False,
)
"""`day`: the one in which the name ends; such a counter is forgotten two days later."""

FLAGS = Table(
    "flags",
    METADATA,
    Column("flag", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

NUMBERS = Table(
    "numbers",
    METADATA,
    Column("institution", Text, primary_key=True),
    Column("last", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The last own number that each institution was given; outlives entries that retention removes."""

DATA_KEYS = Table(
    "data_keys",
    METADATA,
    Column("month", Integer, primary_key=True),
    Column("serial", Integer, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Wrapped data keys; the keys that wrap them are in the key store, never here. Month 0: tag keys."""
