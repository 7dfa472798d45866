"""One source for all crash tests of a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A source that runs, and homes that know it."""
    made = World(tmp_path_factory.mktemp("crash"))
    try:
        yield made
    finally:
        made.stop()
