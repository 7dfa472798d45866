"""Each adapter is measured beside a plain client of its source. Figures here mean nothing: too few calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.adapters import COMPARED, Cost, costs


@pytest.mark.slow
def test_each_adapter_and_its_plain_client_get_their_answer_and_cost_something(tmp_path: Path) -> None:
    found = costs(tmp_path / "home", rounds=1, calls=1)
    assert [one.service for one in found] == [one.service for one in COMPARED]
    assert all(one.adapter_ms > 0 and one.plain_ms > 0 for one in found)


def test_a_ratio_says_how_many_times_less_the_adapter_costs() -> None:
    assert Cost("a/b", "", adapter_ms=0.5, plain_ms=2.0).ratio == 4.0
