"""The interface as an application, and as a server that listens."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from aiohttp import web

from fidus.api.contract import Contract
from fidus.api.crowd import Crowd
from fidus.api.door import Door
from fidus.api.edge import Edge, Handler
from fidus.api.hub import HubProtocol
from fidus.api.limits import Limits
from fidus.api.operations import Operation, operations
from fidus.api.running import Running
from fidus.api.tls import CountingContext
from fidus.api.wire import Connection
from fidus.strictjson import LIMIT
from fidus.trouble import Trouble

DRAIN_S: Final = 75.0  # longer than a source may take
LEAST_S, MOST_S = 0.5, 5.0  # for answers that are on their way to their callers; aiohttp takes it twice

RUNNING: Final = web.AppKey("running", Running)
TROUBLE: Final = web.AppKey("trouble", Trouble)


def build_api(hub: HubProtocol, more: tuple[Operation, ...] = ()) -> web.Application:
    """The application. `more`: operations of other interfaces. Raises OSError or ValueError if the contract
    file cannot be read."""
    running = Running(hub.trouble)
    table = (*operations(Contract.read()), *more)
    edge = Edge(hub, running, table)
    application = web.Application(client_max_size=LIMIT, middlewares=[edge.pathless])
    for operation in table:
        handler = edge.handler(operation)
        _add(application, operation.method, operation.base + operation.path, handler)
        if operation.method == "GET":
            _add(application, "HEAD", operation.base + operation.path, handler)
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
        self,
        runner: web.AppRunner,
        manager: web.Server,
        door: Door,
        address: tuple[str, int],
        running: Running,
    ) -> None:
        self._runner = runner
        self._manager = manager
        self._door = door
        self._running = running
        self.host, self.port = address

    async def stop(self, within_s: float = DRAIN_S) -> None:
        """Take no new connection, answer 503 to new calls on those that are open, let what is under way come
        to its record and answer, then close. What is still under way after `within_s` is left: the next start
        records it as interrupted."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        self._running.closing = True
        await self._door.close()
        await self._running.drain(within_s)
        self._manager.pre_shutdown()
        await self._manager.shutdown(min(MOST_S, max(LEAST_S, until - loop.time())))
        await self._runner.cleanup()
        await self._running.drain(max(0.0, until - loop.time()))  # whose caller was cut off meanwhile


async def serve_api(
    application: web.Application,
    context: CountingContext,
    host: str,
    port: int,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Serving:
    """Listen with TLS; port 0 takes a free one. Raises OSError."""
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(application, shutdown_timeout=5.0)
    await runner.setup()
    manager = runner.server
    assert manager is not None
    running, trouble = application[RUNNING], application[TROUBLE]
    running.most = limits.consultations
    try:
        listener = Door.listen(host, port)
    except OSError:
        await runner.cleanup()
        raise

    def make(wire: socket.socket, crowd: Crowd) -> Connection:
        return Connection(manager, loop, trouble, limits, wire, crowd)

    door = Door(listener, context, make, limits, context.count, trouble)
    return Serving(runner, manager, door, listener.getsockname()[:2], running)
