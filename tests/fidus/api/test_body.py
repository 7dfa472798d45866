"""Reading bodies: the bound, clients that are slow, lie or wait to be asked."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from fidus.api import wire as connections
from fidus.api.call import Call
from fidus.errors import FidusError, PayloadTooLarge, RequestInvalid

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

LIMIT = 65_536
HEAD = (
    b"POST /fidus/v1/flows/own-address/consult HTTP/1.1\r\n"
    b"Host: localhost\r\n"
    b"Content-Type: application/json\r\n"
)


@contextlib.contextmanager
def opened(world: World) -> Iterator[ssl.SSLSocket]:
    """A connection on which anything can be written."""
    with (
        socket.create_connection(world.address, timeout=10) as raw,
        world.tls().wrap_socket(raw, server_hostname="127.0.0.1") as wire,
    ):
        yield wire


def answered(wire: ssl.SSLSocket) -> bytes:
    """Everything that comes until the server closes."""
    read = b""
    with contextlib.suppress(ConnectionResetError, ssl.SSLError):
        while chunk := wire.recv(65_536):
            read += chunk
    return read


def taken(world: World) -> bytes | FidusError:
    """What the hub was given of the one question."""
    ((_, _, body, _),) = world.hub.consulted
    assert isinstance(body, bytes | FidusError)
    return body


def padded(size: int) -> bytes:
    body = {
        "query": {"ssin": "62691699717"},
        "context": {"caseReference": "c", "endUser": {"id": "a"}},
    }
    return json.dumps(body).encode().ljust(size)


def test_a_body_of_the_limit_is_taken(world: World) -> None:
    assert world.consult(body=padded(LIMIT)).status == 200


def test_a_longer_one_is_too_large(world: World) -> None:
    reply = world.consult(body=padded(LIMIT + 1))
    assert (reply.status, reply.json["limit"]) == (413, LIMIT)
    assert isinstance(taken(world), PayloadTooLarge)


def test_an_announced_gigabyte_is_refused_before_it_is_sent(world: World) -> None:
    begun = time.monotonic()
    with opened(world) as wire:
        wire.sendall(HEAD + b"Content-Length: 1000000000\r\n\r\n{")
        assert wire.recv(12) == b"HTTP/1.1 413"
    assert time.monotonic() - begun < 1.5


def test_chunks_are_counted_and_reading_stops(world: World) -> None:
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    with opened(world) as wire:
        wire.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3)
        read = wire.recv(65_536)
    assert read.startswith(b"HTTP/1.1 413")
    assert b"Connection: close" in read
    assert isinstance(taken(world), PayloadTooLarge)


def test_chunks_within_the_limit_are_one_body(world: World) -> None:
    body = padded(300)
    chunks = b"".join(b"64\r\n" + body[start : start + 100] + b"\r\n" for start in (0, 100, 200))
    with opened(world) as wire:
        wire.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert wire.recv(65_536).startswith(b"HTTP/1.1 200")
    assert taken(world) == body


def test_after_a_broken_chunk_nothing_more_is_expected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Call, "body_s", 0.1)
    with opened(world) as wire:
        wire.sendall(HEAD + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b"5\r\n{...}\r\nxyz\r\n")
        assert wire.recv(65_536).startswith(b"HTTP/1.1 400")
    assert isinstance(taken(world), RequestInvalid)


def test_a_body_that_breaks_off_is_recorded_as_refused(world: World) -> None:
    with opened(world) as wire:
        wire.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"query"')
    end = time.monotonic() + 5
    while not world.hub.consulted and time.monotonic() < end:
        time.sleep(0.01)
    body = taken(world)
    assert isinstance(body, RequestInvalid)
    assert "ended before" in body.issues[0].detail
    assert world.hub.trouble.bugs == []


def test_a_body_that_does_not_come_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Call, "body_s", 0.1)
    with opened(world) as wire:
        wire.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"query"')
        read = wire.recv(65_536)
    assert read.startswith(b"HTTP/1.1 400")
    assert b"did not arrive in time" in read


def test_who_waits_to_be_asked_is_asked(world: World) -> None:
    body = padded(200)
    with opened(world) as wire:
        wire.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 200\r\n\r\n")
        assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(body)
        assert wire.recv(65_536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("expect", [b"100-continue", b"something-else"])
def test_who_is_refused_is_not_asked_for_the_body(world: World, expect: bytes) -> None:
    refused = HEAD.replace(b"application/json", b"text/plain")
    with opened(world) as wire:
        wire.sendall(refused + b"Expect: " + expect + b"\r\nContent-Length: 200\r\n\r\n")
        assert wire.recv(12) == b"HTTP/1.1 415"


def test_a_refused_body_closes_the_connection(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LIMITS", {**connections.LIMITS, "lingering_time": 0.1})
    refused = HEAD.replace(b"application/json", b"text/plain")
    with opened(world) as wire:
        wire.sendall(refused + b"Content-Length: 5\r\n\r\n12")
        assert b"Connection: close" in answered(wire)


@pytest.mark.parametrize(
    ("rest", "given"),
    [
        pytest.param(b"Content-Length: 0\r\n\r\n", b"", id="nothing"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}", id="chunks"),
        pytest.param(b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", b"{}", id="not-waited-for"),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n"
            + (b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 5
            + b"0\r\n\r\n",
            PayloadTooLarge,
            id="too-much",
        ),
    ],
)
def test_a_body_that_comes_with_its_head_is_read_the_same(
    world: World, rest: bytes, given: bytes | type[FidusError]
) -> None:
    with opened(world) as wire:
        wire.sendall(HEAD + b"Connection: close\r\n" + rest)
        answer = wire.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 ")
    body = taken(world)
    assert body == given if isinstance(given, bytes) else isinstance(body, given)


def test_who_sends_all_and_leaves_at_once_is_consulted_for_all_the_same(world: World) -> None:
    body = padded(300)
    with opened(world) as wire:
        wire.sendall(HEAD + b"Content-Length: 300\r\n\r\n" + body)
    end = time.monotonic() + 5
    while not world.hub.consulted and time.monotonic() < end:
        time.sleep(0.01)
    assert taken(world) == body
