"""A session of requests that trusts the demonstration's issuer and nobody else."""

from __future__ import annotations

from pathlib import Path

import requests


def plain_session(pki: Path) -> requests.Session:
    """Keeps connections alive."""
    session = requests.Session()
    session.trust_env = False  # which would let the environment's issuers replace the given one
    session.verify = str(pki / "issuer-servers.crt")
    return session
