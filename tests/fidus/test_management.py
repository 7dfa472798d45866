"""The management port tells the operator how the hub is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from fidus.management import serve_management
from fidus.metrics import Metrics


def ask(path: str, state: Mapping[str, Any]) -> tuple[int, str, str]:
    """Status, content type and text of what a real port answers."""

    async def health() -> Mapping[str, Any]:
        return state

    async def scene() -> tuple[int, str, str]:
        metrics = Metrics()
        metrics.stranger("noCertificate")
        runner, port = await serve_management("127.0.0.1", 0, health, metrics)
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{port}{path}") as reply,
            ):
                return reply.status, reply.headers["Content-Type"], await reply.text()
        finally:
            await runner.cleanup()

    return asyncio.run(scene())


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_health_says_whether_it_is_ready(ready: bool, status: int) -> None:
    state = {"live": True, "ready": ready, "sources": {"national-register": "up"}}
    told = ask("/health", state)
    assert (told[0], json.loads(told[2])) == (status, state)


def test_metrics_are_in_the_text_format_of_prometheus() -> None:
    status, kind, text = ask("/metrics", {})
    assert (status, kind) == (200, "text/plain; version=0.0.4")
    assert 'fidus_strangers_total{reason="noCertificate"} 1.0' in text
