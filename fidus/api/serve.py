"""The interface as an application, and as a server that listens."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from aiohttp import web

from fidus.api.call import BASE
from fidus.api.contract import Contract
from fidus.api.edge import Edge, Handler
from fidus.api.hub import HubProtocol
from fidus.api.operations import operations
from fidus.api.running import Running
from fidus.api.wire import CONNECTIONS, Connection
from fidus.strictjson import LIMIT
from fidus.trouble import Trouble

DRAIN_S: Final = 75.0  # longer than a source may take
LEAST_S, MOST_S = 0.5, 5.0  # for answers that are on their way to their callers; aiohttp takes it twice
HANDSHAKE_S: Final = 10.0

RUNNING: Final = web.AppKey("running", Running)
TROUBLE: Final = web.AppKey("trouble", Trouble)


def build_api(hub: HubProtocol) -> web.Application:
    """The application. Raises OSError or ValueError if the contract file cannot be read."""
    running = Running(hub.trouble)
    table = operations(Contract.read())
    edge = Edge(hub, running, table)
    application = web.Application(client_max_size=LIMIT, middlewares=[edge.pathless])
    for operation in table:
        handler = edge.handler(operation)
        _add(application, operation.method, BASE + operation.path, handler)
        if operation.method == "GET":
            _add(application, "HEAD", BASE + operation.path, handler)
    _add(application, "*", r"/{anything:[\s\S]*}", edge.nowhere)  # a path may hold a line end, as %0A
    application[RUNNING] = running
    application[TROUBLE] = hub.trouble
    return application


def _add(application: web.Application, method: str, path: str, handler: Handler) -> None:
    application.router.add_route(method, path, handler, expect_handler=_not_yet)


async def _not_yet(_: web.Request) -> None:
    """The body is asked for when it is wanted (fidus/api/body.py), not before the caller is known."""


class Serving:
    """A running server. `host` and `port`: where it listens."""

    def __init__(
        self, runner: web.AppRunner, manager: web.Server, server: asyncio.Server, running: Running
    ) -> None:
        self._runner = runner
        self._manager = manager
        self._server = server
        self._running = running
        self.host, self.port = server.sockets[0].getsockname()[:2]

    async def stop(self, within_s: float = DRAIN_S) -> None:
        """Take no new connection, answer 503 to new calls on those that are open, let what is under way come
        to its record and answer, then close. What is still under way after `within_s` is left: the next start
        records it as interrupted."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        self._running.closing = True
        self._server.close()
        await self._running.drain(within_s)
        self._manager.pre_shutdown()
        await self._manager.shutdown(min(MOST_S, max(LEAST_S, until - loop.time())))
        await self._runner.cleanup()
        await self._running.drain(max(0.0, until - loop.time()))  # whose caller was cut off meanwhile


async def serve_api(
    application: web.Application, context: ssl.SSLContext, host: str, port: int, most: int = CONNECTIONS
) -> Serving:
    """Listen with TLS; port 0 takes a free one. `most`: connections at once. Raises OSError."""
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(application, shutdown_timeout=5.0)
    await runner.setup()
    manager = runner.server
    assert manager is not None
    trouble = application[TROUBLE]
    try:
        server = await loop.create_server(
            lambda: Connection(manager, loop, trouble, most),
            host,
            port,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_S,
            backlog=1024,
        )
    except OSError:
        await runner.cleanup()
        raise
    return Serving(runner, manager, server, application[RUNNING])
