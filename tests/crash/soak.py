"""How much of a long test is run: a slice that never changes in CI, all of it by `make soak`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from random import Random
from typing import Final, TypeVar

SOAK: Final = os.environ.get("FIDUS_SOAK") == "1"

_T = TypeVar("_T")


def sample(everything: Sequence[_T], count: int, seed: int) -> list[_T]:
    """All of it in a soak, else so many, in their order."""
    if SOAK:
        return list(everything)
    chosen = sorted(Random(seed).sample(range(len(everything)), min(count, len(everything))))
    return [everything[index] for index in chosen]
