"""A home that open data are loaded into, with either database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fidus.cbe.load import Loaded, load
from fidus.store.cbe_reader import CbeOpenData
from fidus.store.cbe_shelf import Shelf, shelf_of


@dataclass
class Home:
    """Loads, and reads what is there."""

    folder: Path
    database: str
    data: CbeOpenData

    def shelf(self) -> Shelf:
        return shelf_of(self.folder, self.database)

    def load(self, file: Path, **how: Any) -> Loaded:
        return load(file, self.shelf(), **how)


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    database = "sqlite" if request.param == "sqlite" else request.getfixturevalue("database").url
    (tmp_path / "home").mkdir()
    data = CbeOpenData(tmp_path / "home", database)
    yield Home(tmp_path / "home", database, data)
    data.close()
