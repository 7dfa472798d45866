"""One hub under attack for each kind of store, for all attacks of a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.hub import SERVICES, Attacked, attacked
from tests.attacks.short import short_tempered
from tests.journeys.alone import Alone


@pytest.fixture(scope="session", params=["sqlite"])
def under(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """The hub, which has answered a good question of each service once."""
    with attacked(tmp_path_factory.mktemp("attacked") / "home") as hub:
        for service in SERVICES:
            told = hub.ask(service)
            assert (told.status, told.body.get("found")) == (200, True), told.text
        yield hub


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A hub without a source, whose patience is short."""
    with short_tempered(tmp_path_factory.mktemp("short") / "home") as running:
        yield running
