"""A demonstration after one that was killed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from fidus.demo.run import wait_for_former_hub
from fidus.errors import ConfigurationInvalid
from fidus.store.engine import StoreLock


def test_a_store_that_is_free_is_not_waited_for(tmp_path: Path) -> None:
    begun = time.monotonic()
    wait_for_former_hub(tmp_path)
    assert time.monotonic() - begun < 0.1
    StoreLock.take(tmp_path).release()


def test_a_hub_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    lock = StoreLock.take(tmp_path)
    threading.Timer(0.3, lock.release).start()
    wait_for_former_hub(tmp_path)


def test_one_that_does_not_end_is_told(tmp_path: Path) -> None:
    lock = StoreLock.take(tmp_path)
    with pytest.raises(ConfigurationInvalid, match="another process has this store open"):
        wait_for_former_hub(tmp_path, within_s=0.2)
    lock.release()


def test_one_that_has_not_begun_to_end_is_told_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fidus.demo.run.NOTICED_S", 0.2)
    (tmp_path / "hub.json").write_text("{}", encoding="utf-8")
    lock = StoreLock.take(tmp_path)
    begun = time.monotonic()
    with pytest.raises(ConfigurationInvalid):
        wait_for_former_hub(tmp_path)
    assert time.monotonic() - begun < 5
    lock.release()
