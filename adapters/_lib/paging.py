"""Answers that come in pages, followed to their end within limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from fidus.errors import SourceAnswerInvalid

MAX_PAGES: Final = 100


class TooMany(Exception):
    """The source says that it has more items than are taken."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `after`: the cursor at which the next one begins, None on the last. `total`: how many items
    all pages have, where the source says so."""

    items: tuple[Any, ...]
    after: str | None
    total: int | None = None


async def all_items(
    source: str, read: Callable[[str | None], Awaitable[Page]], *, most: int, pages: int = MAX_PAGES
) -> tuple[Any, ...]:
    """Every item of every page, in the source's order.

    `read` gives the page that begins at a cursor, None for the first. Raises what it raises, and
    SourceAnswerInvalid where a cursor comes twice or more than `most` items or `pages` pages come: half of
    a list would look like all of it.
    """
    items: list[Any] = []
    total: int | None = None
    seen: set[str] = set()
    after: str | None = None
    for _ in range(pages):
        page = await read(after)
        total = page.total if total is None else total
        if total is not None and total > most:
            raise TooMany
        items.extend(page.items)
        if len(items) > most:
            raise SourceAnswerInvalid(source, "the list is longer than is taken")
        if page.after is None and total is not None and len(items) < total:
            raise SourceAnswerInvalid(source, "the list is shorter than it says")
        if page.after is None:
            return tuple(items)
        if page.after in seen:
            raise SourceAnswerInvalid(source, "its pages go in a circle")
        seen.add(page.after)
        after = page.after
    raise SourceAnswerInvalid(source, "the list has more pages than are taken")
