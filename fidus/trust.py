"""Whose word on a client's identity is taken: issuers, their lists of revoked certificates, and proxies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from fidus.client_cert import Proxies
from fidus.issuers import Issuers
from fidus.revocation import Revocation


class Shown:
    """Until when the certificates are valid that institutions showed last, for each of their keys."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], datetime] = {}

    def note(self, number: str, spki_sha256: str, until: datetime) -> None:
        """One more was shown, and taken. Bounded by the keys that were ever enrolled."""
        self._until[number, spki_sha256] = until

    def until(self, number: str, spki_sha256: str) -> datetime | None:
        """None: none was shown since the start."""
        return self._until.get((number, spki_sha256))


@dataclass(frozen=True, slots=True)
class Trust:
    """What the settings name. What is known of revocations changes behind `revocation`, at any moment, and
    what is shown behind `shown`."""

    issuers: Issuers
    revocation: Revocation
    proxies: Proxies = field(default_factory=Proxies)
    shown: Shown = field(default_factory=Shown)
