"""Bytes of a list of revoked certificates, from a web server or a file. What they are worth: `fidus/crl.py`.

The address is the operator's, but what answers there is not: the answer is bounded in size and time, and no
redirection is followed, as one could lead the hub to any server it can reach.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Final

import aiohttp

LIMIT: Final = 20 * 1024 * 1024  # bytes; the largest public lists of today have about half
TIMEOUT_S: Final = 30.0  # for all of it
_KINDS: Final = ("http://", "https://")


class FetchFailed(Exception):
    """No bytes. `str(error)` is a fixed phrase for the operator."""


def is_url(location: str) -> bool:
    """Whether it is fetched over the network; otherwise it is a file."""
    return location.startswith(_KINDS)


async def fetch(
    url: str, *, limit: int = LIMIT, timeout_s: float = TIMEOUT_S, trusted: ssl.SSLContext | None = None
) -> bytes:
    """What a web server answers to GET, taken as it is. `trusted`: for https, else the system's authorities.

    Raises FetchFailed: no connection, a status other than 200, a redirection, too large, too slow, cut off.
    """
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    headers = {"Accept": "application/pkix-crl, */*;q=0.1", "Accept-Encoding": "identity"}
    connector = aiohttp.TCPConnector(ssl=True if trusted is None else trusted, force_close=True)
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector, timeout=timeout, headers=headers, auto_decompress=False
            ) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise FetchFailed(f"the server answered {response.status}")
            return await _bounded(response, limit)
    except TimeoutError:
        raise FetchFailed("no whole answer in time") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FetchFailed(f"no whole answer ({type(error).__name__})") from None


async def read(file: Path, *, limit: int = LIMIT) -> bytes:
    """What a file holds. Raises FetchFailed: it cannot be read, or is too large."""
    return await asyncio.to_thread(_read, file, limit)


def _read(file: Path, limit: int) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(limit + 1)
    except OSError as error:
        raise FetchFailed(f"the file cannot be read ({error.strerror})") from None
    if len(data) > limit:
        raise FetchFailed(f"more than {limit} bytes")
    return data


async def _bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read on as long as it is not too much, whatever was announced."""
    data = bytearray()
    async for part in response.content.iter_chunked(65_536):
        data += part
        if len(data) > limit:
            raise FetchFailed(f"more than {limit} bytes")
    return bytes(data)
