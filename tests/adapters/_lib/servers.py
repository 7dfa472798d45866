"""Sources over TLS in small: certificates by one issuer, and servers that answer as they are told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters._lib.answers import HttpAnswer, HttpQuestion
from adapters._lib.http import HttpClient, Site
from fidus.demo.pki import Identity, Pki

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 2\r\n\r\nok"
LAST = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
QUESTION = HttpQuestion("POST", "/asked", {"Content-Type": "text/xml"}, b"question")

Respond = Callable[[asyncio.StreamWriter], Awaitable[bool]]


async def answer(writer: asyncio.StreamWriter) -> bool:
    writer.write(OK)
    return True


def says(text: bytes, *, then_close: bool = False) -> Respond:
    async def respond(writer: asyncio.StreamWriter) -> bool:
        writer.write(text)
        return not then_close

    return respond


async def cut(writer: asyncio.StreamWriter) -> bool:
    writer.transport.abort()
    return False


@dataclass
class Server:
    """A source over TLS. `respond` treats each request and says whether the connection stays."""

    context: ssl.SSLContext
    respond: Respond = answer
    asked: int = 0
    resumed: list[bool] = field(default_factory=list)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    server: asyncio.Server | None = None

    async def start(self, port: int = 0, **options: Any) -> int:
        self.server = await asyncio.start_server(
            self._serve, "127.0.0.1", port, ssl=self.context, reuse_port=True, **options
        )
        return int(self.server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """As a source that takes care: announce it, let what is under way end, then close."""
        assert self.server is not None
        self.server.close()
        self.respond = says(LAST, then_close=True)
        await asyncio.sleep(0.1)
        for writer in list(self.writers):
            writer.close()
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        self.resumed.append(writer.get_extra_info("ssl_object").session_reused)
        try:
            stays = True
            while stays:
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"POST /base/asked HTTP/1.1\r\nHost: ")
                await reader.readexactly(len(QUESTION.body))
                self.asked += 1
                stays = await self.respond(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
            self.writers.discard(writer)


class Source:
    """Servers by one issuer, and clients that trust it."""

    def __init__(self, folder: Path) -> None:
        self.pki = Pki(folder)
        self.issuer = self.pki.issuer("issuer", "Servers")
        self.servers: list[Server] = []

    def server(self, respond: Respond = answer, issuer: Identity | None = None) -> Server:
        """With a new key and certificate."""
        name = f"server-{len(self.servers)}"
        self.pki.server(name, issuer or self.issuer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pki.path(name, "crt"), self.pki.path(name, "key"))
        self.servers.append(Server(context, respond))
        return self.servers[-1]

    @asynccontextmanager
    async def client(self, port: int, host: str = "127.0.0.1") -> AsyncIterator[HttpClient]:
        site = Site(f"https://{host}:{port}/base", self.pki.path("issuer", "crt"))
        client = HttpClient("register", site)
        try:
            yield client
        finally:
            await client.close()
            for server in self.servers:
                if server.server is not None:
                    server.server.close()
            await asyncio.sleep(0.02)

    def told(self, respond: Respond, times: int = 1) -> list[HttpAnswer]:
        async def story() -> list[HttpAnswer]:
            async with self.client(await self.server(respond).start()) as client:
                return [await client.send(QUESTION) for _ in range(times)]

        return asyncio.run(story())
