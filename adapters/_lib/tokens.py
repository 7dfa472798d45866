"""Access tokens by OAuth 2.0 client credentials, where the client proves itself by a signed assertion.

RFC 6749 §4.4 (the grant), RFC 7523 §2.2 and §3 (private_key_jwt). A token is asked for once however many
calls wait for it, kept until shortly before its end, and never written anywhere.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from adapters._lib.answers import HttpAnswer, HttpQuestion, Send, check_status
from adapters._lib.keys import SigningKey
from fidus.errors import (
    PayloadTooLarge,
    RequestInvalid,
    SourceAnswerInvalid,
    SourceError,
)
from fidus.strictjson import loads

ASSERTION_LIVES: Final = timedelta(minutes=2)
RENEWED_BEFORE: Final = timedelta(seconds=60)
TRIED_AGAIN_AFTER: Final = timedelta(seconds=5)
SHORTEST: Final = timedelta(seconds=10)  # a token that lives shorter is none to work with
LONGEST: Final = timedelta(hours=12)  # for which a token is kept, whatever it says
MAX_BYTES: Final = 65_536
_JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """As whom the hub asks for tokens. `audience`: by which the token server knows itself. `key_id`: the
    thumbprint of the certificate (RFC 7515 §4.1.8), by which the server finds our public key."""

    client_id: str
    audience: str
    scopes: tuple[str, ...]
    algorithm: str
    key_id: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def load(
        cls, client_id: str, audience: str, scopes: tuple[str, ...], certificate: Path, key: Path
    ) -> ClientIdentity:
        """From two PEM files. Raises ConfigurationInvalid: unreadable, not a pair, or a key not taken."""
        pair = SigningKey.load(certificate, key)
        digest = sha256(b64decode(pair.certificate)).digest()
        key_id = jwt.utils.base64url_encode(digest).decode()
        return cls(client_id, audience, scopes, _algorithm(pair.private), key_id, pair.private)

    def assertion(self, now: datetime) -> str:
        """A fresh proof of who we are; it can be used once."""
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + ASSERTION_LIVES,
        }
        return jwt.encode(claims, self.private, self.algorithm, {"kid": self.key_id})


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    renew_at: datetime
    ends_at: datetime


class ClientCredentials:
    """`adapters._lib.rest.Tokens` of one source. Safe to use from many tasks of one event loop."""

    def __init__(
        self, source: str, target: str, identity: ClientIdentity, send: Send, clock: Callable[[], datetime]
    ) -> None:
        """`target`: path of the token endpoint below the address that `send` asks."""
        self._source = source
        self._target = target
        self._identity = identity
        self._send = send
        self._clock = clock
        self._held: _Held | None = None
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """The token held, or a new one. While the one held still lives, only one caller waits for the next.

        Raises SourceUnavailable, SourceFault, SourceAnswerInvalid, SourceTimeout (from `send`).
        """
        held = self._held
        now = self._clock()
        if held is not None and (now < held.renew_at or (now < held.ends_at and self._asking.locked())):
            return held.token
        async with self._asking:
            if self._held is held:  # nobody else brought a new one while we waited
                self._held = await self._renewed(held)
            assert self._held is not None
            return self._held.token

    def refused(self, token: str) -> None:
        """Forget this token, unless it was replaced already."""
        if self._held is not None and self._held.token == token:
            self._held = None

    async def _renewed(self, held: _Held | None) -> _Held:
        """A new token; while the old one lives, a token server that is down harms nobody."""
        try:
            return await self._ask()
        except SourceError:
            now = self._clock()
            if held is None or now >= held.ends_at:
                raise
            return _Held(held.token, min(now + TRIED_AGAIN_AFTER, held.ends_at), held.ends_at)

    async def _ask(self) -> _Held:
        now = self._clock()
        form = {
            "grant_type": "client_credentials",
            "scope": " ".join(self._identity.scopes),
            "client_id": self._identity.client_id,
            "client_assertion_type": _JWT_BEARER,
            "client_assertion": self._identity.assertion(now),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = await self._send(HttpQuestion("POST", self._target, headers, urlencode(form).encode()))
        return self._read(answer, now)

    def _read(self, answer: HttpAnswer, now: datetime) -> _Held:
        """RFC 6749 §5.1. A refusal (§5.2) is a fault of ours or of the source, never the caller's."""
        check_status(self._source, answer, "its token server")
        try:
            told = loads(answer.body, MAX_BYTES)
        except (RequestInvalid, PayloadTooLarge):
            told = None
        lives = _lifetime(told)
        if not isinstance(told, dict) or lives is None or not _is_bearer(told):
            raise SourceAnswerInvalid(self._source, "its token server gave no bearer token with a lifetime")
        lives = min(lives, LONGEST)
        return _Held(told["access_token"], now + lives - min(RENEWED_BEFORE, lives / 4), now + lives)


def _lifetime(told: object) -> timedelta | None:
    seconds = told.get("expires_in") if isinstance(told, dict) else None
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < SHORTEST.total_seconds():
        return None
    return timedelta(seconds=min(seconds, int(LONGEST.total_seconds())))


def _is_bearer(told: dict[str, Any]) -> bool:
    """RFC 6750 §2.1: the characters that a token may have."""
    token, kind = told.get("access_token"), told.get("token_type")
    if not isinstance(token, str) or not isinstance(kind, str) or kind.lower() != "bearer":
        return False
    return 0 < len(token) <= 8_192 and token.isascii() and token.isprintable() and " " not in token


def _algorithm(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return "PS256" if isinstance(private, rsa.RSAPrivateKey) else _ALGORITHMS[private.curve.name]
