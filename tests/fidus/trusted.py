"""Trust without lists of revoked certificates, for tests that are about something else."""

from __future__ import annotations

from fidus.issuers import Issuers
from fidus.revocation import Revocation, Watched
from fidus.trust import Trust


def unchecked(pem: bytes) -> Trust:
    """Each issuer of a bundle, as one that publishes no list."""
    issuers = Issuers.from_pem(pem)
    return Trust(issuers, Revocation(Watched("one", one, checked=False) for one in issuers.certificates))
