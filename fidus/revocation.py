"""Whether a certificate was revoked, as far as is known at this moment. Pure, but for what is learnt.

A list serves until its next update, and then for a day of grace: an issuer whose server is down one evening
must not stop every institution, one that stays silent longer must not be trusted on. The alarm comes at half.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509

from fidus.crl import Crl

GRACE: Final = timedelta(hours=24)
ALARM: Final = GRACE / 2
TEXT: Final = "1 for how well the revocations of an issuer are known; alarm, ended and never want somebody"


class Freshness(StrEnum):
    """How well an issuer's revocations are known. From LATE on the operator is told, see `is_alarming`."""

    UNCHECKED = "unchecked"  # the settings say that this issuer publishes no list
    CURRENT = "current"
    LATE = "late"  # past its next update
    ALARM = "alarm"  # past half of the grace
    ENDED = "ended"  # past the grace: nothing of the issuer is taken
    NEVER = "never"  # no list was ever taken: likewise

    @property
    def is_alarming(self) -> bool:
        """Whether somebody has to look now."""
        return self in (Freshness.ALARM, Freshness.ENDED, Freshness.NEVER)

    @property
    def serves(self) -> bool:
        """Whether certificates of the issuer may be taken."""
        return self not in (Freshness.ENDED, Freshness.NEVER)


class Standing(StrEnum):
    """What is known of one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # no list that serves, or none that speaks of this certificate


@dataclass(slots=True)
class Watched:
    """One registered issuer, and the newest list of its that was taken. `name`: as the settings call it."""

    name: str
    issuer: x509.Certificate
    checked: bool = True
    crl: Crl | None = None

    def freshness(self, now: datetime) -> Freshness:
        """How well its revocations are known at this moment."""
        if not self.checked:
            return Freshness.UNCHECKED
        if self.crl is None:
            return Freshness.NEVER
        late = now - self.crl.next_update
        if late <= timedelta(0):
            return Freshness.CURRENT
        if late > GRACE:
            return Freshness.ENDED
        return Freshness.ALARM if late > ALARM else Freshness.LATE

    def standing(self, serial: int, points: frozenset[str], now: datetime) -> Standing:
        """Of the certificate with this serial number and these distribution points.

        A revocation that was read once holds, however old the list.
        """
        if not self.checked:
            return Standing.GOOD
        if self.crl is not None and serial in self.crl.revoked:
            return Standing.REVOKED
        if self.crl is None or not self.freshness(now).serves:
            return Standing.UNKNOWN
        if self.crl.points is not None and not self.crl.points & points:
            return Standing.UNKNOWN
        return Standing.GOOD


class Revocation:
    """The registered issuers with what is known of their revocations. An issuer without entry is one of whose
    certificates nothing is known: they are not taken."""

    def __init__(self, watched: Iterable[Watched] = ()) -> None:
        self.watched = tuple(watched)
        self._by_issuer: Mapping[x509.Certificate, Watched] = {one.issuer: one for one in self.watched}

    def standing(
        self, issuers: Iterable[x509.Certificate], serial: int, points: frozenset[str], now: datetime
    ) -> Standing:
        """Of a certificate that these issuers signed: several, where one was renewed under the same key.

        One that says revoked is enough; for good, one has to say so.
        """
        found = {
            self._by_issuer[issuer].standing(serial, points, now)
            for issuer in issuers
            if issuer in self._by_issuer
        }
        for standing in (Standing.REVOKED, Standing.GOOD):
            if standing in found:
                return standing
        return Standing.UNKNOWN
