"""Family `leases`: which processes live, by one clock for all of them: the database server's.

On SQLite, which one process writes, it is this machine's monotonic one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from audit.group import Applied, Placed
from fidus.store.operation import Operation, perform
from fidus.store.schema import LEASES


def apply(connection: Connection, applied: Sequence[Applied]) -> None:
    """`take` and `renew` {lease, seconds}, `end` {lease}. Raises ValueError for any other operation, and for
    renewing a lease that was ended."""
    perform("leases", _OPERATIONS, connection, applied)


def lapsed(connection: Connection, now: float | None = None) -> list[str]:
    """The leases that were not renewed in time. `now`: seconds of their clock; None: as of now.

    After a restart of the machine a monotonic clock begins anew, and leases from before may seem alive: who
    holds the lock of an SQLite store knows that all but its own are gone.
    """
    at = clock(connection) if now is None else now
    rows = connection.execute(select(LEASES.c.lease).where(LEASES.c.until < at).order_by(LEASES.c.lease))
    return list(rows.scalars())


def living(connection: Connection) -> int:
    """How many leases are alive."""
    alive = select(func.count()).select_from(LEASES).where(LEASES.c.until >= clock(connection))
    return connection.execute(alive).scalar_one()


def clock(connection: Connection) -> float:
    """Seconds, of the clock by which leases lapse."""
    if connection.dialect.name == "sqlite":
        return time.monotonic()
    # Not the moment at which the transaction began: it may have waited for its turn since.
    return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())


def all_leases(connection: Connection) -> list[str]:
    """Every lease that was taken and not ended."""
    return list(connection.execute(select(LEASES.c.lease).order_by(LEASES.c.lease)).scalars())


def _take(connection: Connection, row: Mapping[str, Any], _placed: Placed) -> None:
    connection.execute(insert(LEASES), {"lease": row["lease"], "until": _until(connection, row)})


def _renew(connection: Connection, row: Mapping[str, Any], _placed: Placed) -> None:
    statement = update(LEASES).where(LEASES.c.lease == row["lease"])
    if connection.execute(statement, {"until": _until(connection, row)}).rowcount != 1:
        raise ValueError("This lease was ended; take a new one")


def _end(connection: Connection, row: Mapping[str, Any], _placed: Placed) -> None:
    connection.execute(delete(LEASES).where(LEASES.c.lease == row["lease"]))


def _until(connection: Connection, row: Mapping[str, Any]) -> float:
    return clock(connection) + float(row["seconds"])


_OPERATIONS: Final[Mapping[str, Operation]] = {"take": _take, "renew": _renew, "end": _end}
