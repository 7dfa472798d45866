"""How a family's applier finds the function for an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection

from audit.group import Applied, Placed

Operation: TypeAlias = Callable[[Connection, Mapping[str, Any], Placed], None]


def perform(
    family: str, operations: Mapping[str, Operation], connection: Connection, applied: Sequence[Applied]
) -> None:
    """Do them one by one. Raises ValueError for an operation that the family does not have."""
    for one in applied:
        function = operations.get(one.operation)
        if function is None:
            raise ValueError(f"The family {family} has no operation {one.operation}")
        function(connection, one.row, one.placed)
