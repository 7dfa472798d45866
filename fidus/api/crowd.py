"""Who is connected, and who has to go when there are too many: pure bookkeeping, no sockets.

Who has shown a certificate is never sent away for those who have not. Among strangers the oldest makes room
for the newest, so that a flood of them holds up nobody who shakes hands at once.
"""

from __future__ import annotations

from typing import Protocol

from fidus.api.limits import Limits


class Guest(Protocol):
    """One connection."""

    @property
    def idle(self) -> bool:
        """Whether it may be closed without anybody losing an answer."""
        ...


class Crowd:
    """The guests of one process, in the order in which they came."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._strangers: dict[Guest, None] = {}
        self._known: dict[Guest, bytes] = {}
        self._by_certificate: dict[bytes, dict[Guest, None]] = {}

    def __len__(self) -> int:
        return len(self._strangers) + len(self._known)

    def come(self, guest: Guest) -> Guest | None:
        """Somebody of whom nothing is known yet. Gives the stranger who makes room, if one must."""
        self._strangers[guest] = None
        return self.make_room() if len(self._strangers) > self._limits.strangers else None

    def make_room(self) -> Guest | None:
        """The oldest stranger, who has to go; None where there is none."""
        oldest = next(iter(self._strangers), None)
        if oldest is not None:
            del self._strangers[oldest]
        return oldest

    def show(self, guest: Guest, certificate: bytes) -> Guest | None:
        """They showed a certificate. Gives who makes room, if one must: an idle one with the same, else the
        guest itself."""
        self._strangers.pop(guest, None)
        same = self._by_certificate.setdefault(certificate, {})
        leaves: Guest | None = None
        if len(same) >= self._limits.of_one or len(self._known) >= self._limits.connections:
            leaves = next((other for other in same if other.idle), guest)
            if leaves is not guest:
                self.leave(leaves)
        if leaves is not guest:
            self._known[guest] = certificate
            self._by_certificate.setdefault(certificate, {})[guest] = None
        elif not same:
            del self._by_certificate[certificate]
        return leaves

    def leave(self, guest: Guest) -> None:
        """They are gone, or as good as gone. Once more does no harm."""
        self._strangers.pop(guest, None)
        certificate = self._known.pop(guest, None)
        if certificate is not None:
            same = self._by_certificate[certificate]
            del same[guest]
            if not same:
                del self._by_certificate[certificate]
