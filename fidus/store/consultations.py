"""Family `consultations`: intents that have no outcome yet, so that a crash leaves none without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from audit.group import Placed
from fidus.store.operation import Operation, perform
from fidus.store.schema import LEASES, OPEN_CONSULTATIONS

_OPEN: Final = insert(OPEN_CONSULTATIONS)
_CLOSE: Final = delete(OPEN_CONSULTATIONS).where(OPEN_CONSULTATIONS.c.consultation == bindparam("closed"))


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent without outcome. `entry`: its index in the log. `failed`: the counter of failed guesses
    that an interruption adds to, "" where nothing was to be guessed."""

    consultation: str
    lease: str
    failed: str
    entry: int


def apply(connection: Connection, operation: str, row: Mapping[str, Any], placed: Placed) -> None:
    """`open` {consultation, lease, failed}, `close` {consultation}: closing one that is not open changes
    nothing. Raises ValueError for any other operation."""
    perform("consultations", _OPERATIONS, connection, operation, row, placed)


def open_intents(connection: Connection, lease: str | None = None) -> list[OpenIntent]:
    """Those of one lease, or all; oldest first."""
    statement = select(OPEN_CONSULTATIONS).order_by(OPEN_CONSULTATIONS.c.entry)
    if lease is not None:
        statement = statement.where(OPEN_CONSULTATIONS.c.lease == lease)
    rows = connection.execute(statement)
    return [OpenIntent(row.consultation, row.lease, row.failed, row.entry) for row in rows]


def left_behind(connection: Connection, own: str) -> list[OpenIntent]:
    """Those that no other process works on: under the lease `own`, or under one that was ended; oldest
    first."""
    lease = OPEN_CONSULTATIONS.c.lease
    gone = or_(lease == own, lease.not_in(select(LEASES.c.lease)))
    rows = connection.execute(select(OPEN_CONSULTATIONS).where(gone).order_by(OPEN_CONSULTATIONS.c.entry))
    return [OpenIntent(row.consultation, row.lease, row.failed, row.entry) for row in rows]


def _open(connection: Connection, row: Mapping[str, Any], placed: Placed) -> None:
    values = {name: row[name] for name in ("consultation", "lease", "failed")}
    connection.execute(_OPEN, {**values, "entry": placed.index})


def _close(connection: Connection, row: Mapping[str, Any], _placed: Placed) -> None:
    connection.execute(_CLOSE, {"closed": row["consultation"]})


_OPERATIONS: Final[Mapping[str, Operation]] = {"open": _open, "close": _close}
