"""Where connections come in: accepted one by one, counted before they cost anything, and shaken hands with.

The event loops' own servers accept without bound and report no handshake that fails or is never begun.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

from fidus.api.crowd import Crowd, Guest
from fidus.api.limits import Limits
from fidus.api.wire import Connection
from fidus.trouble import Trouble

BACKLOG: Final = 1024
NO_DESCRIPTOR_S: Final = 0.1  # before accepting is tried again where the system has no room

TOO_MANY: Final = "tooManyConnections"
TIMEOUT: Final = "tlsTimeout"
ABORTED: Final = "tlsAborted"

Make = Callable[[socket.socket, Crowd], Connection]


class Door:
    """A listening socket. `make`: makes the connection of a new peer. `count`: is told why a peer, of whom
    nothing is known, did not get in. `close` before the loop ends."""

    def __init__(
        self,
        listener: socket.socket,
        tls: ssl.SSLContext,
        make: Make,
        limits: Limits,
        count: Callable[[str], None],
        trouble: Trouble,
    ) -> None:
        self._listener = listener
        self._tls = tls
        self._make = make
        self._limits = limits
        self._count = count
        self._trouble = trouble
        self._crowd = Crowd(limits)
        self._shaking: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    @classmethod
    def listen(cls, host: str, port: int) -> socket.socket:
        """A socket that listens; port 0 takes a free one. Raises OSError."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
        listener.setblocking(False)
        return listener

    async def close(self) -> None:
        """Take no new connection, and drop those that have not shaken hands yet."""
        self._accepting.cancel()
        for task in (self._accepting, *self._shaking):
            task.cancel()
        await asyncio.gather(self._accepting, *self._shaking, return_exceptions=True)
        self._listener.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                wire, _ = await loop.sock_accept(self._listener)
            except OSError as error:
                self._trouble.duty("accept", error)
                self._send_away(self._crowd.make_room())
                await asyncio.sleep(NO_DESCRIPTOR_S)
                continue
            connection = self._make(wire, self._crowd)
            self._send_away(self._crowd.come(connection))
            task = asyncio.create_task(self._shake(wire, connection))
            self._shaking.add(task)
            task.add_done_callback(self._shaking.discard)

    def _send_away(self, stranger: Guest | None) -> None:
        if isinstance(stranger, Connection):
            self._count(TOO_MANY)
            stranger.send_away()

    async def _shake(self, wire: socket.socket, connection: Connection) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                wire,
                ssl=self._tls,
                ssl_handshake_timeout=self._limits.handshake_s,
                ssl_shutdown_timeout=self._limits.parting_s,
            )
        except ssl.SSLError:
            self._crowd.leave(connection)  # counted where it was found (fidus/api/tls.py)
        except OSError as error:
            self._crowd.leave(connection)
            if not connection.sent_away:
                self._count(TIMEOUT if isinstance(error, ConnectionAbortedError) else ABORTED)
