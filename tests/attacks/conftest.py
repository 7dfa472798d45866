"""One hub under attack for each kind of store, for all attacks of a test process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.attacks.hub import SERVICES, Attacked, attacked
from tests.attacks.short import short_tempered
from tests.journeys.alone import Alone
from tests.postgres import Cluster


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def under(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """The hub, which has answered a good question of each service once."""
    with (
        database_of(request) as database,
        attacked(tmp_path_factory.mktemp("attacked") / "home", database) as hub,
    ):
        for service in SERVICES:
            until = time.monotonic() + 30  # what is done once, by hub and mock, may take its time
            while (told := hub.ask(service)).status != 200:
                assert time.monotonic() < until, told.text
        yield hub


@contextmanager
def database_of(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An address in PostgreSQL, until the block ends; None for SQLite."""
    if request.param == "sqlite":
        yield None
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    try:
        yield cluster.url(name)
    finally:
        cluster.drop(name)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A hub without a source, whose patience is short."""
    with short_tempered(tmp_path_factory.mktemp("short") / "home") as running:
        yield running
