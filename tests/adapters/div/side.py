"""The adapter with the mock of the vehicle register before it, in one process, over TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from adapters._lib.gate import Gate, Limits
from adapters._lib.http import Site
from adapters._lib.making import Basis
from adapters.div.adapter import Div, make
from fidus.errors import SourceError
from fidus.model import Answer, Found
from fidus.services import load_services
from mocks.div.server import VehicleRegister
from mocks.div.server import make as make_mock
from mocks.running import Listening, serving
from mocks.world import world
from tests.adapters.div.samples import query

WORLD = world()
DEADLINE_S: Final = 3.0
SOAP: Final[dict[str, Any]] = {"holder_by": "soap", "customer": "0999000426"}
QUESTIONS: Final[dict[str, dict[str, Any]]] = {
    name.removeprefix("div/"): dict(service.example)
    for name, service in load_services(Path(__file__).parents[3] / "adapters").items()
    if name.startswith("div/")
}
"""The example of each service."""
T = TypeVar("T")


@dataclass
class Side:
    """An adapter, the mock that it asks, and how often a code could not be explained, by table."""

    adapter: Div
    mock: VehicleRegister
    unknown: list[str]

    async def ask(self, name: str, **values: Any) -> Answer:
        return await self.adapter.fetch(query(name, **values))

    async def all(self, questions: Iterable[Awaitable[T]]) -> list[T]:
        """So many at once as the gate has room for."""
        room = asyncio.Semaphore(8)

        async def one(question: Awaitable[T]) -> T:
            async with room:
                return await question

        return await asyncio.gather(*(one(question) for question in questions))


def fill(folder: Path, certificates: Any) -> Path:
    """Make a folder a home of the mock."""
    (folder / "pki").mkdir()
    pairs = {
        "div": certificates.get("source"),
        "div-sign": certificates.elliptic("source-sign"),
        "hub-sign": certificates.elliptic("hub"),
    }
    for name, pair in pairs.items():
        (folder / "pki" / f"{name}.crt").write_bytes(pair.certificate.read_bytes())
        (folder / "pki" / f"{name}.key").write_bytes(pair.key.read_bytes())
    return folder


@asynccontextmanager
async def running(home: Path, **options: Any) -> AsyncIterator[Side]:
    """Both, until the block ends. `options`: more of `[sources.div]`."""
    pki = home / "pki"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki / "div.crt", pki / "div.key")
    mock = make_mock(home, WORLD)
    unknown: list[str] = []
    async with serving(mock, Listening(tls)) as ready:
        basis = Basis(
            site=Site(str(ready["url"]), pki / "div.crt"),
            gate=Gate("div", Limits(DEADLINE_S, 16)),
            path=lambda path: path,
            synthetic=True,
            clock=lambda: datetime.now(UTC),
            unknown_code=unknown.append,
        )
        given = {
            "client_id": "fidus-demonstration",
            "signing_certificate": pki / "hub-sign.crt",
            "signing_key": pki / "hub-sign.key",
            "signers": [pki / "div-sign.crt"],
            **options,
        }
        adapter = make(basis, given)
        try:
            yield Side(adapter, mock, unknown)
        finally:
            await adapter.close()


def with_mock(home: Path, story: Callable[[Side], Awaitable[T]], **options: Any) -> T:
    """What a story gives that is played with both."""

    async def play() -> T:
        async with running(home, **options) as side:
            return await story(side)

    return asyncio.run(play())


def found(answer: Answer | SourceError) -> Found:
    """The answer, which is one."""
    assert isinstance(answer, Found), answer
    return answer
