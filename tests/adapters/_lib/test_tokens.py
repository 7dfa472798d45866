"""Tokens: one request however many wait, renewed before their end, replaced when refused, never shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from adapters._lib.answers import HttpAnswer, HttpQuestion
from adapters._lib.tokens import LONGEST, ClientCredentials, ClientIdentity
from fidus.errors import (
    ConfigurationInvalid,
    SourceAnswerInvalid,
    SourceError,
    SourceFault,
    SourceUnavailable,
)

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
AUDIENCE = "https://tokens.example/token"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def pair(folder: Path, private: Private, name: str = "client") -> tuple[Path, Path]:
    """A certificate and its key as files."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    digest = None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder(subject, subject, private.public_key(), x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=30))
        .sign(private, digest)
    )
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


@pytest.fixture
def identity(tmp_path: Path) -> ClientIdentity:
    files = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    return ClientIdentity.load("hub", AUDIENCE, ("read", "list"), *files)


class TokenServer:
    """Gives token-1, token-2 …, or what it is told to."""

    def __init__(self, identity: ClientIdentity, lives: Any = 300) -> None:
        self.now = START
        self.lives = lives
        self.failing: HttpAnswer | None = None
        self.asked: list[HttpQuestion] = []
        self.purse = ClientCredentials("source", "/token", identity, self.send, lambda: self.now)

    async def send(self, question: HttpQuestion) -> HttpAnswer:
        self.asked.append(question)
        nth = len(self.asked)
        await asyncio.sleep(0)
        told = {"access_token": f"token-{nth}", "token_type": "Bearer", "expires_in": self.lives}
        return self.failing or HttpAnswer(200, "application/json", json.dumps(told).encode())

    def token(self, after: float = 0) -> str:
        self.now += timedelta(seconds=after)
        return asyncio.run(self.purse.token())


