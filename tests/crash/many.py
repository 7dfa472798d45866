"""An institution with many connections at once, each kept alive, and what became of each of its calls."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from tests.crash.client import Asking

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Reply:
    """A whole answer, and how long it took. `closes`: the hub says that it closes the connection."""

    status: int
    closes: bool
    seconds: float
    body: dict[str, Any] = field(repr=False)

    @property
    def end(self) -> str:
        """ "200", or the last part of the problem's type."""
        return str(self.body.get("type", self.status)).rpartition(":")[2]


class Many:
    """Use it as a context. Raises OSError or aiohttp's errors where no whole answer comes."""

    def __init__(self, pki: Path, name: str, api: str) -> None:
        """`name`: of the institution's certificate and key in `pki`."""
        self._tls = ssl.create_default_context(cafile=str(pki / "issuer-servers.crt"))
        self._tls.load_cert_chain(pki / f"{name}.crt", pki / f"{name}.key")
        self._api = api

    async def __aenter__(self) -> Many:
        self._sessions = [self._session()]
        self._turn = 0
        return self

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=0, keepalive_timeout=60)
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await asyncio.gather(*(session.close() for session in self._sessions))
        await asyncio.sleep(0.1)  # TLS connections end a few steps of the event loop after they were closed

    async def ask(self, asking: Asking) -> Reply:
        """One question."""
        headers = {"Content-Type": "application/json", "BelGov-Trace-Id": asking.trace}
        return await self._call("POST", f"/flows/{asking.flow}/consult", asking.body, headers)

    async def get(self, path: str) -> Reply:
        """What the hub tells at this path."""
        return await self._call("GET", path, None, {})

    async def ask_all(self, askings: Iterable[Asking]) -> list[Reply]:
        """All at once."""
        return list(await asyncio.gather(*(self.ask(asking) for asking in askings)))

    async def connect(self, connections: int) -> None:
        """Open so many connections, used in turn by what is asked next; few at a time, as if by many."""
        self._sessions += [self._session() for _ in range(connections - len(self._sessions))]
        for begun in range(0, connections, 50):
            await asyncio.gather(*(self.get("/health") for _ in range(min(50, connections - begun))))

    async def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        begun = time.monotonic()
        address = f"{self._api}/fidus/v1{path}"
        self._turn = (self._turn + 1) % len(self._sessions)
        async with self._sessions[self._turn].request(
            method, address, data=body, headers=headers
        ) as response:
            told = json.loads(await response.read())
        closes = response.headers.get("Connection", "").lower() == "close"
        return Reply(response.status, closes, time.monotonic() - begun, told)


def ends(replies: Iterable[Reply]) -> Counter[str]:
    """How many ended how."""
    return Counter(reply.end for reply in replies)


class Load:
    """Callers that ask without pause. `replies`: every whole answer; `broken`: calls that got none."""

    def __init__(self, many: Many, askings: Iterator[Asking], callers: int) -> None:
        self._many = many
        self._askings = askings
        self._callers = callers
        self._ended = False
        self.replies: list[Reply] = []
        self.broken: list[BaseException] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Until the end of the block; what is under way then is waited for."""
        callers = [asyncio.create_task(self._ask()) for _ in range(self._callers)]
        try:
            yield
        finally:
            self._ended = True
            await asyncio.gather(*callers)

    async def more(self, calls: int) -> None:
        """Wait until so many more were answered."""
        until = len(self.replies) + calls
        async with asyncio.timeout(TIMEOUT_S):
            while len(self.replies) < until and not self.broken:  # noqa: ASYNC110 - a caller counts, no event
                await asyncio.sleep(0.02)

    async def _ask(self) -> None:
        while not self._ended:
            try:
                self.replies.append(await self._many.ask(next(self._askings)))
            except (aiohttp.ClientError, OSError) as error:
                self.broken.append(error)
                return
