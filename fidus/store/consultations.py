"""Family `consultations`: intents that have no outcome yet, so that a crash leaves none without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, or_, select

from audit.direct import insert, tell
from audit.group import Applied
from fidus.store.schema import LEASES, OPEN_CONSULTATIONS

_CLOSE: Final = "DELETE FROM open_consultations WHERE consultation = ANY(?)"


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent without outcome. `entry`: its index in the log. `failed`: the counter of failed guesses
    that an interruption adds to, "" where nothing was to be guessed."""

    consultation: str
    lease: str
    failed: str
    entry: int


def apply(connection: Connection, applied: Sequence[Applied]) -> None:
    """`open` {consultation, lease, failed}, `close` {consultation}: closing one that is not open changes
    nothing. Raises ValueError for any other operation."""
    opened: dict[str, tuple[object, ...]] = {}
    closed: set[str] = set()
    for one in applied:
        if one.operation not in ("open", "close"):
            raise ValueError(f"The family consultations has no operation {one.operation}")
        name = one.row["consultation"]
        if one.operation == "close":
            closed.add(name)
            opened.pop(name, None)
        elif name in opened:
            raise ValueError("This consultation is open already")
        else:
            opened[name] = (name, one.row["lease"], one.row["failed"], one.placed.index)
    if closed:
        tell(connection, _CLOSE, sorted(closed))
    insert(connection, OPEN_CONSULTATIONS, list(opened.values()))


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
