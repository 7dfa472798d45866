"""How a family's applier finds the function for an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Connection

from audit.group import Placed

Operation: TypeAlias = Callable[[Connection, Mapping[str, Any], Placed], None]


def perform(
    family: str,
    operations: Mapping[str, Operation],
    connection: Connection,
    operation: str,
    row: Mapping[str, Any],
    placed: Placed,
) -> None:
    """Do it. Raises ValueError for an operation that the family does not have."""
    function = operations.get(operation)
    if function is None:
        raise ValueError(f"The family {family} has no operation {operation}")
    function(connection, row, placed)
