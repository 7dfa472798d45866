"""Pairs of refusals are asked and judged. How alike they are is for the bench to say, by a quiet machine."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bench.refusals import PAIRS, SURE, judge, main, measure


def series(seed: int, shift: float = 0.0) -> list[float]:
    """A thousand times with a long tail, as servers have."""
    draw = Random(seed)
    return [3.0 + shift + draw.expovariate(1.0) for _ in range(1000)]


def test_two_series_of_one_kind_are_alike() -> None:
    judged = [judge("a / b", series(seed), series(1000 + seed), seed) for seed in range(5)]
    assert sum(one.differs for one in judged) <= 1  # by chance one of a hundred
    assert max(one.noise_ms for one in judged) < 0.2


def test_a_difference_beyond_the_noise_is_told() -> None:
    judged = judge("a / b", series(1, shift=0.3), series(2), 3)
    assert judged.differs
    assert judged.chance < SURE
    assert judged.difference_ms > judged.noise_ms
    assert judge("b / a", series(2), series(1, shift=0.3), 3).difference_ms < 0


@pytest.mark.slow
def test_each_pair_is_asked_of_a_real_hub(tmp_path: Path) -> None:
    judged = measure(tmp_path, pairs=4, seed=1, institutions=3)
    assert len(judged) == len(PAIRS) == 3
    for one in judged:
        assert len(one.first) == len(one.second) == 4
        assert min(*one.first, *one.second) > 0


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert main(["--home", str(tmp_path)]) == 2
    assert (tmp_path / "mine").exists()
