"""Room for so many calls at once before a source, and a short queue for those who find none."""

from __future__ import annotations

import asyncio
from collections import deque


class NoRoom(Exception):
    """All places are taken and enough wait already."""


class Room:
    """For tasks of one event loop. `places` and `queue` may be changed at any time."""

    def __init__(self, places: int, queue: int) -> None:
        self._places = places
        self._queue = queue
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.taken = 0

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    def resize(self, places: int, queue: int) -> None:
        """From now on. Who is inside stays, who waits goes on waiting."""
        self._places, self._queue = places, queue
        self._let_in()

    def enter_at_once(self) -> bool:
        """Take a place if one is free: then nobody waits, for one that comes free is given away."""
        free = self.taken < self._places
        self.taken += free
        return free

    async def enter(self) -> None:
        """Take a place, first come first served; give it back with `leave`. Raises NoRoom at once."""
        if self.enter_at_once():
            return
        if len(self._waiting) >= self._queue:
            raise NoRoom
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it came free for somebody who no longer wants it
                self.leave()
            elif place in self._waiting:
                self._waiting.remove(place)
            raise

    def leave(self) -> None:
        """Give a place back."""
        self.taken -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self.taken < self._places:
            place = self._waiting.popleft()
            if not place.cancelled():
                self.taken += 1
                place.set_result(None)
