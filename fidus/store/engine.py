"""Who may write the store: one process, by a lock that its death releases."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from fidus.errors import ConfigurationFault, ConfigurationInvalid

LOCK: Final = "store.lock"


class StoreLock:
    """`flock` on HOME/store.lock, held until `release` or the end of the process. Made by `take`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, home: Path) -> StoreLock:
        """Take the lock or raise ConfigurationInvalid at once, where another process holds it or the file
        cannot be made. The file itself stays behind; only its lock counts."""
        file = home / LOCK
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _invalid(
                file,
                f"the lock cannot be made ({error.strerror})",
                "Name a home that exists and that this user may write",
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _invalid(
                file, "another process has this store open", "Stop it, or ask the running hub to do it"
            ) from None
        return cls(descriptor)

    def release(self) -> None:
        """Let others have the store."""
        os.close(self._descriptor)


def _invalid(file: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(file), 0, problem, cure),))
