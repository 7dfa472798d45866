"""Family `catalogue`: which files are in force, all that ever were, and which flows are suspended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select

from audit.group import Applied, Placed
from audit.upsert import insert_new
from fidus.store.operation import Operation, perform
from fidus.store.schema import CATALOGUE_FILES, CATALOGUES, SUSPENSIONS, TEXTS

_APPLIED = select(CATALOGUES).order_by(CATALOGUES.c.epoch)
_FILES = select(CATALOGUE_FILES.c.path, TEXTS.c.text).join_from(CATALOGUE_FILES, TEXTS)


@dataclass(frozen=True, slots=True)
class StoredCatalogue:
    """What is in force. `digest` b"" and no files: nothing was applied yet. `files`: path -> bytes.
    `suspended`: flow -> since when (UTC, as in entries)."""

    digest: bytes
    files: Mapping[str, bytes] = field(repr=False)
    suspended: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AppliedCatalogue:
    """One apply of the past or the present: its epoch, the entry that says so, when, and what."""

    epoch: int
    entry: int
    at: str
    digest: bytes


def apply(connection: Connection, applied: Sequence[Applied]) -> None:
    """`apply` {digest (hex), files {path: text}, at}, `suspend` and `resume` {flow, at}.

    Raises ValueError for any other operation.
    """
    perform("catalogue", _OPERATIONS, connection, applied)


def load(connection: Connection) -> StoredCatalogue:
    """What is in force now."""
    newest = connection.execute(select(func.max(CATALOGUES.c.epoch))).scalar()
    suspensions = connection.execute(select(SUSPENSIONS.c.flow, SUSPENSIONS.c.at))
    suspended = {row.flow: row.at for row in suspensions}
    if newest is None:
        return StoredCatalogue(b"", {}, suspended)
    digest = connection.execute(select(CATALOGUES.c.digest).where(CATALOGUES.c.epoch == newest)).scalar_one()
    return StoredCatalogue(digest, files_of(connection, newest), suspended)


def applied(connection: Connection) -> list[AppliedCatalogue]:
    """Every apply, oldest first."""
    return [
        AppliedCatalogue(row.epoch, row.entry, row.at, row.digest) for row in connection.execute(_APPLIED)
    ]


def files_of(connection: Connection, epoch: int) -> dict[str, bytes]:
    """The files that came in force with this epoch, path -> bytes; none if it is no apply's."""
    rows = connection.execute(_FILES.where(CATALOGUE_FILES.c.epoch == epoch).order_by(CATALOGUE_FILES.c.path))
    return {row.path: row.text for row in rows}


def text_of(connection: Connection, sha256: bytes) -> bytes | None:
    """The bytes of a file that was ever applied, as an entry's `flowDigest` names it; None if none was."""
    return connection.execute(select(TEXTS.c.text).where(TEXTS.c.hash == sha256)).scalar()


def _apply(connection: Connection, row: Mapping[str, Any], placed: Placed) -> None:
    texts = {path: text.encode("utf-8") for path, text in row["files"].items()}
    hashes = {path: hashlib.sha256(text).digest() for path, text in texts.items()}
    connection.execute(
        insert(CATALOGUES),
        {
            "epoch": placed.epoch,
            "entry": placed.index,
            "at": row["at"],
            "digest": bytes.fromhex(row["digest"]),
        },
    )
    if texts:
        connection.execute(
            insert_new(connection, TEXTS),
            [{"hash": hashes[path], "text": text} for path, text in texts.items()],
        )
        connection.execute(
            insert(CATALOGUE_FILES),
            [{"epoch": placed.epoch, "path": path, "hash": found} for path, found in hashes.items()],
        )


def _suspend(connection: Connection, row: Mapping[str, Any], placed: Placed) -> None:
    connection.execute(insert(SUSPENSIONS), {"flow": row["flow"], "at": row["at"], "entry": placed.index})


def _resume(connection: Connection, row: Mapping[str, Any], _placed: Placed) -> None:
    connection.execute(delete(SUSPENSIONS).where(SUSPENSIONS.c.flow == row["flow"]))


_OPERATIONS: Final[Mapping[str, Operation]] = {"apply": _apply, "suspend": _suspend, "resume": _resume}
