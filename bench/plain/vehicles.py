"""The vehicle register by requests: a signed assertion for a token, kept; one GET; its JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bench.plain.session import plain_session

CLIENT = "fidus-demonstration"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def client(url: str, pki: Path, query: Mapping[str, Any]) -> Callable[[], Any]:
    """Asks about the vehicle of this plate."""
    session = plain_session(pki)
    session.headers["Authorization"] = f"Bearer {_token(session, url, pki)}"

    def ask() -> Any:
        answer = session.get(
            f"{url}/v1/mobility/registrations", params={"plateNr": query["plate"]}, timeout=10
        )
        answer.raise_for_status()
        return answer.json()["items"][0]["vehicle"]

    return ask


def _token(session: requests.Session, url: str, pki: Path) -> str:
    certificate = x509.load_pem_x509_certificate((pki / "hub-sign.crt").read_bytes())
    thumbprint = jwt.utils.base64url_encode(certificate.fingerprint(hashes.SHA256())).decode()
    now = int(time.time())
    claims = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": f"{url}/oauth2/token",
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + 60,
    }
    key = (pki / "hub-sign.key").read_text(encoding="utf-8")
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_assertion_type": TYPE,
        "client_assertion": jwt.encode(claims, key, "PS256", {"kid": thumbprint}),
        "scope": "mob_reg_v1_G",
    }
    answer = session.post(f"{url}/oauth2/token", data=form, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["access_token"])
