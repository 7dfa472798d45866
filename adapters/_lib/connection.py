"""One connection to a source: HTTP/1.1 over TLS, one request after the other, an answer of bounded size.

Whether a request may be sent again depends on whether a byte of it left. So this knows exactly, where a
library for all purposes does not.
"""

from __future__ import annotations

import asyncio
import re
import select
from typing import Final, cast

import httptools

from adapters._lib.answers import HttpAnswer

# Of everything but the body: status line, headers, interim answers before them, chunk sizes, trailers. What
# frames a body may besides be as long as the body.
HEAD_BYTES: Final = 64 * 1024

_LENGTHS: Final = {b"content-length", b"transfer-encoding"}
_SECONDS: Final = re.compile(rb"[0-9]{1,6}")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([^"'\s;]*)""")


class Cut(Exception):
    """The connection ended, or said something else than HTTP, before a whole answer was there.

    `begun`: status and headers of an answer had come. `broken`: it is no HTTP, or its body ended too early.
    """

    def __init__(self, begun: bool = False, broken: bool = False) -> None:
        super().__init__("no whole answer")
        self.begun = begun
        self.broken = broken


class TooLarge(Exception):
    """The answer is larger than is taken. What comes after the limit is not read."""


class Connection(asyncio.Protocol):
    """Made by an event loop. `most`: bytes of a body that are taken. `last_used`: in the loop's time.

    `is_remembered`: its TLS session was kept for the next connection."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[HttpAnswer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._open = True
        self.last_used = 0.0
        self.is_remembered = False
        self._seen = 0  # bytes that came since the question
        self._status: int | None = None  # of an answer that is no interim one, once its headers are whole
        self._headers: dict[bytes, bytes] = {}
        self._body = bytearray()

    @property
    def is_open(self) -> bool:
        """False once it ended, or is known to end."""
        transport = self._transport
        return self._open and transport is not None and not transport.is_closing()

    def object(self, name: str) -> object:
        """What the transport tells of itself, such as `ssl_object`."""
        assert self._transport is not None
        return self._transport.get_extra_info(name)

    async def is_fit(self) -> bool:
        """Whether a request may be sent: what the source said meanwhile, such as goodbye, is looked at first.

        Nothing that lies unread may be taken for the answer to what is asked next.
        """
        for _ in range(2):
            if not self.is_open or not _has_unread(self.object("socket")):
                return self.is_open
            await asyncio.sleep(0)  # the loop reads it
            await asyncio.sleep(0)
        return False

    async def ask(self, request: bytes) -> HttpAnswer:
        """Send a whole request and wait for its whole answer. Raises Cut and TooLarge; who is cancelled, or
        gets an error, leaves a connection that is closed."""
        assert self._transport is not None
        assert self._waiter is None
        self._begin()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            self._transport.write(request)
            return await self._waiter
        except BaseException:
            self.abort()
            raise
        finally:
            self._waiter = None
            self.last_used = asyncio.get_running_loop().time()

    def close(self) -> None:
        """Say goodbye and end."""
        self._open = False
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End at once: a source that floods or drips would draw out a polite farewell."""
        self._open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of asyncio: TLS is agreed on."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.last_used = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        """Of asyncio."""
        if self._waiter is None or self._waiter.done():
            self.abort()  # it answers what nobody asked
            return
        self._seen += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(Cut(broken=True))
        if self._seen > HEAD_BYTES + 2 * len(self._body):
            self._fail(Cut(broken=True))

    def eof_received(self) -> None:
        """Of asyncio: the source said that nothing more comes. A body without length ends so."""
        if self._status is not None and not _LENGTHS & self._headers.keys():
            self._complete()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        """Of asyncio."""
        self._open = False
        begun = self._status is not None
        self._fail(Cut(begun=begun, broken=begun))

    def on_message_begin(self) -> None:
        """Of the parser."""
        if self._waiter is None or self._waiter.done():
            self.abort()  # two answers to one question: neither this nor what follows is read

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the parser."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Of the parser."""
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status
        else:  # it is interim, and its headers are not the answer's
            self._headers.clear()

    def on_body(self, data: bytes) -> None:
        """Of the parser."""
        self._body += data
        if len(self._body) > self._most:
            self._fail(TooLarge())

    def on_message_complete(self) -> None:
        """Of the parser."""
        if self._status is not None:
            if not self._parser.should_keep_alive():
                self._open = False
            self._complete()

    def _begin(self) -> None:
        self._seen = 0
        self._status = None
        self._headers = {}
        self._body = bytearray()

    def _complete(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            assert self._status is not None
            kind, _, more = self._header(b"content-type").partition(";")
            after = self._headers.get(b"retry-after", b"")
            seconds = int(after) if _SECONDS.fullmatch(after) else None
            plain = self._header(b"content-encoding") in ("", "identity")
            plain = plain and {*_CHARSET.findall(more)} <= {"utf-8", "utf8"}
            answer = HttpAnswer(self._status, kind.strip(), bytes(self._body), seconds, plain)
            self._waiter.set_result(answer)

    def _header(self, name: bytes) -> str:
        """In lower case, "" where there is none."""
        return self._headers.get(name, b"").decode("latin-1").strip().lower()

    def _fail(self, error: Cut | TooLarge) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.abort()


def _has_unread(socket: object) -> bool:
    """Whether something lies there that the event loop has not read yet."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)  # type: ignore[arg-type]  # whatever has a fileno()
    return bool(poll.poll(0))
