"""Pages are followed to their end, and never without end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from adapters._lib.paging import Page, TooMany, all_items
from fidus.errors import SourceAnswerInvalid


def read(pages: Sequence[Page], most: int = 100, limit: int = 10) -> tuple[object, ...]:
    asked: list[str | None] = []

    async def one(after: str | None) -> Page:
        asked.append(after)
        return pages[len(asked) - 1]

    items = asyncio.run(all_items("source", one, most=most, pages=limit))
    assert asked == [None, *(page.after for page in pages[: len(asked) - 1])]
    return items


def test_all_items_come_in_order() -> None:
    assert read([Page((1, 2), "a"), Page((), "b"), Page((3,), None)]) == (1, 2, 3)


def test_an_empty_list_is_an_answer() -> None:
    assert read([Page((), None)]) == ()


@pytest.mark.parametrize(
    ("pages", "most", "limit", "why"),
    [
        pytest.param([Page((1,), "a"), Page((2,), "a"), Page((3,), None)], 9, 9, "circle", id="same-cursor"),
        pytest.param([Page((1, 2, 3), None)], 2, 9, "longer", id="too-many-items"),
        pytest.param([Page((1, 2), "a", 4), Page((3,), None, 3)], 9, 9, "shorter", id="fewer-than-it-says"),
        pytest.param(
            [Page((1,), "a"), Page((2,), "b"), Page((3,), None)], 9, 2, "more pages", id="too-many-pages"
        ),
    ],
)
def test_half_a_list_is_never_given(pages: list[Page], most: int, limit: int, why: str) -> None:
    with pytest.raises(SourceAnswerInvalid, match=why):
        read(pages, most, limit)


def test_a_list_of_which_the_source_says_that_it_is_longer_is_not_asked_on() -> None:
    with pytest.raises(TooMany):
        read([Page((1,), "a", 10)], most=9)
    assert read([Page((1, 2), None, 2)], most=2) == (1, 2)
