"""Access tokens for signed assertions: RFC 6749 §4.4 (grant) and §5 (answers), RFC 7523 §2.2 and §3 (proof).

A token is a random text that lives as long as the source was told; an assertion is taken once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.types import Options

CLIENT_ID = "fidus-demonstration"
NAMED = "https://localhost/oauth2/token"
"""The token end point as the contract names it; an assertion may also name it as it was called."""
LIVES = timedelta(minutes=5)
LONGEST_ASSERTION = timedelta(minutes=10)
_SKEW = timedelta(seconds=30)
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_SIGNATURE_ONLY: Options = {  # the rest is looked at by `_check`, by the source's own clock
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
_CLAIMS = ("iss", "sub", "aud", "exp", "jti")


class TokenRefused(Exception):
    """No token (RFC 6749 §5.2): `error` is its code, `text` says in one sentence why."""

    def __init__(self, status: int, error: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.text = text


@dataclass(frozen=True, slots=True)
class _Given:
    scopes: frozenset[str]
    ends: datetime


@dataclass(slots=True)
class Tokens:
    """The tokens of one source. `known`: certificates whose keys may sign assertions. `lives`: of a token."""

    known: Sequence[x509.Certificate]
    scopes: frozenset[str]
    lives: timedelta = LIVES
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _given: dict[str, _Given] = field(default_factory=dict, repr=False)
    _used: dict[str, datetime] = field(default_factory=dict, repr=False)

    def give(self, form: Mapping[str, str], audiences: Sequence[str]) -> dict[str, Any]:
        """The answer to a right form. Raises TokenRefused.

        1. The client is known.            3. It was made by this client for this end point, and is in time.
        2. One of its keys signed.         4. It was not used before.      5. The scopes exist.
        """
        now = self.clock()
        if form["client_id"] != CLIENT_ID:  # (1)
            raise _unknown_client("the client is not known")
        claims = self._signed(form["client_assertion"])  # (2)
        _check(claims, audiences, now)  # (3)
        self._once(claims, now)  # (4)
        wanted = frozenset(form.get("scope", " ".join(self.scopes)).split())
        if not wanted or not wanted <= self.scopes:  # (5)
            raise TokenRefused(400, "invalid_scope", f"the scopes are {', '.join(sorted(self.scopes))}")
        token = secrets.token_urlsafe(32)
        self._given = {text: one for text, one in self._given.items() if one.ends > now}
        self._given[token] = _Given(wanted, now + self.lives)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(self.lives.total_seconds()),
            "scope": " ".join(sorted(wanted)),
        }

    def allowed(self, token: str) -> frozenset[str] | None:
        """What a token allows, None for one that was never given or has ended."""
        found = self._given.get(token)
        return found.scopes if found is not None and self.clock() < found.ends else None

    def forget(self, token: str) -> None:
        """Take this token no more."""
        self._given.pop(token, None)

    def _signed(self, assertion: str) -> Mapping[str, Any]:
        """Its claims, once a key of a certificate that is valid now has verified it. Raises TokenRefused."""
        for certificate in self.known:
            key, now = certificate.public_key(), self.clock()
            if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
                continue
            assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
            try:
                claims: Mapping[str, Any] = jwt.decode(
                    assertion,
                    key,
                    _algorithms(key),
                    options=_SIGNATURE_ONLY,
                )
            except jwt.InvalidTokenError:
                continue
            return claims
        raise _unknown_client("the assertion is not signed by a key of this client")

    def _once(self, claims: Mapping[str, Any], now: datetime) -> None:
        self._used = {jti: until for jti, until in self._used.items() if until + _SKEW > now}
        if claims["jti"] in self._used:
            raise _unknown_client("this assertion was used before")
        self._used[claims["jti"]] = datetime.fromtimestamp(claims["exp"], UTC)


def _check(claims: Mapping[str, Any], audiences: Sequence[str], now: datetime) -> None:
    """RFC 7523 §3 points 1 to 7. Raises TokenRefused."""
    if missing := [name for name in _CLAIMS if name not in claims]:
        raise _unknown_client(f"the assertion has no {missing[0]}")
    if (claims["iss"], claims["sub"]) != (CLIENT_ID, CLIENT_ID):
        raise _unknown_client("iss and sub are not both the client")
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not set(audiences) & {one for one in named if isinstance(one, str)}:
        raise _unknown_client("aud is not the URL of this end point")
    jti = claims["jti"]
    if not isinstance(jti, str) or not 1 <= len(jti) <= 200:
        raise _unknown_client("jti is not a text of 1 to 200 characters")
    ends = _moment(claims, "exp", now)
    if ends + _SKEW <= now:
        raise _unknown_client("the assertion has expired")
    if ends > now + LONGEST_ASSERTION:
        raise _unknown_client("exp is more than ten minutes away")
    for name in ("nbf", "iat"):
        if _moment(claims, name, now) > now + _SKEW:
            raise _unknown_client(f"{name} is yet to come")


def _moment(claims: Mapping[str, Any], name: str, absent: datetime) -> datetime:
    value = claims.get(name, absent.timestamp())
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise _unknown_client(f"{name} is not a time")
    return datetime.fromtimestamp(value, UTC)


def _algorithms(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> list[str]:
    """By the key, never by what the assertion says of itself (RFC 8725 §3.1)."""
    if isinstance(key, rsa.RSAPublicKey):
        return ["PS256", "RS256"]
    return [_CURVES[key.curve.name]] if key.curve.name in _CURVES else []


def _unknown_client(text: str) -> TokenRefused:
    return TokenRefused(401, "invalid_client", text)