def test_the_assertion_proves_who_asks(identity: ClientIdentity) -> None:
    """RFC 7523 §3: issuer and subject are the client, the audience is the server, used once, short-lived."""
    server = TokenServer(identity)
    server.token()
    (asked,) = server.asked
    form = {name: value for name, (value,) in parse_qs(asked.body.decode()).items()}
    assert (asked.method, asked.target) == ("POST", "/token")
    assert (form["grant_type"], form["scope"], form["client_id"]) == (
        "client_credentials",
        "read list",
        "hub",
    )
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assertion = form["client_assertion"]
    claims = jwt.decode(
        assertion,
        identity.private.public_key(),
        ["ES256"],
        audience=AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (claims["iss"], claims["sub"], claims["exp"] - claims["iat"]) == ("hub", "hub", 120)
    assert jwt.get_unverified_header(assertion)["kid"] == identity.key_id
    assert "private" not in repr(identity)


def test_no_assertion_is_used_twice(identity: ClientIdentity) -> None:
    made = [identity.assertion(START) for _ in range(2)]
    ids = {jwt.decode(one, options={"verify_signature": False})["jti"] for one in made}
    assert len(ids) == 2


def test_many_who_wait_ask_once(identity: ClientIdentity) -> None:
    server = TokenServer(identity)

    async def many() -> list[str]:
        return await asyncio.gather(*(server.purse.token() for _ in range(50)))

    assert set(asyncio.run(many())) == {"token-1"}
    assert len(server.asked) == 1


def test_it_is_renewed_before_its_end(identity: ClientIdentity) -> None:
    server = TokenServer(identity, lives=300)
    assert [server.token(), server.token(239), server.token(1), server.token()] == [
        "token-1",
        "token-1",
        "token-2",
        "token-2",
    ]


def test_while_it_is_renewed_the_others_use_the_old_one(identity: ClientIdentity) -> None:
    server = TokenServer(identity, lives=300)
    server.token()
    server.now += timedelta(seconds=250)

    async def many() -> list[str]:
        return await asyncio.gather(*(server.purse.token() for _ in range(3)))

    assert asyncio.run(many()) == ["token-2", "token-1", "token-1"]


def test_a_token_server_that_is_down_harms_nobody_while_the_token_lives(identity: ClientIdentity) -> None:
    server = TokenServer(identity, lives=300)
    server.token()
    server.failing = HttpAnswer(503, "", b"")
    assert server.token(250) == "token-1"
    assert server.token(1) == "token-1"
    assert len(server.asked) == 2  # not at every call
    assert server.token(5) == "token-1"
    assert len(server.asked) == 3
    with pytest.raises(SourceUnavailable):
        server.token(44)
    server.failing = None
    assert server.token() == "token-5"


def test_a_refused_token_is_forgotten_once(identity: ClientIdentity) -> None:
    server = TokenServer(identity)
    first = server.token()
    server.purse.refused(first)
    assert server.token() == "token-2"
    server.purse.refused(first)
    assert server.token() == "token-2"


def test_nothing_is_kept_for_ever(identity: ClientIdentity) -> None:
    server = TokenServer(identity, lives=10**9)
    server.token()
    assert server.token(LONGEST.total_seconds()) == "token-2"


def told(**changes: object) -> HttpAnswer:
    whole = {"access_token": "abc", "token_type": "bearer", "expires_in": 300}
    return HttpAnswer(200, "application/json", json.dumps({**whole, **changes}).encode())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(HttpAnswer(503, "", b""), SourceUnavailable, id="down"),
        pytest.param(HttpAnswer(429, "", b""), SourceUnavailable, id="too-many"),
        pytest.param(HttpAnswer(400, "", b'{"error":"invalid_client"}'), SourceFault, id="refused"),
        pytest.param(HttpAnswer(200, "", b"<html>"), SourceAnswerInvalid, id="html"),
        pytest.param(HttpAnswer(200, "", b"[]"), SourceAnswerInvalid, id="list"),
        pytest.param(HttpAnswer(200, "", b" " * 70_000), SourceAnswerInvalid, id="large"),
        pytest.param(told(token_type="mac"), SourceAnswerInvalid, id="another-kind"),
        pytest.param(told(token_type=1), SourceAnswerInvalid, id="no-kind"),
        pytest.param(told(access_token="a b"), SourceAnswerInvalid, id="blank-in-token"),
        pytest.param(told(access_token="a\r\nX: 1"), SourceAnswerInvalid, id="header-in-token"),
        pytest.param(told(access_token="é"), SourceAnswerInvalid, id="not-ascii"),
        pytest.param(told(access_token=""), SourceAnswerInvalid, id="empty-token"),
        pytest.param(told(access_token=None), SourceAnswerInvalid, id="no-token"),
        pytest.param(told(access_token="a" * 9_000), SourceAnswerInvalid, id="long-token"),
        pytest.param(told(expires_in="300"), SourceAnswerInvalid, id="lifetime-as-text"),
        pytest.param(told(expires_in=True), SourceAnswerInvalid, id="lifetime-as-bool"),
        pytest.param(told(expires_in=9), SourceAnswerInvalid, id="lifetime-too-short"),
    ],
)
def test_anything_but_a_bearer_token_with_a_lifetime(
    identity: ClientIdentity, answer: HttpAnswer, error: type[SourceError]
) -> None:
    server = TokenServer(identity)
    server.failing = answer
    with pytest.raises(SourceError) as raised:
        server.token()
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        pytest.param(lambda: rsa.generate_private_key(65537, 2048), "PS256", id="rsa"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP256R1()), "ES256", id="p256"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()), "ES384", id="p384"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP521R1()), "ES512", id="p521"),
    ],
)
def test_keys_that_are_taken(tmp_path: Path, make: Callable[[], Private], algorithm: str) -> None:
    identity = ClientIdentity.load("hub", AUDIENCE, (), *pair(tmp_path, make()))
    key = identity.private.public_key()
    options: Any = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(identity.assertion(START), key, [algorithm], audience=AUDIENCE, options=options)


def test_keys_that_are_not_taken(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    _, other = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()), "other")
    short = pair(tmp_path, rsa.generate_private_key(65537, 1024), "short")
    kind = pair(tmp_path, ed25519.Ed25519PrivateKey.generate(), "kind")
    for files in ((certificate, other), (certificate, certificate), (tmp_path / "none", key), short, kind):
        with pytest.raises(ConfigurationInvalid):
            ClientIdentity.load("hub", AUDIENCE, (), *files)
