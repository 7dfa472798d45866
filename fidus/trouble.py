"""Where the hub says that something went wrong inside: by class and place, never by message."""

from __future__ import annotations

from typing import Protocol

from fidus.errors import SourceError
from fidus.model import TraceIds


class Trouble(Protocol):
    """The process log, seen from the core."""

    def bug(self, error: BaseException, traces: TraceIds) -> None:
        """An exception outside the tree: its class and where it was raised. Values stay out."""
        ...

    def source(self, error: SourceError) -> None:
        """A source gave no answer that may be used: which, and its fixed phrase why."""
        ...

    def signal(self, event: str, *, flow: str, institution: str) -> None:
        """Something that an operator or a DPO should look at."""
        ...

    def duty(self, name: str, error: BaseException) -> None:
        """A background duty failed and will be tried again: its name and the error's class."""
        ...
