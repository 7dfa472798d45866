from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fidus.errors import ConfigurationInvalid
from fidus.store.engine import StoreLock

ROOT = Path(__file__).parents[3]

HOLDER = """
import sys
from pathlib import Path
from fidus.store.engine import StoreLock
StoreLock.take(Path(sys.argv[1]))
print("taken", flush=True)
sys.stdin.read()
"""


def test_a_store_has_one_writer(tmp_path: Path) -> None:
    lock = StoreLock.take(tmp_path)
    with pytest.raises(ConfigurationInvalid, match=r"store\.lock: another process has this store open"):
        StoreLock.take(tmp_path)
    lock.release()
    StoreLock.take(tmp_path).release()


def test_the_lock_is_its_owners_alone(tmp_path: Path) -> None:
    lock = StoreLock.take(tmp_path)
    assert stat.S_IMODE((tmp_path / "store.lock").stat().st_mode) == 0o600
    lock.release()


def test_a_home_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"the lock cannot be made \(No such file or directory\)"):
        StoreLock.take(tmp_path / "nowhere")


@pytest.mark.slow
def test_a_process_that_dies_leaves_the_store_to_others(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"taken\n"
        with pytest.raises(ConfigurationInvalid):
            StoreLock.take(tmp_path)
        holder.kill()
    StoreLock.take(tmp_path).release()
