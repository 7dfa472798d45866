"""A web server that answers as a test tells it, byte by byte."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[socket.socket], None]


def whole(body: bytes, status: str = "200 OK", *headers: str) -> Answer:
    """An answer of this body."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return lambda wire: wire.sendall(head.encode() + b"\r\n\r\n" + body)


def cut(body: bytes) -> Answer:
    """Announces twice of what comes."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {2 * len(body)}\r\nConnection: close\r\n\r\n"
    return lambda wire: wire.sendall(head.encode() + body)


def endless(megabytes: int) -> Answer:
    """Sends zeroes, without saying how many will come."""

    def answer(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(megabytes):
            wire.sendall(bytes(1 << 20))

    return answer


def slow(body: bytes, pause_s: float) -> Answer:
    """One byte, and then one byte."""

    def answer(wire: socket.socket) -> None:
        wire.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for position in range(len(body)):
            wire.sendall(body[position : position + 1])
            time.sleep(pause_s)

    return answer


@dataclass
class WebServer:
    """`answers` by path; `asked`: the request heads, in order."""

    listening: socket.socket
    secure: bool
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)

    def url(self, path: str) -> str:
        host, port = self.listening.getsockname()
        return f"{'https' if self.secure else 'http'}://{host}:{port}{path}"

    @property
    def paths(self) -> list[str]:
        return [head.split()[1].decode() for head in self.asked]

    def serve(self, wire: socket.socket) -> None:
        with suppress(OSError), wire:
            head = b""
            while b"\r\n\r\n" not in head and (part := wire.recv(4096)):
                head += part
            if head:
                self.asked.append(head)
                self.answers.get(self.paths[-1], whole(b"", "404 Not Found"))(wire)


@contextmanager
def web_server(context: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """Listens on loopback until the block ends."""
    raw = socket.create_server(("127.0.0.1", 0))
    server = WebServer(raw, context is not None)

    def take(wire: socket.socket) -> None:
        with suppress(OSError):
            server.serve(wire if context is None else context.wrap_socket(wire, server_side=True))

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=take, args=(raw.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            raw.shutdown(socket.SHUT_RDWR)
        raw.close()
        thread.join(5)
