"""Making a store, and bringing one up to this program: Alembic runs the revisions that its tables lack.

Each part of the store has revisions of its own, `<part>_<four digits>`, in a folder of its own. Everything
happens in one transaction of the store: a crash leaves the former tables or the new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, inspect, select

from audit.backend import Backend
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.connection import commit
from audit.direct import ask
from audit.head import LogBroken
from audit.note import NoteKey
from audit.tables import CHECKPOINTS, HEAD, METADATA
from audit.tree import EMPTY_ROOT, Edge
from fidus.errors import ConfigurationFault, ConfigurationInvalid

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_FORMER: Final = Table("schema", MetaData(), Column("part", Text), Column("version", Integer))
_REVISIONS: Final = "SELECT version_num FROM alembic_version"
_APPLIED: Final = Table("alembic_version", MetaData(), Column("version_num", Text))


@dataclass(frozen=True, slots=True)
class Part:
    """Tables that belong together. `revisions`: the folder of the revisions that make them."""

    name: str
    tables: MetaData
    revisions: Path


LOG_PART: Final = Part("log", METADATA, _MIGRATIONS / "versions")


def bring_up(
    connection: Connection, backend: Backend, parts: Sequence[Part], key: NoteKey, create: bool
) -> frozenset[str]:
    """Bring the tables up to this program; give their revisions. With `create` make those of an empty store,
    with the signed checkpoint of the empty log.

    Raises ConfigurationInvalid for a store that is empty, a newer program's or another's.
    """
    config = _config(tuple(part.revisions for part in parts))
    script = ScriptDirectory.from_config(config)
    needed, known = frozenset(script.get_heads()), {one.revision for one in script.walk_revisions()}
    applied = _applied(connection)
    connection.rollback()
    if applied != needed:
        backend.lock_tables(connection)
        applied = _applied(connection)  # another process may have been first
        if faults := _faults(backend.where, applied, known, create):
            connection.rollback()
            raise ConfigurationInvalid(faults)
        _upgrade(connection, config)
        if not applied:
            _fill(connection, key)
        commit(connection)
    return needed


def require_revisions(connection: Connection, needed: frozenset[str]) -> None:
    """Raises LogBroken unless the tables still have these revisions: another process may change them."""
    if frozenset(name for (name,) in ask(connection, _REVISIONS)) != needed:
        raise LogBroken(
            "The tables of the store were changed by another version of this program. Start the version that"
            " belongs to them"
        )


@cache
def _config(revisions: tuple[Path, ...]) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in revisions))
    return config


def _applied(connection: Connection) -> frozenset[str]:
    """The newest revisions of the store's parts; none where it is empty."""
    tables = set(inspect(connection).get_table_names())
    if _APPLIED.name in tables:
        return frozenset(connection.execute(select(_APPLIED.c.version_num)).scalars())
    if _FORMER.name in tables:  # before there were revisions, each part had a version
        return frozenset(f"{row.part}_{row.version:04}" for row in connection.execute(select(_FORMER)))
    return frozenset({"foreign"} if tables else ())


def _faults(
    where: str, applied: frozenset[str], known: set[str], create: bool
) -> tuple[ConfigurationFault, ...]:
    if not applied and not create:
        problem = "the store is empty"
        return (ConfigurationFault(where, 0, problem, "Put back the store of this home"),)
    return tuple(
        ConfigurationFault(
            where,
            0,
            "the store holds other tables than a log's"
            if revision == "foreign"
            else f"the store has tables of the revision {revision}, which this program does not know",
            "Name another database"
            if revision == "foreign"
            else "Use the program that made them, which is newer or another, or a store from before",
        )
        for revision in sorted(applied - known)
    )


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    try:
        if _APPLIED.name not in inspect(connection).get_table_names():
            for revision in sorted(_applied(connection)):
                command.stamp(config, revision)
        command.upgrade(config, "heads")
    finally:
        del config.attributes["connection"]


def _fill(connection: Connection, key: NoteKey) -> None:
    connection.execute(insert(HEAD), {"id": 1, "size": 0, "epoch": 0, "edge": Edge().to_bytes()})
    note = sign_checkpoint(Checkpoint(key.name, 0, EMPTY_ROOT), key)
    connection.execute(insert(CHECKPOINTS), {"size": 0, "note": note})
