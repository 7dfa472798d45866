"""A bare aiohttp proxy: mutual TLS in, TLS out, the body handed on as it is. None is checked or kept.

`python -m bench.bare PKI SOURCE-URL` serves until standard input closes.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path

import aiohttp
from aiohttp import web

from bench.serving import mutual_tls, serve

_HOP_BY_HOP = ("Content-Type", "SOAPAction")


def application(source: str, trusted: ssl.SSLContext) -> web.Application:
    """Posts to any path go to `source`."""
    made = web.Application()
    session = web.AppKey("session", aiohttp.ClientSession)

    async def open_session(app: web.Application) -> None:
        app[session] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted, limit=128))

    async def close_session(app: web.Application) -> None:
        await app[session].close()

    async def hand_on(request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in _HOP_BY_HOP if name in request.headers}
        async with request.app[session].post(source, data=await request.read(), headers=headers) as answer:
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type
            )

    made.on_startup.append(open_session)
    made.on_cleanup.append(close_session)
    made.router.add_post("/{path:.*}", hand_on)
    return made


def main(pki: str, source: str) -> None:
    """Serve."""
    folder = Path(pki)
    trusted = ssl.create_default_context(cafile=folder / "issuer-servers.crt")
    asyncio.run(serve(application(source, trusted), mutual_tls(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
