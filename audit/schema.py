"""Making a store, and knowing one: each part of it says which version its tables have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, insert, inspect, select

from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.connection import begin, commit, writing_engine
from audit.note import NoteKey
from audit.tables import CHECKPOINTS, HEAD, METADATA, SCHEMA, VERSION
from audit.tree import EMPTY_ROOT, Edge
from fidus.errors import ConfigurationFault, ConfigurationInvalid


@dataclass(frozen=True, slots=True)
class Part:
    """Tables that belong together, under one version."""

    name: str
    version: int
    tables: MetaData


LOG_PART: Final = Part("log", VERSION, METADATA)


def make_store(path: Path, key: NoteKey, parts: Sequence[Part]) -> None:
    """Make a store, for its owner alone, unless there is one: all tables and the signed checkpoint of the
    empty log, in one transaction. What a crash left without tables is made anew."""
    path.touch(mode=0o600)
    with writing_engine(path, create=True).connect() as connection:
        if not inspect(connection).get_table_names():
            connection.rollback()
            _fill(connection, key, parts)


def _fill(connection: Connection, key: NoteKey, parts: Sequence[Part]) -> None:
    begin(connection)
    for part in parts:
        part.tables.create_all(connection, checkfirst=False)
    connection.execute(insert(SCHEMA), [{"part": part.name, "version": part.version} for part in parts])
    connection.execute(insert(HEAD), {"id": 1, "size": 0, "epoch": 0, "edge": Edge().to_bytes()})
    note = sign_checkpoint(Checkpoint(key.name, 0, EMPTY_ROOT), key)
    connection.execute(insert(CHECKPOINTS), {"size": 0, "note": note})
    commit(connection)


def check_versions(connection: Connection, path: Path, parts: Iterable[Part]) -> None:
    """Raises ConfigurationInvalid unless the store has exactly these parts, in these versions."""
    found: dict[str, int] = {}
    if inspect(connection).has_table(SCHEMA.name):
        found = {row.part: row.version for row in connection.execute(select(SCHEMA))}
    wanted = {part.name: part.version for part in parts}
    faults = [
        ConfigurationFault(
            str(path),
            0,
            f"the part {name} of the store has version {found.get(name, 'none')}, this program needs "
            f"{wanted.get(name, 'none')}",
            "Use the program that made the store, or another home",
        )
        for name in sorted(found.keys() | wanted.keys())
        if found.get(name) != wanted.get(name)
    ]
    if faults:
        raise ConfigurationInvalid(tuple(faults))
