"""The figures that bound what one peer and all together take up, against the real interface."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from fidus.api import build_api, serve_api, server_context
from fidus.api.limits import Limits
from fidus.api.serve import Serving
from fidus.settings import LimitSettings

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

HEALTH = b"GET /fidus/v1/health HTTP/1.1\r\nHost: hub\r\n\r\n"
BODY = {"query": {"ssin": "62691699717"}, "context": {"caseReference": "c", "endUser": {"id": "a"}}}


@contextmanager
def limited(world: World, **limits: Any) -> Iterator[tuple[str, int]]:
    """Another server of the same hub, with these limits."""
    files = world.authority.issue("limited").files
    context = server_context(*files, world.authority.file, world.failed.append)

    async def start() -> Serving:
        return await serve_api(build_api(world.hub), context, "127.0.0.1", 0, Limits(**limits))

    serving: Serving = world.background.run(start())
    try:
        yield serving.host, serving.port
    finally:
        world.background.run(serving.stop())


@contextmanager
def opened(world: World, address: tuple[str, int], who: str | None = "own") -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(address, timeout=10) as raw,
        world.tls(who).wrap_socket(raw, server_hostname="127.0.0.1") as wire,
    ):
        yield wire


def ends_after(wire: socket.socket) -> float:
    """Seconds until the hub closes."""
    begun = time.monotonic()
    with contextlib.suppress(OSError):
        while wire.recv(65_536):
            pass
    return time.monotonic() - begun


def counted(world: World, reason: str) -> int:
    """How often a reason was counted, once it was."""
    until = time.monotonic() + 5
    while reason not in world.failed and time.monotonic() < until:
        time.sleep(0.01)
    return world.failed.count(reason)


def test_settings_have_each_limit_with_the_same_figure() -> None:
    assert LimitSettings().model_dump() == dataclasses.asdict(Limits())


@pytest.mark.slow
def test_who_asks_nothing_is_closed(world: World) -> None:
    with limited(world, idle_s=0.4) as address, opened(world, address) as wire:
        wire.sendall(HEALTH)
        assert wire.recv(65_536).startswith(b"HTTP/1.1 200")
        assert 0.2 < ends_after(wire) < 3


@pytest.mark.slow
def test_who_never_ends_its_headers_is_cut_off(world: World) -> None:
    """However busily it sends, and however long an idle connection may stay."""
    with limited(world, head_s=0.4) as address, opened(world, address) as wire:
        wire.sendall(HEALTH)
        assert wire.recv(65_536).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            wire.sendall(b"GET /fidus/v1/health HTTP/1.1\r\n")
            while time.monotonic() < begun + 5:
                wire.sendall(b"A: b\r\n")
                time.sleep(0.05)
        assert time.monotonic() - begun < 3


def test_who_takes_its_time_within_the_limit_is_answered(world: World) -> None:
    with limited(world, head_s=5.0) as address, opened(world, address) as wire:
        for part in (HEALTH[:10], HEALTH[10:30], HEALTH[30:]):
            wire.sendall(part)
            time.sleep(0.05)
        assert wire.recv(65_536).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
def test_who_does_not_take_its_answers_is_cut_off(world: World) -> None:
    """What was written for it does not stay in memory for ever."""
    with limited(world, answer_s=0.5, parting_s=0.5) as address, opened(world, address) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asked = b"GET /fidus/v1/doc/openapi.json HTTP/1.1\r\nHost: hub\r\n\r\n"
        begun = time.monotonic()
        wire.settimeout(5)
        ended = goes_on(wire, asked * 50)
        assert not isinstance(ended, TimeoutError)
        assert time.monotonic() - begun < 8


def goes_on(wire: ssl.SSLSocket, again: bytes) -> OSError:
    """Send the same again and again; how that ends."""
    try:
        while True:
            wire.sendall(again)
    except OSError as error:
        return error


@pytest.mark.slow
def test_who_does_not_shake_hands_is_closed_and_counted(world: World) -> None:
    with limited(world, handshake_s=0.4) as address:
        with socket.create_connection(address, timeout=10) as raw:
            assert ends_after(raw) < 3
        assert counted(world, "tlsTimeout") == 1


def test_who_leaves_in_the_handshake_is_counted(world: World) -> None:
    with limited(world) as address:
        with socket.create_connection(address, timeout=10) as raw:
            raw.sendall(b"\x16\x03\x01")
        assert counted(world, "tlsAborted") == 1


def test_the_oldest_stranger_makes_room_for_who_comes(world: World) -> None:
    """Whoever shakes hands is let in, however many only hold the door open."""
    with limited(world, strangers=3) as address, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(address, timeout=10)) for _ in range(8)]
        with opened(world, address) as wire:
            wire.sendall(HEALTH)
            assert wire.recv(65_536).startswith(b"HTTP/1.1 200")
        assert all(ends_after(one) < 3 for one in silent[:5])
        assert counted(world, "tooManyConnections") == 6


def test_one_certificate_has_so_many_connections(world: World) -> None:
    """The oldest idle one goes; another's are not touched."""
    with limited(world, of_one=2) as address, contextlib.ExitStack() as stack:
        other = stack.enter_context(opened(world, address, "other"))
        own = [stack.enter_context(opened(world, address)) for _ in range(4)]
        for wire in own[2:]:
            wire.sendall(HEALTH)
            assert wire.recv(65_536).startswith(b"HTTP/1.1 200")
        assert all(ends_after(wire) < 3 for wire in own[:2])
        other.sendall(HEALTH)
        assert other.recv(65_536).startswith(b"HTTP/1.1 200")


def test_so_many_consultations_at_once(world: World) -> None:
    """What is beyond them is told to come again, is not begun, and health is told all the same."""
    world.hub.go_on.clear()
    with limited(world, consultations=2) as address, contextlib.ExitStack() as stack:
        begun = [stack.enter_context(contextlib.closing(asking(world, address))) for _ in range(2)]
        until = time.monotonic() + 5
        while len(world.hub.consulted) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        with contextlib.closing(asking(world, address)) as third:
            told = third.getresponse()
            problem = json.loads(told.read())
        assert (told.status, problem["origin"], told.headers["Retry-After"]) == (503, "hub", "5")
        assert problem["type"] == "urn:problem-type:belgif:serviceUnavailable"
        with opened(world, address, None) as wire:
            wire.sendall(HEALTH)
            assert wire.recv(65_536).startswith(b"HTTP/1.1 200")
        assert len(world.hub.consulted) == 2
        world.background.loop.call_soon_threadsafe(world.hub.go_on.set)
        assert [one.getresponse().status for one in begun] == [200, 200]


def asking(world: World, address: tuple[str, int]) -> http.client.HTTPSConnection:
    """A connection on which a good question was asked."""
    connection = http.client.HTTPSConnection(*address, context=world.tls(), timeout=20)
    kind = {"Content-Type": "application/json"}
    connection.request("POST", "/fidus/v1/flows/own-address/consult", json.dumps(BODY), kind)
    return connection
