"""One connection: its limits, the peer's certificate, and answers to what is not HTTP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from aiohttp import web
from aiohttp.web_request import BaseRequest

from fidus.api.answers import problem
from fidus.api.negotiation import DEFAULT_LANGUAGE
from fidus.errors import FidusError, HubFault, Issue, IssueType, RequestInvalid
from fidus.model import TraceIds
from fidus.trouble import Trouble

CONNECTIONS: Final = 2_000  # at once, per process
LIMITS: Final[Mapping[str, Any]] = {
    "access_log": None,  # paths may hold what a caller wrote into them
    "auto_decompress": False,  # a Content-Encoding is refused, not unpacked
    "keepalive_timeout": 60.0,  # also bounds how long a request line and headers may take
    "lingering_time": 2.0,  # a refused body is read on for so long, that its sender sees the answer
    "max_line_size": 4_096,
    "max_field_size": 8_190,
    "max_headers": 64,
}

_NOT_HTTP = "This is not a request as RFC 9112 has it, or a line of it is too long: send HTTP/1.1"


class Connection(web.RequestHandler):
    """An HTTP connection over TLS. `certificate`: DER of the peer's, None if it showed none.

    A connection beyond `most` is closed at once.
    """

    def __init__(
        self, server: web.Server, loop: asyncio.AbstractEventLoop, trouble: Trouble, most: int = CONNECTIONS
    ) -> None:
        super().__init__(server, loop=loop, **LIMITS)
        self._server = server
        self._trouble = trouble
        self._most = most
        self.certificate: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is over. There is no renegotiation, so the certificate stays what it is."""
        tls = transport.get_extra_info("ssl_object")
        assert isinstance(tls, ssl.SSLObject)
        self.certificate = tls.getpeercert(binary_form=True)
        super().connection_made(transport)
        if len(self._server.connections) > self._most:
            self.force_close()

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
