"""Many questions in few: each has its own answer, and one part's trouble is not another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._lib.many import in_parts
from fidus.errors import SourceError, SourceUnavailable
from fidus.model import Answer, Found, Query


def queries(count: int) -> list[Query]:
    return [Query("source/service", {"nth": nth}, ()) for nth in range(count)]


@given(count=st.integers(0, 30), most=st.integers(1, 9), bad=st.integers(0, 9))
def test_each_question_has_its_answer_once(count: int, most: int, bad: int) -> None:
    sizes: list[int] = []
    trouble = SourceUnavailable("source", "down")

    async def ask(part: Sequence[Query]) -> list[Answer | SourceError]:
        sizes.append(len(part))
        if len(sizes) - 1 == bad:
            raise trouble
        return [Found(dict(one.values), date(2026, 1, 1), ()) for one in part]

    async def story() -> dict[int, Answer | SourceError]:
        return {index: answer async for index, answer in in_parts(queries(count), most, ask)}

    got = asyncio.run(story())
    assert list(got) == list(range(count))
    assert all(0 < size <= most for size in sizes)
    for index, answer in got.items():
        if index // most == bad:
            assert answer is trouble
        else:
            assert isinstance(answer, Found)
            assert answer.fields == {"nth": index}


def test_an_answer_too_few_is_a_bug() -> None:
    async def ask(_: Sequence[Query]) -> list[Answer | SourceError]:
        return []

    async def story() -> None:
        async for _ in in_parts(queries(2), 2, ask):
            pass

    with pytest.raises(ValueError, match="shorter"):
        asyncio.run(story())
