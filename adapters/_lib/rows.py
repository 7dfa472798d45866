"""From a source's JSON, checked against its contract, to ours: a table of columns for each service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from adapters._lib.codes import Codes

Read: TypeAlias = Callable[[Any, Codes], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One member of ours: `read` from what stands at `path` (dots nest), put at `to` (dots nest)."""

    to: str
    path: str
    read: Read


def at(row: Any, path: str) -> Any:
    """What stands at a dotted path, None where nothing does. `.` is the row itself."""
    if path == ".":
        return row
    for name in path.split("."):
        if not isinstance(row, Mapping) or name not in row:
            return None
        row = row[name]
    return row


def filled(row: Any, columns: Iterable[Column], codes: Codes) -> dict[str, Any]:
    """What the row holds of these columns; what is not there, or says nothing, is left out."""
    made: dict[str, Any] = {}
    for column in columns:
        found = at(row, column.path)
        value = None if found is None else column.read(found, codes)
        if value is not None and value != "" and value != {} and value != []:
            put(made, column.to, value)
    return made


def put(row: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path, making what lies above it."""
    *outer, last = path.split(".")
    for name in outer:
        row = row.setdefault(name, {})
    row[last] = value


def text(value: Any, _: Codes) -> str:
    """Text without blanks around it; a list of texts as one, with single blanks between."""
    return " ".join(value).strip() if isinstance(value, list) else str(value).strip()


def texts(value: Any, _: Codes) -> list[str]:
    """A list of texts, without those that say nothing."""
    return [stripped for one in value if (stripped := str(one).strip())]


def whole(value: Any, _: Codes) -> int:
    """A whole number."""
    return int(value)


def decimal(value: Any, _: Codes) -> float:
    """A number."""
    return float(value)


def flag(value: Any, _: Codes) -> bool:
    """Y or N."""
    return bool(value == "Y")


def coded(table: str) -> Read:
    """A bare code, explained by this table."""
    return lambda value, codes: codes.value(table, str(value)) if value != "" else None


def many_coded(table: str) -> Read:
    """A list of bare codes."""
    return lambda value, codes: [codes.value(table, str(one)) for one in value if one != ""]


def many(columns: Iterable[Column]) -> Read:
    """A list of objects; those that say nothing are left out."""
    table = tuple(columns)
    return lambda value, codes: [row for one in value if (row := filled(one, table, codes))]
