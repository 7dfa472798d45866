"""Reading what was sent: media types, query parameters and the body, each fault as an error of the tree."""

from __future__ import annotations

import asyncio

from aiohttp import web

from fidus.api.answers import JSON
from fidus.errors import FidusError, Issue, IssueType, PayloadTooLarge, RequestInvalid, UnsupportedMedia
from fidus.strictjson import LIMIT, tellable_path

_NO_PARAMETER = "This operation has no such parameter: leave it out"
_LATE = "The body did not arrive in time: send it at once"
_BROKEN = "The body ended before its announced end, or its chunks are wrong: send it whole"


def unknown_parameters(request: web.Request, known: frozenset[str] = frozenset()) -> RequestInvalid | None:
    """The fault of query parameters that the operation does not have (Belgif rest-guide, req-valid)."""
    sent = (name for name in request.query if name.lower() not in known)
    names = dict.fromkeys(tellable_path("", name) for name in sent)
    issues = tuple(Issue(IssueType.UNKNOWN_INPUT, name, _NO_PARAMETER, "query") for name in names)
    return RequestInvalid(issues) if issues else None


def unsupported(request: web.Request) -> UnsupportedMedia | None:
    """The fault of sending anything but application/json in UTF-8, as it is."""
    is_json = request.content_type == JSON and (request.charset or "utf-8").lower() == "utf-8"
    return None if is_json and "Content-Encoding" not in request.headers else UnsupportedMedia()


async def read_body(request: web.Request, within_s: float) -> bytes | FidusError:
    """The whole body, or the fault with which reading it ended. Stops reading at the limit."""
    if (request.content_length or 0) > LIMIT:
        return PayloadTooLarge(LIMIT)
    try:
        if request.content.is_eof():  # it is all there, as most are: then no clock is wound up
            read = request.content.read_nowait()
        else:
            await _invite(request)
            async with asyncio.timeout(within_s):
                read = await _read(request)
    except TimeoutError:
        return _unreadable(_LATE)
    except (OSError, web.RequestPayloadError):
        return _unreadable(_BROKEN)
    return read if len(read) <= LIMIT else PayloadTooLarge(LIMIT)


async def _read(request: web.Request) -> bytes:
    """As far as its end, or some bytes beyond the limit."""
    read = bytearray()
    while len(read) <= LIMIT and (chunk := await request.content.readany()):
        read += chunk
    return bytes(read)


async def _invite(request: web.Request) -> None:
    """Tell a client that waits to be told (RFC 9110, 10.1.1), now that its body is wanted."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


def _unreadable(detail: str) -> RequestInvalid:
    return RequestInvalid((Issue(IssueType.SCHEMA_VIOLATION, "", detail),))
