"""The tables of the store that are not the log's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Double, ForeignKey, Index, LargeBinary, MetaData, Table

from audit.schema import Part
from audit.tables import NUMBER, WORDS

METADATA: Final = MetaData()
PART: Final = Part("store", METADATA, Path(__file__).parent / "migrations")

CATALOGUES = Table(
    "catalogues",
    METADATA,
    Column("epoch", NUMBER, primary_key=True, autoincrement=False),
    Column("entry", NUMBER, nullable=False),
    Column("at", WORDS, nullable=False),
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
    Column("epoch", NUMBER, ForeignKey(CATALOGUES.c.epoch), primary_key=True),
    Column("path", WORDS, primary_key=True),
    Column("hash", LargeBinary, ForeignKey(TEXTS.c.hash), nullable=False),
    sqlite_with_rowid=False,
)

SUSPENSIONS = Table(
    "suspensions",
    METADATA,
    Column("flow", WORDS, primary_key=True),
    Column("at", WORDS, nullable=False),
    Column("entry", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""Flows that are suspended now. They outlive each apply; only `resume` ends them."""

OPEN_CONSULTATIONS = Table(
    "open_consultations",
    METADATA,
    Column("consultation", WORDS, primary_key=True),
    Column("lease", WORDS, nullable=False),
    Column("failed", WORDS, nullable=False),
    Column("entry", NUMBER, nullable=False),
    Index("open_consultations_of_lease", "lease"),
    sqlite_with_rowid=False,
)
"""Intents without an outcome. `failed`: the counter of failed guesses that an interruption adds to, or ""."""

LEASES = Table(
    "leases",
    METADATA,
    Column("lease", WORDS, primary_key=True),
    Column("until", Double, nullable=False),
    sqlite_with_rowid=False,
)
"""Signs of life. `until`: seconds of the clock of fidus/store/leases.py."""
