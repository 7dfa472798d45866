"""One source for all crash tests of a test process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.hubs import HubProcess
from tests.crash.session import apply
from tests.crash.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A source that runs, and homes that know it."""
    made = World(tmp_path_factory.mktemp("crash"))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def hub(home: Path) -> Iterator[HubProcess]:
    """A hub on the `home` of the module, with its flows in force; it ends as it should."""
    hub = HubProcess.start(home)
    assert hub.lives(), (home / "hub.log").read_text(encoding="utf-8")
    apply(home)
    yield hub
    assert hub.stop() == 0
