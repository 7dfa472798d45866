"""Any source gone bad: before its mock, with its real keys, over real TLS. Answers honestly, unless told.

It knows no protocol above HTTP. What an honest answer to the very question is, the mock behind it says.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
from lxml import etree

from fidus.demo.home import DemoHome
from mocks.__main__ import SOURCES
from mocks.running import Listening, serving
from mocks.source import Source
from mocks.world import world
from tests.attacks.source import ELSEWHERE
from tests.attacks.wires import XML, Speak, http

_DROPPED = {"host", "content-length", "connection"}
_Honest = tuple[int, str | None, bytes]
"""Status, media type and body. To the same question it is the same: sources sign nothing here but ids."""


class _InItsOwnWords:
    """A connection on which WIRES, which speak of XML, say the media type of another source."""

    def __init__(self, writer: asyncio.StreamWriter, media: str) -> None:
        self._writer = writer
        self._media = media.encode()

    def write(self, data: bytes) -> None:
        self._writer.write(data.replace(f"Content-Type: {XML}".encode(), b"Content-Type: " + self._media))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


@dataclass
class Front:
    """Tell it with `speak` what to do with the next question that the mock would answer.

    `aside`: the path of what is no question (a token), with plans of its own. `values`: what the last honest
    answer told.
    """

    home: DemoHome
    slug: str
    media: str
    aside: str | None = None
    url: str = ""
    values: set[str] = field(default_factory=set, repr=False)
    broken: list[Exception] = field(default_factory=list)
    _plans: deque[Speak] = field(default_factory=deque)
    _aside: deque[Speak] = field(default_factory=deque)
    _honest: dict[tuple[str, bytes], _Honest] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.mock: Source = SOURCES[self.slug](self.home.folder, world())

    def speak(self, speak: Speak) -> None:
        """Answer the next question so."""
        self._plans.append(speak)

    def speak_aside(self, speak: Speak) -> None:
        """Answer the next request for a token so."""
        self._aside.append(speak)

    def misbehave(self, **fault: object) -> None:
        """Let the mock misbehave in a way of its own, once."""
        self.mock.faults.add({"count": 1, **fault})

    def took(self) -> tuple[list[Exception], int]:
        """What went wrong in itself since it was last asked, and how many plans were not carried out."""
        broken, self.broken = self.broken, []
        left = len(self._plans) + len(self._aside) + len(self.mock.faults.all())
        self._plans.clear()
        self._aside.clear()
        self.mock.faults.clear()
        return broken, left

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Treat one connection of the hub."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("ascii").split("\r\n")[:-2]
                headers = dict(line.split(": ", 1) for line in lines[1:])
                body = await reader.readexactly(int(headers["Content-Length"]))
                await self._treat(lines[0], headers, body, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError, aiohttp.ServerDisconnectedError):
            pass
        except Exception as error:  # noqa: BLE001 - told to the test, which fails
            self.broken.append(error)
        finally:
            writer.transport.abort()

    async def _treat(
        self, line: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        aside = line.split(" ")[1].partition("?")[0] == self.aside
        plans = self._aside if aside else self._plans
        known = None if aside or not plans or self.mock.faults.all() else self._honest.get((line, body))
        status, media, honest = known or await self._ask(line, headers, body)
        if status == 200 and not self.mock.faults.all():
            self._honest[line, body] = status, media, honest
        if status == 200 and plans:
            plan = plans.popleft()
            if not aside:
                self.values = set(_values(honest, self.media))
            await plan(honest, cast(asyncio.StreamWriter, _InItsOwnWords(writer, self.media)))
            return
        writer.write(http(honest, f"{status} So", media))

    async def _ask(self, line: str, headers: dict[str, str], body: bytes) -> _Honest:
        """What the mock answers."""
        method, target, _ = line.split(" ")
        kept = {name: value for name, value in headers.items() if name.lower() not in _DROPPED}
        sent = self._session.request(method, f"{self._behind}{target}", data=body, headers=kept)
        async with sent as answer:
            return answer.status, answer.headers.get("Content-Type"), await answer.read()

    async def _caught(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.broken.append(AssertionError("the hub went where an answer led it"))
        writer.transport.abort()

    async def open(self, stack: AsyncExitStack) -> None:
        """Listen, with the mock behind."""
        pki = self.home.pki
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pki.path(self.slug, "crt"), pki.path(self.slug, "key"))
        ready = await stack.enter_async_context(serving(self.mock, Listening(tls)))
        self._behind = str(ready["url"]).removesuffix(self.mock.path.rstrip("/"))
        trusted = ssl.create_default_context(cafile=str(pki.path("issuer-servers", "crt")))
        connector = aiohttp.TCPConnector(ssl=trusted)
        self._session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        trap = await asyncio.start_server(self._caught, *ELSEWHERE, reuse_port=True)
        stack.callback(trap.close)
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
        stack.callback(server.close)
        self.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}{self.mock.path.rstrip('/')}"


def _values(honest: bytes, media: str) -> Iterator[str]:
    """Every text of an answer."""
    if media == XML:
        yield from ((node.text or "").strip() for node in etree.fromstring(honest).iter("*"))
        return
    left = [json.loads(honest)]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str):
            yield value


@contextmanager
def listening(fronts: list[Front]) -> Iterator[None]:
    """They listen in a thread of their own until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()

    async def open_all() -> None:
        for front in fronts:
            await front.open(stack)

    async def close() -> None:
        await stack.aclose()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        asyncio.run_coroutine_threadsafe(open_all(), loop).result(30)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
