"""The tables of the store that are not the log's."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

from audit.schema import Part

METADATA: Final = MetaData()
PART: Final = Part("store", 1, METADATA)

CATALOGUES = Table(
    "catalogues",
    METADATA,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("entry", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
"""Each apply: its epoch and the entry of the log that says so. The newest is in force."""

TEXTS = Table(
    "texts",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    Column("text", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Every file that was ever applied, once, by its SHA-256; kept for ever, since entries name flows by it."""

CATALOGUE_FILES = Table(
    "catalogue_files",
    METADATA,
    Column("epoch", ForeignKey(CATALOGUES.c.epoch), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("hash", ForeignKey(TEXTS.c.hash), nullable=False),
    sqlite_with_rowid=False,
)

SUSPENSIONS = Table(
    "suspensions",
    METADATA,
    Column("flow", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("entry", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Flows that are suspended now. They outlive each apply; only `resume` ends them."""

OPEN_CONSULTATIONS = Table(
    "open_consultations",
    METADATA,
    Column("consultation", Text, primary_key=True),
    Column("lease", Text, nullable=False),
    Column("failed", Text, nullable=False),
    Column("entry", Integer, nullable=False),
    Index("open_consultations_of_lease", "lease"),
    sqlite_with_rowid=False,
)
"""Intents without an outcome. `failed`: the counter of failed guesses that an interruption adds to, or ""."""

LEASES = Table(
    "leases",
    METADATA,
    Column("lease", Text, primary_key=True),
    Column("until", Float, nullable=False),
    sqlite_with_rowid=False,
)
"""Signs of life. `until`: seconds of the monotonic clock of this machine."""
