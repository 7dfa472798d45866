"""Many questions asked in few (`fidus.adapter.ManyAdapter.fetch_many`), as many at once as a source takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from fidus.errors import SourceError
from fidus.model import Answer, Query


async def in_parts(
    queries: Sequence[Query],
    most: int,
    ask: Callable[[Sequence[Query]], Awaitable[Sequence[Answer | SourceError]]],
) -> AsyncIterator[tuple[int, Answer | SourceError]]:
    """Each index once, as `ask` gives its answer with `most` questions at a time.

    What `ask` raises is the answer to its own part alone. It gives one answer for each question, in order.
    """
    for start in range(0, len(queries), most):
        part = queries[start : start + most]
        try:
            answers = await ask(part)
        except SourceError as error:
            answers = [error] * len(part)
        for index, answer in zip(range(start, start + len(part)), answers, strict=True):
            yield index, answer
