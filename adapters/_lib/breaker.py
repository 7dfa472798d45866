"""The breaker before a source: lets it rest after too many failures, then lets a few calls find out.

A failure is that the source could not be reached or did not answer in time. A fault, an absence or an answer
that may not be used shows that it is there, and counts as a success.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """CLOSED: calls pass. OPEN: none does, for a while. HALF_OPEN: the next ones, few, find out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "halfOpen"


class Told(StrEnum):
    """What a call that ended tells of its source."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOTHING = "nothing"  # it was cancelled, or never got as far as the source


@dataclass(frozen=True, slots=True)
class Patience:
    """When it opens: after `in_a_row` failures, or once half or more (`share`) of the last `among` failed.

    `rest_s`: how long it then stays open. `probes`: how many calls at once find out afterwards.
    """

    in_a_row: int = 20
    share: float = 0.5
    among: int = 100
    rest_s: float = 5.0
    probes: int = 1


USUAL: Final = Patience()
NO_PASS: Final = -1  # of a call that the breaker did not let through: what it tells counts for nothing


class Breaker:
    """One a source, for one event loop. `clock` in seconds."""

    def __init__(self, patience: Patience = USUAL, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._in_a_row = 0
        self._last: deque[bool] = deque(maxlen=patience.among)  # True: failed
        self._opened_at: float | None = None
        self._probing = 0
        self._turn = 0  # rises with each opening and closing: calls from before tell nothing of what is now

    @property
    def state(self) -> State:
        """As of now."""
        if self._opened_at is None:
            return State.CLOSED
        rested = self._clock() - self._opened_at >= self._patience.rest_s
        return State.HALF_OPEN if rested and self._probing < self._patience.probes else State.OPEN

    def admit(self) -> int | None:
        """The pass with which a call goes through and later tells how it ended; None: it may not."""
        state = self.state
        if state is State.OPEN:
            return None
        self._probing += state is State.HALF_OPEN
        return self._turn

    def ended(self, passed: int, told: Told) -> None:
        """A call that came through with this pass ended."""
        if passed != self._turn:
            return
        if told is Told.SUCCEEDED:
            self._succeeded()
        elif told is Told.FAILED:
            self._failed()
        else:
            self._probing = max(0, self._probing - 1)

    def _succeeded(self) -> None:
        if self._opened_at is not None:
            self._turn_to(None)
        self._in_a_row = 0
        self._last.append(False)

    def _failed(self) -> None:
        self._in_a_row += 1
        self._last.append(True)
        if self._opened_at is not None or self._is_too_much():
            self._turn_to(self._clock())

    def _is_too_much(self) -> bool:
        patience, failed = self._patience, sum(self._last)
        often = len(self._last) == patience.among and failed >= patience.share * patience.among
        return often or self._in_a_row >= patience.in_a_row

    def _turn_to(self, opened_at: float | None) -> None:
        self._opened_at = opened_at
        self._turn += 1
        self._probing = self._in_a_row = 0
        self._last.clear()
