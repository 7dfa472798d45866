"""A table beside the log's, for tests: what audit.tables knows nothing of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "rows_0001"
down_revision = None
branch_labels = ("rows",)


def upgrade() -> None:
    op.create_table(
        "rows", sa.Column("name", sa.Text, primary_key=True), sa.Column("place", sa.Text, nullable=True)
    )
