"""The Crossroads Bank in small: a server of our own over TLS that answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lxml import etree

from adapters._lib.gate import Gate, Limits
from adapters._lib.http import Site
from adapters._lib.making import Basis
from adapters.cbe.adapter import Cbe, make
from adapters.cbe.mapping import MES
from fidus.model import Answer, Query
from fidus.opendata import NoOpenData, OpenData
from tests.adapters.cbe import samples

PASSWORD = "not-a-real-one"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
Respond = Callable[[str], web.Response]  # by the Id of the request


def envelope(content: str, reply_to: str | None) -> bytes:
    header = ""
    if reply_to is not None:
        header = (
            f'<s:Header><m:ReplyContext xmlns:m="{MES}"><m:Id>{reply_to}</m:Id>'
            "<m:AccountBalance>41</m:AccountBalance></m:ReplyContext></s:Header>"
        )
    return f'<s:Envelope xmlns:s="{SOAP}">{header}<s:Body>{content}</s:Body></s:Envelope>'.encode()


def says(content: str, status: int = 200, *, related: bool = True) -> Respond:
    """Answers with this content, under the request's own Id unless it is not `related`."""

    def respond(identifier: str) -> web.Response:
        body = envelope(content, identifier if related else None)
        return web.Response(body=body, status=status, content_type="text/xml", charset="utf-8")

    return respond


@dataclass
class Bank:
    """Answers each question by `respond`; `asked` keeps SOAPAction and envelope of each."""

    certificates: Any
    folder: Path
    respond: Respond
    asked: list[tuple[str, etree._Element]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    deadline_s: float = 5.0
    more: dict[str, Any] = field(default_factory=dict)
    data: OpenData = field(default_factory=NoOpenData)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        root = etree.fromstring(await request.read())
        self.asked.append((request.headers["SOAPAction"], root))
        return self.respond(root.findtext(f".//{{{MES}}}RequestContext/{{{MES}}}Id") or "")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Cbe]:
        """The server, and the adapter as a hub makes it."""
        pair = self.certificates.get("source")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        adapter = make(self.basis(f"https://127.0.0.1:{runner.addresses[0][1]}"), self.options())
        try:
            yield adapter
        finally:
            await adapter.close()
            await runner.cleanup()

    def basis(self, url: str) -> Basis:
        return Basis(
            site=Site(url, self.certificates.get("source").certificate),
            gate=Gate("cbe", Limits(self.deadline_s, 8)),
            path=lambda path: path,
            synthetic=True,
            clock=lambda: samples.NOW,
            unknown_code=self.unknown.append,
            open_data=self.data,
        )

    def options(self) -> dict[str, Any]:
        file = self.folder / "cbe.password"
        file.write_text(f"{PASSWORD}\n", encoding="utf-8")
        return {"username": "fidus", "password_file": file, **self.more}

    def fetched(self, query: Query) -> Answer:
        async def story() -> Answer:
            async with self.running() as adapter:
                return await adapter.fetch(query)

        return asyncio.run(story())


@pytest.fixture
def bank(certificates: Any, tmp_path: Path) -> Callable[[Respond], Bank]:
    return lambda respond: Bank(certificates, tmp_path, respond)
