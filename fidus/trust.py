"""Whose word on a client's identity is taken: issuers, their lists of revoked certificates, and proxies."""

from __future__ import annotations

from dataclasses import dataclass, field

from fidus.client_cert import Proxies
from fidus.issuers import Issuers
from fidus.revocation import Revocation


@dataclass(frozen=True, slots=True)
class Trust:
    """What the settings name. What is known of revocations changes behind `revocation`, at any moment."""

    issuers: Issuers
    revocation: Revocation
    proxies: Proxies = field(default_factory=Proxies)
