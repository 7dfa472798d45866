"""Clients gone bad: whatever they send, the hub refuses it, tells nothing, and answers the others."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from fidus.cli.homes import apply_folder
from tests.attacks.requests import BASE, REQUESTS, Request
from tests.journeys.alone import Alone, home_in, serving
from tests.journeys.trial import MUNICIPALITY

pytestmark = pytest.mark.slow

SHORT = """
[api.limits]
idle_s = 1.5
head_s = 0.5
body_s = 0.5
answer_s = 0.5
handshake_s = 1.0
strangers = 60
of_one = 80
"""
STATUS = re.compile(rb"HTTP/[01]\.[019] (\d{3}) ")


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A hub without a source, whose patience is short."""
    home = home_in(tmp_path_factory.mktemp("short") / "home")
    settings = home.folder / "fidus.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + SHORT, encoding="utf-8")
    with serving(home) as running:
        apply_folder(home.folder, home.flows, [])
        yield running


def address(hub: Alone) -> tuple[str, int]:
    parts = urlsplit(hub.says["api"])
    return parts.hostname or "", parts.port or 0


@contextlib.contextmanager
def opened(hub: Alone, context: ssl.SSLContext | None = None) -> Iterator[ssl.SSLSocket]:
    """A connection over TLS, of the municipality unless something else is said."""
    tls = context or hub.client(MUNICIPALITY).context()
    with (
        socket.create_connection(address(hub), timeout=10) as raw,
        tls.wrap_socket(raw, server_hostname="127.0.0.1") as wire,
    ):
        yield wire


def said(wire: ssl.SSLSocket) -> bytes:
    """Everything until the hub ends it, however it does."""
    read = b""
    with contextlib.suppress(OSError):
        while chunk := wire.recv(65_536):
            read += chunk
    return read


def well(hub: Alone) -> bool:
    """Whether a good question is answered."""
    return hub.client(MUNICIPALITY).get("/flows").status == 200


def named(request: Request) -> str:
    return request.name


@pytest.mark.parametrize("request_", REQUESTS, ids=named)
def test_a_bad_request(hub: Alone, request_: Request) -> None:
    """One answer, a problem where it is none of 200; after what cannot be framed the connection ends."""
    with opened(hub) as wire:
        with contextlib.suppress(OSError):
            wire.sendall(request_.sent)
        if not request_.ends:
            with contextlib.suppress(OSError):
                wire.sendall(b"GET %b/doc HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n" % BASE)
        answer = said(wire)
    statuses = [int(status) for status in STATUS.findall(answer)]
    assert statuses, "no answer"
    assert statuses[0] in request_.statuses
    assert len(statuses) == (1 if request_.ends else len(statuses))
    assert b"secret-of-mine" not in answer
    assert b"Traceback" not in answer
    if statuses[0] >= 400:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        assert json.loads(body[: length(head)])["status"] == statuses[0]
    assert well(hub)


def length(head: bytes) -> int:
    found = re.search(rb"(?i)content-length: (\d+)", head)
    assert found is not None
    return int(found[1])
