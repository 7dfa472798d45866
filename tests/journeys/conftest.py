"""One demonstration for all journeys of a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mocks.people import Person
from tests.journeys.journal import Journal, journal_of
from tests.journeys.trial import inhabitants, with_more_flows
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


@pytest.fixture(scope="session")
def trial(world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same demonstration with more flows (tests/journeys/trial.py)."""
    return with_more_flows(world, tmp_path_factory.mktemp("trial") / "flows")


@pytest.fixture(scope="session")
def journal(world: World) -> Iterator[Journal]:
    """The log of the demonstration, seals opened."""
    with journal_of(world.home) as journal:
        yield journal


@pytest.fixture(scope="session")
def people() -> Iterator[Person]:
    """`next(people)` is somebody whom no other test asks about."""
    return inhabitants()
