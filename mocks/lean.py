"""A source in its cheapest form: HTTP/1.1 with keep-alive straight on the event loop, for measurements only.

Reads what well-behaved clients send (a POST with Content-Length) and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Protocol, cast

import uvloop

from mocks.running import HOST, Listening, watch_stdin
from mocks.wire import XML


class LeanSource(Protocol):
    """A source that answers bytes with bytes. Raises ValueError for a question that it cannot read."""

    slug: str
    path: str

    def answer(self, question: bytes) -> bytes:
        """The answer to one question."""
        ...


class _Connection(asyncio.Protocol):
    """One connection of a client. Questions may come in pieces; one is answered after the other."""

    def __init__(self, source: LeanSource) -> None:
        self._source = source
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            stop = end + 4 + _length(self._held[:end])
            if len(self._held) < stop:
                return
            question, self._held = self._held[end + 4 : stop], self._held[stop:]
            assert self._transport is not None
            self._transport.write(self._answer(question))

    def _answer(self, question: bytes) -> bytes:
        try:
            status, answer = b"200 OK", self._source.answer(question)
        except ValueError as error:
            status, answer = b"500 Internal Server Error", f"<unread>{error}</unread>".encode()
        return b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
            status,
            XML.encode(),
            len(answer),
            answer,
        )


def _length(head: bytes) -> int:
    """Content-Length of a head, 0 without one."""
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def run_lean(source: LeanSource, listening: Listening) -> None:
    """Serve as `mocks.running.run` does, with one port and one line {"slug", "url", "pid"}."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(source, listening))


async def _serve(source: LeanSource, listening: Listening) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(
        lambda: _Connection(source), HOST, listening.port, ssl=listening.tls, backlog=256
    )
    url = f"https://{HOST}:{server.sockets[0].getsockname()[1]}{source.path}"
    sys.stdout.write(json.dumps({"slug": source.slug, "url": url, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    if listening.until_stdin_closes:
        watch_stdin(loop, stop)
    await stop.wait()
    server.close()
