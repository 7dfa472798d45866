"""A slow copy of a source takes nothing of the first one's gate. How fast it is, is for the bench to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.slow_neighbour import COPY, Plan, slow_neighbour
from bench.world import SLUG

pytestmark = pytest.mark.slow


def test_no_place_at_the_first_source_is_held_by_callers_of_its_slow_copy(tmp_path: Path) -> None:
    told = slow_neighbour(tmp_path, Plan(clients=3, seconds=2, neighbours=12, answer_s=30))
    first, copy = told.gates[SLUG], told.gates[COPY]
    assert (copy["underWay"], copy["waiting"]) == (12, 0)
    assert first["underWay"] <= 3
    assert (first["waiting"], first["full"], first["state"]) == (0, 0, "closed")
    assert told.answers > 0
    assert told.ratio > 0
