"""The vehicle register in small: answers written by hand, and a server of our own over TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters._lib.gate import Gate, Limits
from adapters._lib.http import Site
from adapters._lib.making import Basis
from adapters.div.adapter import Div, make
from fidus.model import Answer, Query
from tests.adapters.div.side import fill

Handler = Callable[[web.Request], Awaitable[web.Response]]


def token(_: web.Request) -> web.Response:
    return web.json_response({"access_token": "opaque", "token_type": "Bearer", "expires_in": 300})


@dataclass
class Register:
    """Answers each question by `respond`; `asked` keeps them, tokens are counted apart."""

    certificates: Any
    respond: Handler
    asked: list[web.Request] = field(default_factory=list)
    tokens: list[Any] = field(default_factory=list)
    deadline_s: float = 5.0
    base: str = ""

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.path == f"{self.base.rstrip('/')}/oauth2/token":
            self.tokens.append(dict(await request.post()))
            return token(request)
        assert request.headers["Authorization"] == "Bearer opaque"
        self.asked.append(request)
        return await self.respond(request)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Div]:
        """The server, and the adapter as a hub makes it."""
        pair = self.certificates.get("source")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=1)  # type: ignore[arg-type]
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        port = runner.addresses[0][1]
        adapter = make(self.basis(f"https://127.0.0.1:{port}{self.base}"), self.options())
        try:
            yield adapter
        finally:
            await adapter.close()
            await runner.cleanup()

    def basis(self, url: str) -> Basis:
        return Basis(
            site=Site(url, self.certificates.get("source").certificate),
            gate=Gate("div", Limits(self.deadline_s, 8)),
            path=lambda path: path,
            synthetic=True,
            clock=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC),
            unknown_code=lambda _: None,
        )

    def options(self) -> dict[str, Any]:
        hub: Any = self.certificates.elliptic("hub")
        return {
            "client_id": "fidus",
            "signing_certificate": Path(hub.certificate),
            "signing_key": Path(hub.key),
        }

    def fetched(self, query: Query) -> Answer:
        async def story() -> Answer:
            async with self.running() as adapter:
                return await adapter.fetch(query)

        return asyncio.run(story())


@pytest.fixture(scope="session")
def home(certificates: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of the mock, with the keys of source and hub."""
    return fill(tmp_path_factory.mktemp("register"), certificates)


@pytest.fixture
def register(certificates: Any) -> Callable[[Handler], Register]:
    return lambda respond: Register(certificates, respond)
