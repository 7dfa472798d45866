"""Enterprises that direct others, each with the person who stands for it there.

Made from a chance of their own, after all else, so that nothing else in the world changes by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from mocks.enterprises import DIRECTOR, LEGAL, REPRESENTATIVE, Enterprise, Function

_SHARE = 0.12


def with_boards(random: Random, firms: Sequence[Enterprise]) -> Iterator[Enterprise]:
    """The same enterprises; some legal persons among those that go on are directed by another one, too.

    Its permanent representative is somebody who manages it.
    """
    able = [one for one in firms if one.kind == LEGAL and one.until is None]
    for one in firms:
        fits = one.kind == LEGAL and one.until is None and random.random() < _SHARE
        if not fits or (other := random.choice(able)) is one:
            yield one
            continue
        since = max(one.since, other.since)
        directing = Function(DIRECTOR, other.number, since)
        standing = Function(REPRESENTATIVE, other.functions[0].holder, since)
        yield replace(one, functions=(*one.functions, directing, standing))
