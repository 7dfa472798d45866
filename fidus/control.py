"""The hub's Unix socket: what an operator on this machine may do while the hub runs.

`HOME/hub.sock`, mode 0600: who may open it may also read the home, so there is no second sign-in. One path,
one JSON object in, one out. Commands reach the same functions (`fidus/operations.py`) when no hub runs.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
from aiohttp import web

from fidus.errors import AuditUnavailable, ConfigurationFault, ConfigurationInvalid, FidusError

Operation: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]

SOCKET = "hub.sock"
_LIMIT = 64 * 1024 * 1024  # a whole catalogue travels in one message


async def serve_control(home: Path, operations: Mapping[str, Operation]) -> web.AppRunner:
    """Listen on the socket. Raises OSError if it cannot be made. Stop with `runner.cleanup()`."""

    async def handle(request: web.Request) -> web.Response:
        operation = operations.get(request.match_info["operation"])
        if operation is None:
            return web.json_response({"error": "there is no such operation"}, status=404)
        try:
            return web.json_response(await operation(await request.json()))
        except ConfigurationInvalid as error:
            faults = [[f.file, f.line, f.problem, f.cure] for f in error.faults]
            return web.json_response({"faults": faults}, status=422)
        except AuditUnavailable:
            return web.json_response({"unavailable": True}, status=503)
        except (FidusError, LookupError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    application = web.Application(client_max_size=_LIMIT)
    application.router.add_post("/{operation}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    socket = home / SOCKET
    socket.unlink(missing_ok=True)
    await web.UnixSite(runner, str(socket)).start()
    socket.chmod(0o600)
    return runner


async def call_control(home: Path, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Ask the running hub; None where no hub listens.

    Raises ConfigurationInvalid, AuditUnavailable or ValueError as the operation did, OSError where the hub
    ended before it answered.
    """
    connector = aiohttp.UnixConnector(path=str(home / SOCKET))
    try:
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://hub/{operation}", json=arguments) as response,
        ):
            return _result(response.status, json.loads(await response.text()))
    except aiohttp.ClientConnectorError:
        return None
    except aiohttp.ClientError:
        raise OSError(
            "The hub ended before it answered: nobody knows whether it was done. Start it and look, such as"
            " with `fidus flow list`"
        ) from None


def _result(status: int, body: Mapping[str, Any]) -> Mapping[str, Any]:
    if status == 200:
        return body
    if "faults" in body:
        raise ConfigurationInvalid(tuple(ConfigurationFault(*fault) for fault in body["faults"]))
    if status == 503:
        raise AuditUnavailable
    raise ValueError(body.get("error", f"the hub answered {status}"))
