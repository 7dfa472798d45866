"""How an answer goes over the wire, and the misbehaviours that concern only that, whatever the source."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator

from aiohttp import web

from mocks.faults import Fault

XML = "text/xml; charset=utf-8"
_SLOW_S = 0.5
_BLOCK = 64 * 1024
_DOCTYPE = b'<!DOCTYPE Envelope [<!ENTITY nothing "">]>'
_DECLARATION_END = b"?>"


async def send(request: web.Request, answer: bytes, status: int, fault: Fault | None) -> web.StreamResponse:
    """Send `answer` in the way that `fault` wants; kinds that change the answer were seen to before."""
    kind = None if fault is None else fault.kind
    values = {} if fault is None else fault.values
    if kind == "delay":
        await asyncio.sleep(values["seconds"])
    if kind == "reset":
        return reset(request)
    if kind == "status":
        return web.Response(status=int(values["status"]), text="misbehaving as it was asked to\n")
    if kind == "hugeBody":
        return await _in_pieces(request, _huge(answer, int(values["bytes"])), 0.0)
    if kind == "slowBody":
        return await _in_pieces(request, (answer[at : at + 1] for at in range(len(answer))), _SLOW_S)
    if kind == "truncate":
        answer = answer[: int(values["bytes"])]
    if kind == "doctype":
        answer = _before_root(answer, _DOCTYPE)
    return web.Response(status=status, body=answer, headers={"Content-Type": XML})


def reset(request: web.Request) -> web.Response:
    """Cut the connection at once, with a TCP reset."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _in_pieces(request: web.Request, pieces: Iterator[bytes], pause_s: float) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": XML})
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
        await asyncio.sleep(pause_s)
    await response.write_eof()
    return response


def _huge(answer: bytes, size: int) -> Iterator[bytes]:
    """The answer behind a long comment: well-formed and rightly signed, but of `size` bytes (or its own, if
    that is more)."""
    end = answer.index(_DECLARATION_END) + len(_DECLARATION_END)
    filler = max(0, size - len(answer) - len(b"<!---->"))
    yield answer[:end]
    yield b"<!--"
    for at in range(0, filler, _BLOCK):
        yield b"x" * min(_BLOCK, filler - at)
    yield b"-->"
    yield answer[end:]


def _before_root(answer: bytes, text: bytes) -> bytes:
    end = answer.index(_DECLARATION_END) + len(_DECLARATION_END)
    return answer[:end] + text + answer[end:]
