"""Ways in which the store of a running hub fails, each from outside the hub, and each with its remedy.

A process keeps what it has open, whatever becomes of names and modes: so a file system that turns read-only
is played by files that nobody may change any more (`chattr +i`, where that is permitted), and by a copy that
may only be read put in the store's place (anywhere, the hub being bound by modes).
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.crash.hubs import HubProcess

STORE = ("fidus.db", "fidus.db-wal", "fidus.db-shm")
FRAME = 4096 + 24

Remedy: TypeAlias = Callable[[], object]
Fault: TypeAlias = Callable[[Path, HubProcess], Remedy]


def no_write_passes(home: Path, hub: HubProcess) -> Remedy:
    """Every write to a file fails, its own process log included."""
    return _limited(hub, 0)


def full_within_a_group(home: Path, hub: HubProcess) -> Remedy:
    """The write-ahead log has room for a frame and a half, so that a group is cut."""
    return _limited(hub, (home / "fidus.db-wal").stat().st_size + FRAME * 3 // 2)


def _limited(hub: HubProcess, size: int) -> Remedy:
    """No file of the process may grow beyond `size` bytes (EFBIG; Python ignores the signal)."""
    soft, hard = resource.prlimit(hub.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, (size, hard))
    return lambda: resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, (soft, hard))


def full(home: Path, hub: HubProcess) -> Remedy:
    """No byte is left on the file system of the home (ENOSPC), which is a small one of its own."""
    filler = home / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return filler.unlink


def immutable(home: Path, hub: HubProcess) -> Remedy:
    """Nobody may change the store's files, not even through what is open (EPERM)."""
    files = [str(home / name) for name in STORE[:2]]
    done = subprocess.run(["chattr", "+i", *files], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this needs chattr +i, on a file system that knows it: {done.stderr.strip()}")
    return lambda: subprocess.run(["chattr", "-i", *files], check=True)


def read_only(home: Path, hub: HubProcess) -> Remedy:
    """A whole copy that may only be read takes the store's place (EACCES)."""
    replace(home, home)
    for name in STORE:
        (home / name).chmod(0o400)

    def remedy() -> None:
        for name in STORE:
            (home / name).chmod(0o600)

    return remedy


def moved_away(home: Path, hub: HubProcess) -> Remedy:
    """All files of the store lose their names; the hub has them open still."""
    return _moved(home, STORE)


def unlinked(home: Path, hub: HubProcess) -> Remedy:
    """The store's file alone loses its name."""
    return _moved(home, STORE[:1])


def _moved(home: Path, names: tuple[str, ...]) -> Remedy:
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    for name in names:
        (home / name).rename(elsewhere / name)

    def remedy() -> None:
        for name in reversed(names):  # the store's own file last, as it is what is looked for
            (elsewhere / name).rename(home / name)

    return remedy


def back_up(home: Path, folder: Path) -> None:
    """Copy the store of a running hub by SQLite's own means: one file, without write-ahead log."""
    folder.mkdir()
    with (
        closing(sqlite3.connect(f"file:{home / 'fidus.db'}?mode=ro", uri=True)) as store,
        closing(sqlite3.connect(folder / "fidus.db")) as copy,
    ):
        store.backup(copy)


def replace(home: Path, source: Path) -> None:
    """Put copies of a store's files in the place of those of `home`, each in one step."""
    for name in STORE:
        draft = home / f"draft-{name}"
        if (source / name).exists():
            shutil.copy(source / name, draft)
            draft.replace(home / name)
        else:
            (home / name).unlink(missing_ok=True)
