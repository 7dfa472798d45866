"""Alembic says from now on which revision the tables have: the table that said it before goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "log_0002"
down_revision = "log_0001"


def upgrade() -> None:
    """Drop `schema` where a former program made it."""
    if sa.inspect(op.get_bind()).has_table("schema"):
        op.drop_table("schema")
