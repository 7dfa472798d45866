"""Connections: what is no HTTP, headers beyond the limits, too many, and those that never ask."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from fidus.api.crowd import Crowd
from fidus.api.limits import Limits
from fidus.api.wire import Connection

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World


@contextlib.contextmanager
def opened(world: World, address: tuple[str, int] | None = None) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(address or world.address, timeout=10) as raw,
        world.tls().wrap_socket(raw, server_hostname="127.0.0.1") as connection,
    ):
        yield connection


def said(connection: ssl.SSLSocket) -> bytes:
    """Everything until the server closes, however it does."""
    read = b""
    with contextlib.suppress(ConnectionResetError, ssl.SSLError):
        while chunk := connection.recv(65_536):
            read += chunk
    return read


@pytest.mark.parametrize(
    "sent",
    [
        b"HELO fidus\r\n\r\n",
        b"GET /fidus/v1/flows HTTP/9.9\r\n\r\n",
        b"GET /fidus/v1/flows?ssin=62691699717 HTTP/1.1\r\nNo colon 62691699717\r\n\r\n",
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 10_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
    ],
    ids=[
        "smtp",
        "version",
        "no-colon",
        "long-path",
        "long-header",
        "many-headers",
        "two-lengths",
        "two-framings",
        "binary",
    ],
)
def test_what_is_no_http_is_a_problem_and_ends_the_connection(world: World, sent: bytes) -> None:
    with opened(world) as connection:
        connection.sendall(sent)
        head, _, body = said(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 400"), "no version was agreed on"
    assert b"Content-Type: application/problem+json" in head
    assert b"Cache-Control: no-store" in head
    members = json.loads(body)
    assert members["type"] == "urn:problem-type:belgif:badRequest"
    assert members["issues"][0]["in"] == "header"
    assert b"62691699717" not in body
    assert world.hub.trouble.bugs == []


@pytest.mark.parametrize(
    "target", [b"OPTIONS *", b"CONNECT x:443", b"GET https://x", b"GET /%0a", b"GET //x"]
)
def test_a_target_that_is_no_path_of_ours_is_a_problem(world: World, target: bytes) -> None:
    with opened(world) as connection:
        connection.sendall(target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, body = said(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert json.loads(body)["type"] == "urn:problem-type:belgif:resourceNotFound"


def test_an_upgrade_is_not_taken(world: World) -> None:
    """Neither WebSocket nor HTTP/2 in clear: the request is answered as if nobody had asked for it."""
    reply = world.ask(
        "/flows", headers={"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    )
    assert reply.status == 200


class Sent:
    """A request of which the answer has begun, or not."""

    class writer:  # noqa: N801 - stands for an attribute
        output_size = 0


def made(world: World) -> Connection:
    """A connection that is not made yet, of a server without requests."""

    async def nothing(_: web.BaseRequest) -> web.StreamResponse:
        raise AssertionError

    async def make() -> Connection:
        one, other = socket.socketpair()
        for end in (one, other):
            end.close()
        crowd = Crowd(Limits())
        return Connection(web.Server(nothing), world.background.loop, world.hub.trouble, Limits(), one, crowd)

    connection: Connection = world.background.run(make())
    return connection


def test_a_failure_of_the_server_itself_is_a_problem(world: World) -> None:
    request: Any = Sent()
    response: Any = made(world).handle_error(request, 500, RuntimeError("62691699717"), "62691699717")
    assert response.status == 500
    assert json.loads(response.body)["type"] == "urn:problem-type:belgif:internalServerError"
    assert b"62691699717" not in response.body
    assert [type(bug) for bug in world.hub.trouble.bugs] == [RuntimeError]


def test_a_late_handler_is_a_problem_without_bug(world: World) -> None:
    request: Any = Sent()
    assert made(world).handle_error(request, 504).status == 500
    assert world.hub.trouble.bugs == []


def test_an_answer_that_has_begun_is_not_begun_again(world: World) -> None:
    request: Any = Sent()
    request.writer = type("Writer", (), {"output_size": 1})
    with pytest.raises(ConnectionError):
        made(world).handle_error(request, 500)


def test_what_the_server_would_log_is_told_by_class(world: World) -> None:
    connection = made(world)
    connection.log_exception("62691699717", exc_info=KeyError("62691699717"))
    connection.log_exception("62691699717")
    assert [type(bug) for bug in world.hub.trouble.bugs] == [KeyError]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"GET /fidus/v1/flows HTTP/1.1\r\nHost: a b\r\n\r\n", "Host"),
        (b"GET /fidus/v1/flows HTTP/1.1\r\nHost: user@hub\r\n\r\n", "Host"),
        (b"GET /fidus/v1/flows HTTP/1.1\r\nHost: hub/path\r\n\r\n", "Host"),
        (b"GET /fidus/v1/flows\r\n\r\n", None),
        (b"GET /nowhere HTTP/1.1\r\nHost: a b\r\n\r\n", "Host"),
    ],
    ids=["blank", "user", "path", "http-0-9", "elsewhere"],
)
def test_a_version_or_host_that_the_parser_lets_pass(world: World, sent: bytes, name: str | None) -> None:
    with opened(world) as connection:
        connection.sendall(sent)
        head, _, body = said(connection).partition(b"\r\n\r\n")
    assert b" 400 " in head
    (issue,) = json.loads(body)["issues"]
    assert (issue.get("name"), issue["in"]) == (name, "header")
    assert world.hub.strangers == []
