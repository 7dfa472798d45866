"""Lists in pages. A cursor `plate_timestamp` is a place in the order of a list, not an item of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from mocks.div.registrations import stamp
from mocks.openapi import Wrong

T = TypeVar("T")
_CURSOR = re.compile(r"([A-Z0-9]{1,10})_(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: by time, and by plate within the same second."""

    moment: datetime
    plate: str

    def cursor(self) -> str:
        """The place as a caller repeats it."""
        return f"{self.plate}_{stamp(self.moment)}"

    @classmethod
    def read(cls, cursor: str) -> Place:
        """The place of a cursor. Raises Wrong."""
        found = _CURSOR.fullmatch(cursor)
        try:
            return cls(datetime.fromisoformat(found[2]), found[1]) if found else _unread()
        except ValueError:
            return _unread()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of `total`; `after`: the cursor of the next page, None on the last."""

    items: Sequence[T]
    total: int
    after: str | None


def page(
    items: Sequence[T],
    place: Callable[[T], Place],
    size: int,
    cursor: str | None,
    *,
    newest_first: bool = False,
) -> Page[T]:
    """The page behind a cursor, or the first. Raises Wrong for a cursor that is none."""
    after = None if cursor is None else Place.read(cursor)

    def order(where: Place) -> tuple[float, str]:
        seconds = where.moment.timestamp()
        return (-seconds if newest_first else seconds, where.plate)

    sorted_ = sorted(items, key=lambda one: order(place(one)))
    rest = [one for one in sorted_ if after is None or order(place(one)) > order(after)]
    shown = rest[:size]
    return Page(shown, len(items), place(shown[-1]).cursor() if len(rest) > size else None)


def _unread() -> Place:
    raise Wrong(("query parameter after: is not the cursor of a page",))
