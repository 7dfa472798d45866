"""A mock on real ports with a client that asks it: both on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from mocks.running import Listening, serving
from mocks.source import Source

T = TypeVar("T")
PATIENCE_S = 20


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]


class Served:
    """Asks one mock that runs. `url`: where it says that it is."""

    def __init__(self, loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession, ready: Any) -> None:
        self._loop = loop
        self._session = session
        self.ready = ready
        self.url: str = ready["url"]

    def ask(self, method: str, target: str, timeout_s: float = PATIENCE_S, **more: Any) -> Reply:
        """One request; `target` is sent as it stands."""
        return self._do(self._ask(method, f"{self.url}{target}", timeout_s, more))

    def control(self, method: str, path: str, body: object = None) -> Reply:
        """One call to the control port; `path` is faults or asked."""
        return self._do(self._ask(method, self.ready[path], PATIENCE_S, {"json": body} if body else {}))

    def misbehave(self, **fault: Any) -> None:
        assert self.control("PUT", "faults", fault).status == 200

    def last_asked(self) -> Any:
        return self.control("GET", "asked").json["items"][-1]

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _ask(self, method: str, url: str, timeout_s: float, more: Any) -> Reply:
        timeout = aiohttp.ClientTimeout(timeout_s)
        sent = self._session.request(method, URL(url, encoded=True), timeout=timeout, **more)
        async with sent as answer:
            return Reply(answer.status, CIMultiDict(answer.headers), await answer.read())


@contextmanager
def served(source: Source, pki: Path, name: str = "national-register") -> Iterator[Served]:
    """The mock with the TLS key `name` of `pki`, for as long as this lasts."""
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    made: list[Served] = []

    async def serve() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pki / f"{name}.crt", pki / f"{name}.key")
        trusted = ssl.create_default_context(cafile=str(pki / f"{name}.crt"))
        connector = aiohttp.TCPConnector(ssl=trusted)
        async with serving(source, Listening(tls)) as line, aiohttp.ClientSession(connector=connector) as one:
            made.append(Served(loop, one, line))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        loop.close()
