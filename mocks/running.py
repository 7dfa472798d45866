"""One mock as a process: two ports, one line when it is ready, a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from mocks.control import control
from mocks.personas import Persona
from mocks.published import published
from mocks.source import Source

HOST = "127.0.0.1"
_LAST_WORDS_S = 1.0


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen; port 0 is any free one. `until_stdin_closes`: end with whoever holds our input."""

    tls: ssl.SSLContext
    port: int = 0
    control_port: int = 0
    until_stdin_closes: bool = False


async def run(source: Source, listening: Listening, personas: Sequence[Persona] = ()) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input. Raises OSError when a port is taken.

    Ready, it writes one line to standard output: {"slug", "url", "page", "faults", "asked", "pid"}.
    `personas`: for the page on the control port.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(source, listening, personas) as ready:
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        if listening.until_stdin_closes:
            watch_stdin(loop, stop)
        await stop.wait()


@asynccontextmanager
async def serving(
    source: Source, listening: Listening, personas: Sequence[Persona] = ()
) -> AsyncIterator[dict[str, str | int]]:
    """Both ports open, in this process; gives the line that `run` writes. Raises OSError."""
    runners: list[web.AppRunner] = []
    try:
        port = await _listen(runners, _application(source), listening.port, listening.tls)
        controlling = control(source.slug, personas, source.faults, source.asked)
        control_port = await _listen(runners, controlling, listening.control_port, None)
        yield _ready(source, port, control_port)
    finally:
        for runner in reversed(runners):
            await runner.cleanup()


def _application(source: Source) -> web.Application:
    application = web.Application(client_max_size=64 * 1024)
    below = "{below:.*}" if source.path.endswith("/") else ""

    async def answer(request: web.Request) -> web.StreamResponse:
        return published(source.slug, request) or await source.handle(request)

    application.router.add_route("*", source.path + below, answer)
    return application


async def _listen(
    runners: list[web.AppRunner], application: web.Application, port: int, tls: ssl.SSLContext | None
) -> int:
    """Serve an application, and give the port on which it does."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_LAST_WORDS_S)
    await runner.setup()
    runners.append(runner)
    site = web.TCPSite(runner, HOST, port, ssl_context=tls)
    await site.start()
    return int(runner.addresses[0][1])


def _ready(source: Source, port: int, control_port: int) -> dict[str, str | int]:
    other = f"http://{HOST}:{control_port}"
    return {
        "slug": source.slug,
        "url": f"https://{HOST}:{port}{source.path.rstrip('/')}",
        "page": f"{other}/",
        "faults": f"{other}/faults",
        "asked": f"{other}/asked",
        "pid": os.getpid(),
    }


def watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` at the end of standard input: a thread, as it may be a file, which no event loop watches."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
