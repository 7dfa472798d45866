"""The vehicle register over real sockets, and a client of another hand that proves who it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mocks.div.server import SCOPES, VehicleRegister, make
from mocks.div.tokens import CLIENT_ID
from mocks.world import world
from tests.mocks.served import Reply, Served, served

ALL_SCOPES = " ".join(sorted(set(SCOPES.values())))


def assertion(key: Path, audience: object, algorithm: str = "PS256", **claims: object) -> str:
    """A right proof, signed with this key, changed in these claims; None leaves one out."""
    now = datetime.now(UTC)
    right: dict[str, object] = {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": audience,
        "jti": str(uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=2)).timestamp()),
    }
    told = {name: value for name, value in (right | claims).items() if value is not None}
    private = load_pem_private_key(key.read_bytes(), None)
    return jwt.encode(told, private, algorithm)  # type: ignore[arg-type]


class Client:
    """Asks the register with a token."""

    def __init__(self, mock: Served, pki: Path) -> None:
        self.mock = mock
        self.pki = pki
        self.audience = f"{mock.url}/oauth2/token"
        self.token = self.new_token().json["access_token"]

    def proof(self, key: str = "hub-sign", algorithm: str = "PS256", **claims: object) -> str:
        """An assertion for this register."""
        return assertion(self.pki / f"{key}.key", claims.pop("aud", self.audience), algorithm, **claims)

    def new_token(self, **fields: str | None) -> Reply:
        """What the token end point says to a right form, changed in these fields; None leaves one out."""
        right = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "scope": ALL_SCOPES,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": fields.get("client_assertion") or self.proof(),
        }
        form = {name: value for name, value in (right | fields).items() if value is not None}
        return self.mock.ask("POST", "/oauth2/token", data=form)

    def get(self, target: str, token: str | None = None, **more: Any) -> Reply:
        """A question below /v1/mobility."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.mock.ask("GET", f"/v1/mobility/{target}", headers=headers, **more)

    def many(self, plates: object, **more: Any) -> Reply:
        """A question about many plates."""
        headers = {"Authorization": f"Bearer {self.token}"}
        body = more if more else {"json": {"plateNrs": plates}}
        return self.mock.ask("POST", "/v1/mobility/registrations/query", headers=headers, **body)


@pytest.fixture(scope="session")
def register(home: Path) -> VehicleRegister:
    return make(home, world())


@pytest.fixture(scope="session")
def _client(register: VehicleRegister, home: Path) -> Iterator[Client]:
    with served(register, home / "pki") as mock:
        yield Client(mock, home / "pki")


@pytest.fixture
def client(_client: Client, register: VehicleRegister) -> Client:
    """One client for all tests, with a token that holds; the register behaves."""
    register.faults.clear()
    _client.token = _client.new_token().json["access_token"]
    return _client
