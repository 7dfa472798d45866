"""The folder of a measurement: made anew each time, never one that is somebody's."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

MARK = ".fidus-bench"  # in a folder that may be removed


def made_anew(home: Path) -> bool:
    """Empty it, or make it. False, after saying so, where it holds something else."""
    if home.exists() and not (home / MARK).exists():
        sys.stderr.write(f"bench: {home} is no folder of a measurement: name a new one\n")
        return False
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700, parents=True)
    (home / MARK).touch()
    return True
