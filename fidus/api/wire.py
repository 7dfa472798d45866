"""One connection: its limits, the peer's certificate, and answers to what is not HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from aiohttp import web
from aiohttp.web_request import BaseRequest

from fidus.api.answers import problem
from fidus.api.crowd import Crowd
from fidus.api.limits import Limits
from fidus.api.negotiation import DEFAULT_LANGUAGE
from fidus.errors import FidusError, HubFault, Issue, IssueType, RequestInvalid
from fidus.model import TraceIds
from fidus.trouble import Trouble

LIMITS: Final[Mapping[str, Any]] = {
    "access_log": None,  # paths may hold what a caller wrote into them
    "auto_decompress": False,  # a Content-Encoding is refused, not unpacked
    "lingering_time": 2.0,  # a refused body is read on for so long, that its sender sees the answer
    "max_line_size": 4_096,
    "max_field_size": 8_190,
    "max_headers": 64,
}

_NOT_HTTP = "This is not a request as RFC 9112 has it, or a line of it is too long: send HTTP/1.1"


class Connection(web.RequestHandler):
    """An HTTP connection over TLS. `certificate`: DER of the peer's, None if it showed none. `sent_away`:
    there were too many. Times are bounded by `limits`; idle ones by aiohttp's keep-alive."""

    def __init__(
        self,
        server: web.Server,
        loop: asyncio.AbstractEventLoop,
        trouble: Trouble,
        limits: Limits,
        wire: socket.socket,
        crowd: Crowd,
    ) -> None:
        super().__init__(server, loop=loop, keepalive_timeout=limits.idle_s, **LIMITS)
        self._trouble = trouble
        self._wire = wire
        self._crowd = crowd
        self._head: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self.limits = limits
        self.certificate: bytes | None = None
        self.sent_away = False

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        return self._current_request is None and not self._messages

    def send_away(self) -> None:
        """Close it at once, whatever state it is in."""
        self.sent_away = True
        with contextlib.suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is over. There is no renegotiation, so the certificate stays what it is."""
        tls = transport.get_extra_info("ssl_object")
        assert isinstance(tls, ssl.SSLObject)
        self.certificate = tls.getpeercert(binary_form=True)
        super().connection_made(transport)
        if self.certificate is not None:
            leaves = self._crowd.show(self, sha256(self.certificate).digest())
            if isinstance(leaves, Connection):
                leaves.send_away()

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is over."""
        self._crowd.leave(self)
        for timer in (self._head, self._untaken):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A request that was begun has to come to the end of its headers in time."""
        before = self._request_count
        super().data_received(data)
        if self._request_count != before:
            if self._head is not None:
                self._head.cancel()
                self._head = None
        elif self._head is None and self._waiter is not None and not self._waiter.done():
            self._head = self._loop.call_later(self.limits.head_s, self._abort)

    def pause_writing(self) -> None:
        """The peer does not take its answer: for so long, and no longer."""
        super().pause_writing()
        self._untaken = self._loop.call_later(self.limits.answer_s, self._abort)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - quotes what was sent, so it goes nowhere
    ) -> web.StreamResponse:
        """Answer what never became a request; closes the connection."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")
        traces = TraceIds(uuid4())
        error: FidusError = RequestInvalid((Issue(IssueType.INVALID_INPUT, "", _NOT_HTTP, "header"),))
        if status != 400:
            error = HubFault()
            if exc is not None:
                self._trouble.bug(exc, traces)
        response = problem(error, traces, DEFAULT_LANGUAGE, "")
        response.force_close()
        return response

    def log_exception(self, *_: Any, **details: Any) -> None:
        """What aiohttp would log with its message is told by class and place."""
        error = details.get("exc_info")
        if isinstance(error, BaseException):
            self._trouble.bug(error, TraceIds(uuid4()))
