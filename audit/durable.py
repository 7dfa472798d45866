"""Files that are on stable storage when a call returns. Every sync and rename of published files is here.

The order is: temporary name beside the target, write, fsync, rename, fsync of the folder. A crash leaves the
old file or the new one, never a part; what may stay behind is `.tmp-<name>`, which the next write replaces.
An OSError of a sync means that nothing is known about the disk: nobody may build upon what was written.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

TEMPORARY: Final = ".tmp-"


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put `data` under this name in one step; on return it is durable under that name. Raises OSError."""
    place(path, data, mode)
    sync_folder(path.parent)


def place(path: Path, data: bytes, mode: int = 0o644) -> None:
    """As `write_file`, but the name is durable only after `sync_folder` of its folder: for several files in
    one. Only one writer at a time may write under one name. Raises OSError and leaves no temporary file."""
    temporary = path.with_name(TEMPORARY + path.name)
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - by its module, as tests that cut the power wrap it
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in this folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
