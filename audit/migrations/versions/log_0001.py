"""The tables of the log as they were before there were revisions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "log_0001"
down_revision = None
branch_labels = ("log",)

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _where(condition: str) -> Any:
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}


def upgrade() -> None:
    """Make all of them; `schema`, which said which version each part of the store had, is not made anew."""
    _tree()
    _beside()


def _tree() -> None:
    op.create_table(
        "head",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("epoch", NUMBER, nullable=False),
        sa.Column("edge", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("index", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("at", WORDS, nullable=False),
        sa.Column("consultation", WORDS),
        sa.Column("institution", WORDS),
        sa.Column("number", NUMBER),
        sa.Column("flow", WORDS),
        sa.Column("outcome", WORDS),
        sa.Column("final", sa.Boolean, nullable=False),
    )
    op.create_index("entry_of_number", "entries", ["institution", "number"], unique=True)
    op.create_index("entry_of_flow", "entries", ["flow"], **_where("flow IS NOT NULL"))
    op.create_index("intent_of", "entries", ["consultation"], unique=True, **_where("kind = 'intent'"))
    op.create_index("outcome_of", "entries", ["consultation"], unique=True, **_where("final"))
    op.create_table(
        "nodes",
        sa.Column("level", NUMBER, primary_key=True),
        sa.Column("n", NUMBER, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("note", WORDS, nullable=False),
    )


def _beside() -> None:
    op.create_table(
        "tags",
        sa.Column("epoch", NUMBER, primary_key=True),
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        sa.Column("entry", NUMBER, primary_key=True),
        sa.Column("role", WORDS, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("tags_of_entry", "tags", ["entry"])
    op.create_table(
        "counters",
        sa.Column("name", WORDS, primary_key=True),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("day", WORDS),
        sqlite_with_rowid=False,
    )
    op.create_index("counters_of_day", "counters", ["day"])
    _named("flags", "flag", sa.Column("value", WORDS, nullable=False))
    _named("numbers", "institution", sa.Column("last", NUMBER, nullable=False))
    op.create_table(
        "data_keys",
        sa.Column("month", NUMBER, primary_key=True),
        sa.Column("serial", NUMBER, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _named(table: str, name: str, value: sa.Column[Any]) -> None:
    op.create_table(table, sa.Column(name, WORDS, primary_key=True), value, sqlite_with_rowid=False)
