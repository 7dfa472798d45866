"""The open data of a demonstration: loaded once, completed where a start was cut, never put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fidus.cbe.load import load
from fidus.demo import opendata
from fidus.store.cbe_shelf import shelf_of
from fidus.store.engine import SQLITE
from mocks.cbe.opendata import write_full
from mocks.cbe.snapshot import Snapshot
from mocks.world import world

pytestmark = pytest.mark.slow


def about(home: Path) -> Mapping[str, str]:
    return shelf_of(home, SQLITE).about()


def test_both_files_are_loaded_once(tmp_path: Path) -> None:
    opendata.provide(tmp_path, SQLITE)
    assert about(tmp_path)["extractNumber"] == "141"
    before = (tmp_path / "cbe.db").stat()
    opendata.provide(tmp_path, SQLITE)
    assert (tmp_path / "cbe.db").stat() == before


def test_a_start_that_was_cut_between_them_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = iter([load])
    with monkeypatch.context() as patched:
        patched.setattr(opendata, "load", lambda *words: next(loads, _cut)(*words))
        with pytest.raises(KeyboardInterrupt):
            opendata.provide(tmp_path, SQLITE)
    assert about(tmp_path)["extractNumber"] == "140"
    opendata.provide(tmp_path, SQLITE)
    assert about(tmp_path)["extractNumber"] == "141"


def _cut(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_an_operator_loaded_since_stays(tmp_path: Path) -> None:
    newer = replace(opendata.UPDATE, number=150)
    file = tmp_path / newer.name(update=False)
    write_full(file, Snapshot(world(), newer.day), newer)
    load(file, shelf_of(tmp_path, SQLITE))
    opendata.provide(tmp_path, SQLITE)
    assert about(tmp_path)["extractNumber"] == "150"
