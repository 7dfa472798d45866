"""What the tests of the hub share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fidus.desk import Desk
from tests.fidus.questions import found, person
from tests.postgres import Cluster


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module whose `DATABASES` names several has its desks on each."""
    databases = getattr(metafunc.module, "DATABASES", None)
    if databases is not None and "desk" in metafunc.fixturenames:
        metafunc.parametrize("desk", databases, indirect=True)


@pytest.fixture(scope="session")
def began(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a desk at which FILES were put in force, and nothing else happened."""
    return _begun(tmp_path_factory.mktemp("began"), "sqlite")


@pytest.fixture(scope="session")
def began_shared(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> tuple[Path, str]:
    """Likewise, and the name of its database."""
    name = cluster.create()
    return _begun(tmp_path_factory.mktemp("began"), cluster.url(name)), name


def _begun(folder: Path, database: str) -> Path:
    desk = Desk(folder, database)
    desk.apply()
    desk.close()
    return folder


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """With FILES in force and one person, `person()`, in the register."""
    if getattr(request, "param", "sqlite") == "sqlite":
        opened = Desk(shutil.copytree(request.getfixturevalue("began"), tmp_path / "desk"))
        yield _with_somebody(opened)
        opened.close()
        return
    folder, template = request.getfixturevalue("began_shared")
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create(template)
    opened = Desk(shutil.copytree(folder, tmp_path / "desk"), cluster.url(name))
    yield _with_somebody(opened)
    opened.close()
    cluster.drop(name)


def _with_somebody(desk: Desk) -> Desk:
    desk.register.holds[person()] = found()
    return desk
