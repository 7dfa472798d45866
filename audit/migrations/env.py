"""How Alembic runs revisions here: on the connection and within the transaction of audit/schema.py."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
