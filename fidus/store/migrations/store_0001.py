"""The tables of the store beside the log's, as they were before there were revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "store_0001"
down_revision = None
branch_labels = ("store",)

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make all of them."""
    _catalogue()
    _processes()


def _catalogue() -> None:
    op.create_table(
        "catalogues",
        sa.Column("epoch", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("entry", NUMBER, nullable=False),
        sa.Column("at", WORDS, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "texts",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "catalogue_files",
        sa.Column("epoch", NUMBER, sa.ForeignKey("catalogues.epoch"), primary_key=True),
        sa.Column("path", WORDS, primary_key=True),
        sa.Column("hash", sa.LargeBinary, sa.ForeignKey("texts.hash"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suspensions",
        sa.Column("flow", WORDS, primary_key=True),
        sa.Column("at", WORDS, nullable=False),
        sa.Column("entry", NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )


def _processes() -> None:
    op.create_table(
        "open_consultations",
        sa.Column("consultation", WORDS, primary_key=True),
        sa.Column("lease", WORDS, nullable=False),
        sa.Column("failed", WORDS, nullable=False),
        sa.Column("entry", NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("open_consultations_of_lease", "open_consultations", ["lease"])
    op.create_table(
        "leases",
        sa.Column("lease", WORDS, primary_key=True),
        sa.Column("until", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
