"""The management port: health in detail and metrics, on loopback only, for the operator's own machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from fidus.metrics import Metrics


async def serve_management(
    host: str, port: int, health: Callable[[], Awaitable[Mapping[str, Any]]], metrics: Metrics
) -> tuple[web.AppRunner, int]:
    """Listen; give the runner (stop it with `cleanup`) and the port. Raises OSError.

    `/health`: {"live", "ready", "sources": {slug: …}, "log": …}, 503 where it is not ready.
    `/metrics`: Prometheus text.
    """

    async def show_health(_: web.Request) -> web.Response:
        state = await health()
        return web.json_response(state, status=200 if state["ready"] else 503)

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    application = web.Application(client_max_size=1024)
    application.router.add_get("/health", show_health)
    application.router.add_get("/metrics", show_metrics)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    return runner, int(runner.addresses[0][1])
