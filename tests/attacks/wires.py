"""What a source can do to HTTP and to the connection beneath it."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tests.misbehaving import ANSWER, FAULT, TIMEOUT, UNAVAILABLE

Speak = Callable[[bytes, asyncio.StreamWriter], Awaitable[object]]
"""Says something over the wire instead of an honest answer, which it is given."""

XML = "text/xml; charset=utf-8"
GOES_ON_S = 30.0  # longer than any deadline here
_BLOCK = b" " * 65_536


@dataclass(frozen=True)
class Wire:
    """One way to misbehave, and the problem that it must lead to."""

    name: str
    expected: tuple[int, str]
    speak: Speak = field(repr=False)


def http(
    body: bytes, status: str = "200 OK", kind: str | None = XML, *more: str, length: int | None = None
) -> bytes:
    """A whole HTTP answer."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *more]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join((*lines, "", "")).encode() + body


def _says(write: Callable[[bytes], bytes]) -> Speak:
    async def speak(honest: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(write(honest))
        await writer.drain()

    return speak


def _says_and_ends(write: Callable[[bytes], bytes]) -> Speak:
    async def speak(honest: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(write(honest))
        await writer.drain()
        writer.close()

    return speak


def _without_end(begin: bytes, again: bytes, pause_s: float = 0.0) -> Speak:
    """Says one thing, then another again and again until the other side has gone."""

    async def speak(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while not writer.transport.is_closing():
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return speak


def _piecewise(pieces: Callable[[bytes], bytes], pause_s: float) -> Speak:
    async def speak(honest: bytes, writer: asyncio.StreamWriter) -> None:
        for byte in pieces(honest):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(pause_s)

    return speak


async def _reset(_: bytes, writer: asyncio.StreamWriter) -> None:
    wire: socket.socket = writer.get_extra_info("socket")
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _reset_within(honest: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(http(honest)[:-200])
    await writer.drain()
    await asyncio.sleep(0.02)
    await _reset(honest, writer)


async def _silent(_: bytes, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(GOES_ON_S)


async def _half_then_silent(honest: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(http(honest)[:-200])
    await writer.drain()
    await asyncio.sleep(GOES_ON_S)


def _headed(*more: str, status: str = "200 OK") -> Callable[[bytes], bytes]:
    """The honest answer, with more headers."""
    return lambda honest: http(honest, status, XML, *more)


def _statuses() -> Iterator[Wire]:
    for status in ("429 Too Many", "503 Unavailable"):
        yield Wire(
            f"status-{status[:3]}", UNAVAILABLE, _says(_headed("Retry-After: 99999999", status=status))
        )
    for code in OTHERS:
        yield Wire(f"status-{code}-with-a-good-answer", FAULT, _says(partial(_of_status, code)))
    places = {
        "elsewhere": "https://127.9.9.9:41909/",
        "in-clear": "http://127.9.9.9:41909/",
        "to-a-file": "file:///etc/hostname",
    }
    for code in (301, 302, 303, 307, 308):
        for name, place in places.items():
            moved = _headed(f"Location: {place}", status=f"{code} Moved")
            yield Wire(f"redirection-{code}-{name}", FAULT, _says(moved))


OTHERS = (
    *(201, 202, 204, 205, 206, 226, 300, 304, 400, 401, 403, 404, 407, 408, 418, 451),
    *(500, 501, 502, 504, 599, 999),
)


def _of_status(status: int, honest: bytes) -> bytes:
    """Some statuses have no body, whatever their headers say."""
    return http(b"" if status in (204, 205, 304) else honest, f"{status} So")


def _media() -> Iterator[Wire]:
    kinds = {
        "html": "text/html",
        "json": "application/json",
        "soap-1-2": "application/soap+xml; charset=utf-8",
        "any-xml": "application/xml",
        "a-multipart": 'multipart/related; type="application/xop+xml"; boundary=b',
        "another-charset": "text/xml; charset=iso-8859-1",
        "utf-16": "text/xml; charset=utf-16",
        "no": None,
    }
    for name, kind in kinds.items():
        yield Wire(f"{name}-media-type-of-a-good-answer", ANSWER, _says(partial(http, kind=kind)))
    for coding in ("gzip", "deflate", "br", "zstd", "identity, gzip"):
        name = coding.replace(", ", "-")
        said = _headed(f"Content-Encoding: {coding}")
        yield Wire(f"{name}-said-of-a-plain-answer", ANSWER, _says(said))
    packed = gzip.compress(b" " * 200_000_000, 1)
    bomb = http(packed, "200 OK", XML, "Content-Encoding: gzip")
    yield Wire("a-gzip-bomb-of-two-hundred-megabytes", ANSWER, _says(lambda _: bomb))
    yield Wire("a-gzip-bomb-that-nobody-announced", ANSWER, _says(lambda _: http(packed)))
    yield Wire(
        "a-good-answer-in-gzip",
        ANSWER,
        _says(lambda honest: http(gzip.compress(honest), "200 OK", XML, "Content-Encoding: gzip")),
    )


def _sizes() -> Iterator[Wire]:
    def begun(*lines: str) -> bytes:
        return "\r\n".join(("HTTP/1.1 200 OK", f"Content-Type: {XML}", *lines, "", "")).encode()

    chunk = b"10000\r\n" + _BLOCK + b"\r\n"
    chunked = begun("Transfer-Encoding: chunked")
    yield Wire("a-hundred-megabytes", ANSWER, _without_end(begun("Content-Length: 100000000"), _BLOCK))
    yield Wire(
        "a-body-longer-than-any-number", ANSWER, _without_end(begun(f"Content-Length: {'9' * 30}"), _BLOCK)
    )
    yield Wire("chunks-without-end", ANSWER, _without_end(chunked, chunk))
    yield Wire("a-body-without-length-and-end", ANSWER, _without_end(begun("Connection: close"), _BLOCK))
    yield Wire("chunks-of-one-byte-without-end", ANSWER, _without_end(chunked, b"1\r\n \r\n" * 5_000))
    yield Wire("a-chunk-size-of-no-number", ANSWER, _says_and_ends(lambda _: chunked + b"zz\r\n"))
    yield Wire("a-chunk-size-below-nothing", ANSWER, _says_and_ends(lambda _: chunked + b"-1\r\n"))
    yield Wire(
        "a-chunk-size-beyond-all-bounds", ANSWER, _says_and_ends(lambda _: chunked + b"f" * 40 + b"\r\n")
    )
    yield Wire("a-chunk-extension-without-end", ANSWER, _without_end(chunked + b"1;", b"x" * 65_536))
    yield Wire(
        "trailers-without-end", ANSWER, _without_end(chunked + b"1\r\n \r\n0\r\n", b"A: b\r\n" * 5_000)
    )
    yield Wire("headers-without-end", ANSWER, _without_end(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 5_000))
    yield Wire("a-header-without-end", ANSWER, _without_end(b"HTTP/1.1 200 OK\r\nA: ", b"b" * 65_536))
    yield Wire("a-status-line-without-end", ANSWER, _without_end(b"HTTP/1.1 200 ", b"b" * 65_536))
    yield Wire(
        "ten-thousand-cookies",
        ANSWER,
        _says(lambda honest: http(honest, "200 OK", XML, *(f"Set-Cookie: a{n}=b" for n in range(10_000)))),
    )


def _framings() -> Iterator[Wire]:
    def framed(*lines: str) -> Callable[[bytes], bytes]:
        return lambda honest: (
            "\r\n".join(("HTTP/1.1 200 OK", f"Content-Type: {XML}", *lines, "", "")).encode() + honest
        )

    yield Wire("two-lengths", ANSWER, _says_and_ends(framed("Content-Length: 10", "Content-Length: 20")))
    yield Wire("a-length-below-nothing", ANSWER, _says_and_ends(framed("Content-Length: -1")))
    yield Wire("a-length-in-words", ANSWER, _says_and_ends(framed("Content-Length: many")))
    yield Wire(
        "a-length-that-is-too-short", ANSWER, _says(lambda honest: http(honest, length=len(honest) - 9))
    )
    yield Wire(
        "a-length-that-is-too-long",
        ANSWER,
        _says_and_ends(lambda honest: http(honest, length=len(honest) + 9)),
    )
    yield Wire("a-body-that-breaks-off", ANSWER, _says_and_ends(lambda honest: http(honest)[:-200]))
    yield Wire(
        "a-body-that-breaks-off-without-length",
        ANSWER,
        _says_and_ends(lambda honest: framed("Connection: close")(honest[:-200])),
    )
    yield Wire("a-header-line-without-colon", ANSWER, _says_and_ends(framed("Nothing")))
    yield Wire("a-nul-in-a-header", ANSWER, _says_and_ends(framed("A: b\0c", "Content-Length: 0")))
    yield Wire("another-protocol", ANSWER, _says_and_ends(lambda _: b"220 mail.example ready\r\n\r\n"))
    yield Wire(
        "http-9-9", ANSWER, _says_and_ends(lambda honest: http(honest).replace(b"HTTP/1.1", b"HTTP/9.9", 1))
    )
    yield Wire(
        "http-2-frames", ANSWER, _says_and_ends(lambda _: b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64\r\n\r\n")
    )
    yield Wire("an-answer-without-head", ANSWER, _says_and_ends(lambda honest: honest))
    yield Wire("a-reset-within-the-body", ANSWER, _reset_within)
    yield Wire(
        "a-change-of-protocol",
        ANSWER,
        _says(lambda _: b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
    )


def _ends() -> Iterator[Wire]:
    yield Wire("a-reset", UNAVAILABLE, _reset)
    yield Wire("an-end-without-a-word", UNAVAILABLE, _says_and_ends(lambda _: b""))
    yield Wire(
        "an-end-within-the-head", UNAVAILABLE, _says_and_ends(lambda _: b"HTTP/1.1 200 OK\r\nContent-Le")
    )


def _floods() -> Iterator[Wire]:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * 500
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500
    yield Wire("interim-answers-without-end", ANSWER, _without_end(b"", interim))
    yield Wire("early-hints-without-end", ANSWER, _without_end(b"", hints))
    many = "".join(f"A{n}: b\r\n" for n in range(200_000)).encode()
    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield Wire("two-hundred-thousand-trailers", ANSWER, _says_and_ends(lambda _: chunked + b"0\r\n" + many))


def _late() -> Iterator[Wire]:
    yield Wire("silence", TIMEOUT, _silent)
    yield Wire("half-an-answer-then-silence", TIMEOUT, _half_then_silent)
    yield Wire("a-body-byte-by-byte", TIMEOUT, _piecewise(http, 0.01))
    yield Wire("a-head-byte-by-byte", TIMEOUT, _piecewise(http, 0.05))
    yield Wire(
        "blanks-byte-by-byte",
        TIMEOUT,
        _without_end(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 900000\r\n\r\n", b" ", 0.01
        ),
    )
    yield Wire("empty-lines-one-by-one", TIMEOUT, _without_end(b"", b"\r\n", 0.02))


WIRES = (*_statuses(), *_media(), *_sizes(), *_framings(), *_floods(), *_ends())
LATE = tuple(_late())
