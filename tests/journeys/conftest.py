"""One demonstration for all journeys of a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.world import World, start, stop


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running demonstration; faults are cleared by who sets them."""
    running = start(tmp_path_factory.mktemp("journey") / "home")
    try:
        yield running
    finally:
        ended = stop(running)
    assert ended == 0
