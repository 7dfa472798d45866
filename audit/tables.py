"""The log's own tables. What they hold is fixed by formats.md §1 and the order of audit-log.md §8."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
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

METADATA: Final = MetaData()
NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both: SQLite's INTEGER has them."""
WORDS: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared byte by byte, as SQLite does: a new version of the system's collations, after which
PostgreSQL's own order is another, cannot damage an index of it."""


def _where(condition: str) -> Any:
    """Rows that an index holds."""
    return {f"{dialect}_where": text(condition) for dialect in ("sqlite", "postgresql")}


HEAD = Table(
    "head",
    METADATA,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("size", NUMBER, nullable=False),
    Column("epoch", NUMBER, nullable=False),
    Column("edge", LargeBinary, nullable=False),
)
"""One row, locked by each transaction that writes: size, policy epoch, right edge of the tree."""

ENTRIES = Table(
    "entries",
    METADATA,
    Column("index", NUMBER, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("consultation", WORDS),
    Column("institution", WORDS),
    Column("number", NUMBER),
    Column("flow", WORDS),
    Column("outcome", WORDS),
    Column("final", Boolean, nullable=False),
    Index("entry_of_number", "institution", "number", unique=True),
    Index("entry_of_flow", "flow", **_where("flow IS NOT NULL")),
)
"""`bytes` is the entry as hashed; the other columns repeat members of it, to be found by.

`final`: the outcome that ends its consultation (not one of its earlier parts)."""

Index("intent_of", ENTRIES.c.consultation, unique=True, **_where("kind = 'intent'"))
Index("outcome_of", ENTRIES.c.consultation, unique=True, **_where("final"))

NODES = Table(
    "nodes",
    METADATA,
    Column("level", NUMBER, primary_key=True),
    Column("n", NUMBER, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Roots of complete subtrees at levels 8, 16, 24 …; leaf hashes stand beside their entries."""

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    Column("size", NUMBER, primary_key=True, autoincrement=False),
    Column("note", WORDS, nullable=False),
)
"""The signed checkpoint of each group, and that of the empty log."""

TAGS = Table(
    "tags",
    METADATA,
    Column("epoch", NUMBER, primary_key=True),
    Column("tag", LargeBinary, primary_key=True),
    Column("entry", NUMBER, primary_key=True),
    Column("role", WORDS, primary_key=True),
    Index("tags_of_entry", "entry"),
    sqlite_with_rowid=False,
)

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", WORDS, primary_key=True),
    Column("value", NUMBER, nullable=False),
    Column("day", WORDS),
    Index("counters_of_day", "day"),
    sqlite_with_rowid=False,
)
"""`day`: the one in which the name ends; such a counter is forgotten two days later."""

FLAGS = Table(
    "flags",
    METADATA,
    Column("flag", WORDS, primary_key=True),
    Column("value", WORDS, nullable=False),
    sqlite_with_rowid=False,
)

NUMBERS = Table(
    "numbers",
    METADATA,
    Column("institution", WORDS, primary_key=True),
    Column("last", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""The last own number that each institution was given; outlives entries that retention removes."""

DATA_KEYS = Table(
    "data_keys",
    METADATA,
    Column("month", NUMBER, primary_key=True),
    Column("serial", NUMBER, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Wrapped data keys; the keys that wrap them are in the key store, never here. Month 0: tag keys."""
