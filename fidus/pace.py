"""How many consultations a flow had within the running second, in this process."""

from __future__ import annotations

from datetime import datetime


class Pace:
    """A counter per flow that starts anew with each second; remembers no more than one second."""

    def __init__(self) -> None:
        self._second = 0
        self._used: dict[str, int] = {}

    def used(self, flow: str, now: datetime) -> int:
        """How many were taken in this second."""
        return self._of(now).get(flow, 0)

    def take(self, flow: str, now: datetime) -> None:
        """Count one more."""
        used = self._of(now)
        used[flow] = used.get(flow, 0) + 1

    def give_back(self, flow: str, taken: datetime) -> None:
        """Count one less: what was taken at that moment came to nothing. A second that is over stays over."""
        if int(taken.timestamp()) == self._second:
            self._used[flow] -= 1

    def _of(self, now: datetime) -> dict[str, int]:
        second = int(now.timestamp())
        if second != self._second:
            self._second, self._used = second, {}
        return self._used
