"""A hub at work: its ports, its socket and its duties, started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from fidus.api import build_api, serve_api
from fidus.api.limits import Limits
from fidus.api.serve import Serving as ApiServing
from fidus.api.tls import CountingContext
from fidus.app import Hub
from fidus.control import SOCKET, serve_control
from fidus.errors import ConfigurationInvalid
from fidus.housekeeping import (
    CRLS_EVERY_S,
    FLUSH_EVERY_S,
    PUBLISH_EVERY_S,
    SWEEP_EVERY_S,
    WATCH_EVERY_S,
    Housekeeping,
)
from fidus.lease import RENEW_EVERY_S
from fidus.management import serve_management
from fidus.operations import operations
from fidus.renewal import api_context, renew
from fidus.soap.operations import soap_operations

ADDRESSES = "hub.json"


class Serving:
    """Everything that runs while the hub answers. Made by `start`."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.addresses: dict[str, object] = {}
        self._housekeeping = Housekeeping(hub.trouble)
        self._api: ApiServing | None = None
        self._context: CountingContext | None = None
        self._renewing = asyncio.Lock()
        self._runners: list[web.AppRunner] = []

    @classmethod
    async def start(cls, hub: Hub, stop: asyncio.Event) -> Serving:
        """Open the hub and listen. `stop` is set when the hub itself finds that it must end.

        Raises ConfigurationInvalid, AuditUnavailable, or OSError where a port is taken.
        """
        hub.trouble.take_over()
        loop = asyncio.get_running_loop()
        hub.on_failure = lambda: loop.call_soon_threadsafe(stop.set)
        await hub.open()
        serving = cls(hub)
        try:
            await serving._listen()
        except BaseException:
            await serving.stop()
            raise
        return serving

    async def _listen(self) -> None:
        hub, settings = self.hub, self.hub.settings
        await hub.crls.begin()
        self._context = api_context(settings, hub.stranger)
        limits = Limits(**settings.api.limits.model_dump())
        self._api = await serve_api(
            build_api(hub, soap_operations(hub.services)),
            self._context,
            settings.api.host,
            settings.api.port,
            limits,
        )
        management, port = await serve_management(
            settings.management.host, settings.management.port, hub.state, hub.metrics
        )
        self._runners.append(management)
        self._runners.append(
            await serve_control(settings.home, {**operations(hub), "renew": self._renew_for_operator})
        )
        await hub.publish()
        self._keep_house()
        hub.sources.watch(hub.trouble)
        self.addresses = {
            "api": f"https://{settings.api.host}:{self._api.port}",
            "management": f"http://{settings.management.host}:{port}",
        }
        _write_whole(settings.home / ADDRESSES, json.dumps(self.addresses))

    def _keep_house(self) -> None:
        hub = self.hub
        self._housekeeping.every(PUBLISH_EVERY_S, "publish", hub.publish)
        self._housekeeping.every(RENEW_EVERY_S, "renew", hub.lease.renew)
        self._housekeeping.every(SWEEP_EVERY_S, "sweep", hub.sweep)
        if hub.store.backend.shared:  # others change the policy too
            self._housekeeping.every(WATCH_EVERY_S, "watch", hub.in_force.reload)
        self._housekeeping.every(FLUSH_EVERY_S, "flush", hub.refusals.flush)
        self._housekeeping.every(CRLS_EVERY_S, "crls", lambda: hub.crls.keep())  # of the newest

    async def renew(self) -> None:
        """Take over settings, keys, certificates and issuers as they are in the home now, without a failed
        call; all or nothing, and told to the process log. Raises ConfigurationInvalid."""
        assert self._context is not None
        async with self._renewing:
            try:
                await renew(self.hub, self._context)
            except ConfigurationInvalid as error:
                self.hub.trouble.duty("renew", error)
                raise
            self.hub.trouble.done("renewed")

    async def _renew_for_operator(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        await self.renew()
        return {"renewed": True}

    async def stop(self) -> None:
        """Say that it leaves, take no new call, finish what is under way, close the hub."""
        home, settings = self.hub.settings.home, self.hub.settings.stop
        (home / ADDRESSES).unlink(missing_ok=True)
        if self._api is not None:
            self.hub.leaving = True
            await asyncio.sleep(settings.notice_s)
            await self._api.stop(settings.within_s)
        await self._housekeeping.stop()
        for runner in self._runners:
            await runner.cleanup()
        await self.hub.close()
        with contextlib.suppress(FileNotFoundError):
            (home / SOCKET).unlink()


def _write_whole(file: Path, text: str) -> None:
    """So that a reader sees all of it or nothing."""
    temporary = file.with_name(f".tmp-{file.name}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)
