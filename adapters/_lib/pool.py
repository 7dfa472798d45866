"""Connections to one source, kept alive and some of them warm: open and agreed on before a call comes.

What is asked twice, and what never is (docs/decisions/0020): to connect may be tried again, since nobody was
asked anything; a kept connection that ended before a byte was sent is left for another. Once a byte has left,
nothing is sent again: the source may have treated it, and it counts who asked about whom.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from adapters._lib.answers import HttpAnswer
from adapters._lib.connection import Connection
from adapters._lib.tls import ClientContext

KEEP_ALIVE_S: Final = 15.0  # shorter than servers keep theirs, so that no call goes into a closing connection
AGAIN_S: Final = 0.1  # after which a connection that could not be made is tried once more
PARTING_S: Final = 0.05  # TLS connections end a few steps of the event loop after they were closed


class Unreached(Exception):
    """There is no connection, and so nobody was asked. The text is a fixed phrase."""


class Pool:
    """For tasks of one event loop. No limit of its own: the gate has it. Opens nothing by itself."""

    def __init__(self, host: str, port: int, tls: ClientContext, most: int) -> None:
        """`most`: bytes of the body of an answer."""
        self._host = host
        self._port = port
        self._tls = tls
        self._most = most
        self._idle: deque[Connection] = deque()  # the last used last
        self._busy: set[Connection] = set()
        self._closed = False
        self._resolver: ThreadPoolExecutor | None = None
        self.again = 0
        """How often a connection was tried for a second time."""

    async def ask(self, request: bytes) -> HttpAnswer:
        """Send a request on a connection that is fit. Raises Unreached; and, once it was sent, Cut and
        TooLarge."""
        connection = await self._take()
        self._busy.add(connection)
        try:
            answer = await connection.ask(request)
            if not connection.is_remembered:  # reading a session costs 0.3 ms: once a connection
                self._tls.remember(connection.object("ssl_object"))
                connection.is_remembered = True
            return answer
        finally:
            self._busy.discard(connection)
            self._keep(connection)

    async def warm(self, most: int) -> None:
        """Open one more connection for the next call; beyond `most` idle ones the oldest is closed.
        Raises Unreached."""
        self._keep(await self._connect())
        while len(self._idle) > most:
            self._idle.popleft().close()

    async def close(self) -> None:
        """End all connections, those in use too. Later calls raise Unreached."""
        self._closed = True
        for connection in self._idle:
            connection.close()
        for connection in self._busy:
            connection.abort()
        self._idle.clear()
        if self._resolver is not None:
            self._resolver.shutdown(wait=False)
        await asyncio.sleep(PARTING_S)

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not self._is_old(connection) and await connection.is_fit():
                return connection
            connection.close()
        try:
            return await self._connect()
        except _TryAgain:
            self.again += 1
            await asyncio.sleep(AGAIN_S)
            return await self._connect(1)

    def _keep(self, connection: Connection) -> None:
        if self._closed:
            connection.close()
        elif connection.is_open:
            while self._idle and (self._is_old(self._idle[0]) or not self._idle[0].is_open):
                self._idle.popleft().close()
            self._idle.append(connection)

    def _is_old(self, connection: Connection) -> bool:
        return asyncio.get_running_loop().time() - connection.last_used > KEEP_ALIVE_S

    async def _connect(self, attempt: int = 0) -> Connection:
        """A second attempt goes to the next address, where the name has several."""
        if self._closed:
            raise Unreached("the hub is closing its connections")
        loop = asyncio.get_running_loop()
        try:
            addresses = await self._addresses()
            address = addresses[attempt % len(addresses)]
            _, connection = await loop.create_connection(
                lambda: Connection(self._most), address, self._port, ssl=self._tls, server_hostname=self._host
            )
        except ssl.SSLCertVerificationError:
            raise Unreached("its TLS certificate is not one that is trusted") from None
        except ssl.SSLError:
            raise _TryAgain("TLS was not agreed on") from None
        except OSError:
            raise _TryAgain("it cannot be reached") from None
        return connection

    async def _addresses(self) -> list[str]:
        """Names are looked up in a thread of this source's own: a name server that hangs delays no other."""
        try:
            return [str(ipaddress.ip_address(self._host))]
        except ValueError:
            if self._resolver is None:
                self._resolver = ThreadPoolExecutor(1, thread_name_prefix="names")
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._resolver, _look_up, self._host, self._port)


class _TryAgain(Unreached):
    """It may be there in a moment."""


def _look_up(host: str, port: int) -> list[str]:
    """Its addresses, at least one. Raises OSError, of which socket.gaierror is one."""
    return [str(found[-1][0]) for found in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)]
