"""How the compared aiohttp servers listen: mutual TLS on loopback, until input closes."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from functools import cache
from pathlib import Path

from aiohttp import web

from bench.load import HOST
from fidus.demo.home import ADAPTERS
from fidus.services import demonstrations


def mutual_tls(pki: Path) -> ssl.SSLContext:
    """The hub's own certificate, and client certificates of the registered issuer required."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pki / "issuer-institutions.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(pki / "hub.crt", pki / "hub.key")
    return context


async def serve(application: web.Application, tls: ssl.SSLContext) -> None:
    """Serve until standard input closes. Writes {"port", "pid"} to standard output when ready."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0, ssl_context=tls).start()
    port = runner.addresses[0][1]
    sys.stdout.write(json.dumps({"port": port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    closed = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), closed.set)
    await closed.wait()
    await runner.cleanup()


@cache
def customer() -> str:
    """The enterprise number by which the register's mock knows a demonstration's hub."""
    return str(demonstrations(ADAPTERS)["national-register"]["customer"])
