"""What the tests of the hub share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fidus.desk import Desk
from tests.fidus.questions import found, person


@pytest.fixture(scope="session")
def began(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a desk at which FILES were put in force, and nothing else happened."""
    folder = tmp_path_factory.mktemp("began")
    desk = Desk(folder)
    desk.apply()
    desk.close()
    return folder


@pytest.fixture
def desk(began: Path, tmp_path: Path) -> Iterator[Desk]:
    """With FILES in force and one person, `person()`, in the register."""
    opened = Desk(shutil.copytree(began, tmp_path / "desk"))
    opened.register.holds[person()] = found()
    yield opened
    opened.close()
