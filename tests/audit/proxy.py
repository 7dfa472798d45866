"""A way to a database server that can be cut or stopped, as networks and machines are."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

CHUNK = 65_536


@dataclass
class Proxy:
    """Hands bytes on, both ways. `cut_at`: once these bytes were handed on to the server and it answered, the
    answer is lost and the connection cut; once. `flowing`: while it is clear, nothing is handed on."""

    target: int
    cut_at: bytes = b""
    flowing: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}?gssencmode=disable&sslmode=disable"

    def cut(self) -> None:
        """End all connections."""
        for one in self._sockets:
            _end(one)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self._sockets += [client, server]
            losing = threading.Event()
            for source, sink, to_server in ((client, server, True), (server, client, False)):
                arguments = (source, sink, to_server, losing)
                threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, to_server: bool, losing: threading.Event
    ) -> None:
        try:
            while data := source.recv(CHUNK):
                self.flowing.wait()
                if to_server and self.cut_at and self.cut_at in data:
                    self.cut_at = b""
                    losing.set()
                elif losing.is_set():
                    break  # the server's answer
                sink.sendall(data)
        except OSError:
            pass  # the other side was cut
        _end(source)
        _end(sink)


def _end(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended already
    one.close()


@contextmanager
def proxy_to(target: int) -> Iterator[Proxy]:
    """A proxy to this port of loopback."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        proxy = Proxy(target, port=listener.getsockname()[1])
        proxy.flowing.set()
        thread = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.flowing.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            proxy.cut()
