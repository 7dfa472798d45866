"""Starting and stopping: what is under way is finished, new connections are not taken."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from fidus.api import build_api, serve_api, server_context
from fidus.api.serve import Serving

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

BODY = b'{"query": {"ssin": "62691699717"}, "context": {"caseReference": "c", "endUser": {"id": "a"}}}'


def started(world: World, port: int = 0) -> Serving:
    """Another server of the same hub."""
    context = server_context(*world.authority.issue("more").files, world.authority.file, world.failed.append)

    async def start() -> Serving:
        return await serve_api(build_api(world.hub), context, "127.0.0.1", port)

    serving: Serving = world.background.run(start())
    return serving


def test_stopping_lets_a_consultation_come_to_its_answer(world: World) -> None:
    world.hub.go_on.clear()
    serving = started(world)
    connection = world.connect()
    connection.port = serving.port
    connection.request(
        "POST", "/fidus/v1/flows/own-address/consult", BODY, {"Content-Type": "application/json"}
    )
    assert world.hub.begun.wait(5)
    stopping = asyncio.run_coroutine_threadsafe(serving.stop(), world.background.loop)
    time.sleep(0.05)
    assert not stopping.done()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((serving.host, serving.port), timeout=5)
    world.background.loop.call_soon_threadsafe(world.hub.go_on.set)
    response = connection.getresponse()
    assert response.status == 200
    assert response.read()
    connection.close()
    stopping.result(timeout=5)
    assert world.hub.recorded == ["own-address"]


def test_stopping_waits_for_what_its_client_left(world: World) -> None:
    world.hub.go_on.clear()
    serving = started(world)
    connection = world.connect()
    connection.port = serving.port
    connection.request(
        "POST", "/fidus/v1/flows/own-address/consult", BODY, {"Content-Type": "application/json"}
    )
    assert world.hub.begun.wait(5)
    connection.close()
    release = threading.Timer(0.1, lambda: world.background.loop.call_soon_threadsafe(world.hub.go_on.set))
    release.start()
    world.background.run(serving.stop())
    release.join()
    assert world.hub.recorded == ["own-address"]


def test_stopping_closes_idle_connections(world: World) -> None:
    serving = started(world)
    connection = world.connect()
    connection.port = serving.port
    connection.request("GET", "/fidus/v1/health")
    assert connection.getresponse().read()
    begun = time.monotonic()
    world.background.run(serving.stop())
    assert time.monotonic() - begun < 2
    assert connection.sock is not None
    assert connection.sock.recv(10) == b""
    connection.close()


def test_a_port_that_is_taken_is_said_at_the_start(world: World) -> None:
    with pytest.raises(OSError, match=r"(?i)address already in use"):
        started(world, world.address[1])
