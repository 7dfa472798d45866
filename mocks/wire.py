"""How an answer goes over the wire, and the misbehaviours that concern only that, whatever the source."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from mocks.faults import DUPLICATE, Fault

XML = "text/xml; charset=utf-8"
JSON = "application/json"
_SLOW_S = 0.5
_BLOCK = 64 * 1024
_DOCTYPE = b'<!DOCTYPE Envelope [<!ENTITY nothing "">]>'
_DECLARATION_END = b"?>"


@dataclass(frozen=True, slots=True)
class _Filler:
    """What may stand at `at` in an answer without changing what it says."""

    at: int
    begin: bytes
    fill: bytes
    end: bytes


async def send(
    request: web.Request, answer: bytes, status: int, fault: Fault | None, media: str = XML
) -> web.StreamResponse:
    """Send `answer` in the way that `fault` wants; kinds that change what it says were seen to before."""
    kind = None if fault is None else fault.kind
    values = {} if fault is None else fault.values
    if kind == "delay":
        await asyncio.sleep(values["seconds"])
    if kind == "reset":
        return reset(request)
    if kind == "status":
        return web.Response(status=int(values["status"]), text="misbehaving as it was asked to\n")
    if not answer:
        return web.Response(status=status)
    if kind == "hugeBody":
        return await _in_pieces(
            request, media, _huge(answer, int(values["bytes"]), _filler(answer, media)), 0.0
        )
    if kind == "slowBody":
        return await _in_pieces(request, media, (answer[at : at + 1] for at in range(len(answer))), _SLOW_S)
    if kind == "truncate":
        answer = answer[: int(values["bytes"])]
    if kind == "doctype":
        answer = _before_root(answer, _DOCTYPE)
    if kind == DUPLICATE:
        answer = _twice(answer)
    return web.Response(status=status, body=answer, headers={"Content-Type": media})


def reset(request: web.Request) -> web.Response:
    """Cut the connection at once, with a TCP reset."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _in_pieces(
    request: web.Request, media: str, pieces: Iterator[bytes], pause_s: float
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": media})
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
        await asyncio.sleep(pause_s)
    await response.write_eof()
    return response


def _filler(answer: bytes, media: str) -> _Filler:
    """A comment behind the declaration of XML; blanks before the end of JSON (RFC 8259 §2)."""
    if media == JSON:
        return _Filler(len(answer) - 1, b"", b" ", b"")
    return _Filler(answer.index(_DECLARATION_END) + len(_DECLARATION_END), b"<!--", b"x", b"-->")


def _huge(answer: bytes, size: int, filler: _Filler) -> Iterator[bytes]:
    """The answer with what says nothing in it: well-formed, rightly signed, but of `size` bytes (or its own,
    if that is more)."""
    left = max(0, size - len(answer) - len(filler.begin + filler.end))
    yield answer[: filler.at] + filler.begin
    for at in range(0, left, _BLOCK):
        yield filler.fill * min(_BLOCK, left - at)
    yield filler.end + answer[filler.at :]


def _twice(answer: bytes) -> bytes:
    """The first member also before itself, with another value: readers differ on which one counts."""
    first = json.dumps(next(iter(json.loads(answer))))
    return b"{" + first.encode() + b":null," + answer[1:]


def _before_root(answer: bytes, text: bytes) -> bytes:
    end = answer.index(_DECLARATION_END) + len(_DECLARATION_END)
    return answer[:end] + text + answer[end:]
