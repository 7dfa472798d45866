"""One call of the REST interface: what is known of it before it is treated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID, uuid4

from aiohttp import HttpVersion10, HttpVersion11, web

from fidus.api import negotiation
from fidus.api.host import tellable
from fidus.api.hub import HubProtocol
from fidus.api.running import Running
from fidus.api.wire import Connection
from fidus.errors import FidusError, Issue, IssueType, RequestInvalid
from fidus.model import Caller, TraceIds

BASE: Final = "/fidus/v1"
SOAP_PATH: Final = "/soap/v1"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HOST = re.compile(r"[A-Za-z0-9._~-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")

_VERSION = "This is neither HTTP/1.1 nor HTTP/1.0: send one of them"
_NO_HOST = "This is no name or address of a host, with or without a port: send the one that you connect to"


@dataclass(frozen=True, slots=True)
class Call:
    """`caller` None: not asked for. `kind`: the media type to answer in.

    `fault`: what is wrong with method-independent parts (Accept, query parameters), not yet told.
    """

    hub: HubProtocol
    running: Running
    request: web.Request
    traces: TraceIds
    language: str
    base: str
    caller: Caller | None = None
    kind: str = ""
    fault: FidusError | None = None

    @property
    def institution(self) -> Caller:
        """The caller of an operation that needs one."""
        assert self.caller is not None
        return self.caller

    @property
    def body_s(self) -> float:
        """Seconds within which the body has to be there."""
        connection = self.request.protocol
        assert isinstance(connection, Connection)
        return connection.limits.body_s

    def by(self, caller: Caller) -> Call:
        """The call, now that it is known who calls."""
        known = self.hub, self.running, self.request, self.traces, self.language, self.base
        return Call(*known, caller)  # written out: dataclasses.replace takes nearly twice as long

    def read(self, kind: str, fault: FidusError | None) -> Call:
        """The call, now that it is known in which media type to answer and what is wrong with it."""
        known = self.hub, self.running, self.request, self.traces, self.language, self.base
        return Call(*known, self.caller, kind, fault)

    def part(self, name: str) -> str:
        """A part of the path, as the caller wrote it."""
        return self.request.match_info[name]


def new_call(hub: HubProtocol, running: Running, request: web.Request) -> Call:
    """Give the call its own trace id and find out in which language it is answered."""
    sent = request.headers.get("BelGov-Trace-Id", "")
    related = UUID(sent) if _UUID.fullmatch(sent) else None
    language = negotiation.language(request.headers.get("Accept-Language"))
    base = _base(request.headers.get("Host", ""))
    return Call(hub, running, request, TraceIds(uuid4(), related), language, base)


def malformed(request: web.Request) -> RequestInvalid | None:
    """The fault of a version or Host that RFC 9112 (§2.3, §3.2) refuses and the parser lets pass."""
    if not HttpVersion10 <= request.version <= HttpVersion11:
        return RequestInvalid((Issue(IssueType.INVALID_INPUT, "", _VERSION, "header"),))
    if not _HOST.fullmatch(request.headers.get("Host", "localhost")):
        return RequestInvalid((Issue(IssueType.INVALID_INPUT, "Host", _NO_HOST, "header"),))
    return None


@lru_cache(maxsize=256)
def _base(host: str) -> str:
    """Absolute address of the interface, as the caller reached it."""
    return f"https://{host if _HOST.fullmatch(host) and tellable(host) else 'localhost'}{BASE}"
