"""The mock vehicle register: checks each request as strictly as a real one, then answers from the world.

No request is logged but by operation and what is wrong with it: its URL names plates and people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509

from mocks.asked import Asked
from mocks.div import holders
from mocks.div.holders import Holders
from mocks.div.register import KEYS, Register
from mocks.div.tokens import LIVES, NAMED, TokenRefused, Tokens
from mocks.faults import EXPIRED_TOKEN, KINDS, NO_TOKEN, REST_KINDS, Faults
from mocks.openapi import Contract, Operation, Wrong
from mocks.rest import Refused, asked, operation, packed, problem
from mocks.source import UnusableHome
from mocks.wire import JSON, send
from mocks.world import World
from mocks.wssec import Signer

SCOPES: Mapping[str, str] = {
    "registrations": "mob_reg_v1_G",
    "registrationsTitular": "mob_regtit_v1_G",
    "registrationsHistory": "mob_reghist_v1_G",
    "manyRegistrations": "mob_reg_v1_G",
    "movements": "mob_movind_v1_G",
}
"""Which scope each operation needs, by its summary in the contract."""

_NO_STORE = {"Cache-Control": "no-store"}  # RFC 6749 §5.1
_log = logging.getLogger("mocks.div")


class VehicleRegister:
    """The source. `signer`: by whom SOAP answers are signed. `known`: certificates of those who may ask for
    tokens, and sign SOAP questions. `lives`: how long a token does."""

    slug = "div"
    path = "/"

    def __init__(
        self,
        signer: Signer,
        known: Sequence[x509.Certificate],
        world: World,
        *,
        lives: timedelta = LIVES,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.faults = Faults(frozenset(REST_KINDS) | {EXPIRED_TOKEN} | NO_TOKEN | frozenset(KINDS))
        self.asked: list[Asked] = []
        self.tokens = Tokens(known, frozenset(SCOPES.values()), lives, clock)
        self._clock = clock
        self._contract = Contract(self.slug)
        self._register = Register(world, clock)
        self._holders = Holders(signer, known, self._register, self.faults, self.asked, clock)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        if request.path == holders.PATH:
            return await self._holders.handle(request)
        noted = Asked(self._clock(), self.slug, None, None)
        try:
            wanted = operation(self._contract, request)
            noted = Asked(noted.at, f"{self.slug}/{wanted.id}", None, None)
            if wanted.id == "token":
                self.asked.append(noted)
                return await self._token(request, wanted)
            try:
                values = await asked(request, wanted)
                noted = Asked(noted.at, noted.service, _shown(values), None)
            finally:
                self.asked.append(noted)
            return await self._answer(request, wanted, values)
        except Wrong as wrong:
            refused = Refused(400, str(wrong))
        except Refused as other:
            refused = other
        _log.warning("refused: %s", refused.detail)
        return problem(refused)

    async def _answer(
        self, request: web.Request, wanted: Operation, values: Mapping[str, Any]
    ) -> web.StreamResponse:
        """The answer to a request that the contract allows. Raises Refused, Wrong."""
        token = self._authorised(request, wanted)
        answer = self._register.answers[wanted.id](values)
        acting = self.faults.take(*_keys(values), among=frozenset(REST_KINDS) | {EXPIRED_TOKEN})
        kind = None if acting is None else acting.kind
        if kind == EXPIRED_TOKEN:
            self.tokens.forget(token)
            raise _unauthorised("the token has expired")
        if kind == "wrongSubject":
            answer = self._register.strange(wanted.id, values)
        if answer is None:
            return await send(request, b"", 204, acting, JSON)
        if wanted.id != "manyRegistrations":
            answer = {"self": request.rel_url.raw_path_qs, **answer}
        wanted.answer.validate(answer)
        return await send(request, packed(answer), 200, acting, JSON)

    def _authorised(self, request: web.Request, wanted: Operation) -> str:
        """The token of a request, once it allows this operation (RFC 6750 §2.1, §3.1). Raises Refused."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, "there is no bearer token", {"WWW-Authenticate": "Bearer"})
        scopes = self.tokens.allowed(token)
        if scopes is None:
            raise _unauthorised("the token is not known, or has expired")
        needed = SCOPES[wanted.id]
        if needed not in scopes:
            challenge = f'Bearer error="insufficient_scope", scope="{needed}"'
            raise Refused(403, f"the token lacks the scope {needed}", {"WWW-Authenticate": challenge})
        return token

    async def _token(self, request: web.Request, wanted: Operation) -> web.StreamResponse:
        acting = self.faults.take(among=NO_TOKEN)
        try:
            if acting is not None and acting.kind == "tokenDown":
                return web.Response(status=503, text="misbehaving as it was asked to\n")
            if acting is not None:
                raise TokenRefused(401, "invalid_client", "misbehaving as it was asked to")
            given = self.tokens.give(await _form(request, wanted), _audiences(request))
        except TokenRefused as refused:
            _log.warning("no token: %s", refused.text)
            told = {"error": refused.error, "error_description": refused.text}
            return web.json_response(told, status=refused.status, headers=_NO_STORE)
        wanted.answer.validate(given)
        return web.json_response(given, headers=_NO_STORE)


def make(home: Path, world: World) -> VehicleRegister:
    """The source of a world; `pki/hub-sign.crt` holds who may ask. Raises UnusableHome."""
    folder = home / "pki"
    try:
        signer = Signer.load(folder / "div-sign.crt", folder / "div-sign.key")
        known = x509.load_pem_x509_certificates((folder / "hub-sign.crt").read_bytes())
    except (OSError, ValueError) as error:
        raise UnusableHome(str(error)) from None
    return VehicleRegister(signer, known, world)


async def _form(request: web.Request, wanted: Operation) -> dict[str, str]:
    """The fields of a request for a token. Raises TokenRefused, as RFC 6749 §5.2 names it."""
    try:
        return {name: str(value) for name, value in (await asked(request, wanted)).items()}
    except Wrong as wrong:
        about_grant = len(wrong.faults) == 1 and wrong.faults[0].startswith("body.grant_type:")
        error = "unsupported_grant_type" if about_grant else "invalid_request"
        raise TokenRefused(400, error, str(wrong)) from None
    except Refused as refused:
        raise TokenRefused(400, "invalid_request", refused.detail) from None


def _audiences(request: web.Request) -> tuple[str, ...]:
    """This end point as the contract names it, and at the address at which it listens."""
    assert request.transport is not None
    port = request.transport.get_extra_info("sockname")[1]
    return (NAMED, *(f"https://{host}:{port}{request.path}" for host in ("127.0.0.1", "localhost")))


def _unauthorised(detail: str) -> Refused:
    return Refused(401, detail, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _keys(values: Mapping[str, Any]) -> tuple[str, ...]:
    """By what a fault finds a request: what it is about."""
    return (*values.get("plateNrs", ()), *(values[name] for name in KEYS if name in values))


def _shown(values: Mapping[str, Any]) -> str | None:
    """What was asked about, as text; of a vehicle without a plate its VIN and unifier."""
    return ",".join(_keys(values)) or None
