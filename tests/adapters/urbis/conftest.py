"""UrbIS in small: a server of our own over TLS, and the adapter as a hub makes it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from adapters._lib.gate import Gate, Limits
from adapters._lib.http import Site
from adapters._lib.making import Basis
from adapters.urbis.adapter import Urbis, make
from fidus.model import Answer, Query

REST = ("getaddresses", "getaddressesfields", "getaddressfromxy")


def basis(certificate: Any, url: str, deadline_s: float = 5.0, unknown: Any = lambda _: None) -> Basis:
    return Basis(
        site=Site(url, certificate),
        gate=Gate("urbis", Limits(deadline_s, 8)),
        path=lambda path: path,
        synthetic=True,
        clock=lambda: datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
        unknown_code=unknown,
    )


@dataclass
class Place:
    """Answers by what is asked: `says` holds JSON, or a whole response, by the last part of a REST path or by
    a layer."""

    certificates: Any
    says: Mapping[str, Any]
    asked: list[web.Request] = field(default_factory=list)
    deadline_s: float = 5.0
    unknown: list[str] = field(default_factory=list)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        name = request.path.rpartition("/")[2]
        if name not in REST:
            name = request.query["typeNames"].partition(":")[2]
        told = self.says[name]
        if callable(told):
            told = await told(request)
        return told if isinstance(told, web.Response) else web.json_response(told)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Urbis]:
        pair = self.certificates.get("source")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=1)  # type: ignore[arg-type]
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        adapter = make(basis(pair.certificate, url, self.deadline_s, self.unknown.append), {})
        try:
            yield adapter
        finally:
            await adapter.close()
            await runner.cleanup()

    def fetched(self, query: Query) -> Answer:
        async def story() -> Answer:
            async with self.running() as adapter:
                await adapter.ping()
                return await adapter.fetch(query)

        return asyncio.run(story())


@pytest.fixture
def place(certificates: Any) -> Callable[..., Place]:
    return lambda **says: Place(certificates, says)
