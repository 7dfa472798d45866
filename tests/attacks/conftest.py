"""One hub under attack for each kind of store, for all attacks of a test process."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from tests.attacks.hub import SERVICES, Attacked, attacked
from tests.attacks.short import short_tempered
from tests.crash.soak import SOAK
from tests.journeys.alone import Alone
from tests.postgres import Cluster

ONE_OF: Final = (
    5  # attacks on a source that signs nothing, tried on the second kind of store; a soak tries all
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """All are tried with SQLite; with PostgreSQL, which differs in the record alone, always the same ones."""
    if SOAK:
        return
    left = [item for item in items if _is_left_to_a_soak(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _is_left_to_a_soak(item: pytest.Item) -> bool:
    on_postgresql = item.path.name == "test_rest_source.py" and "[postgresql" in item.name
    return on_postgresql and zlib.crc32(item.name.encode()) % ONE_OF != 0


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
