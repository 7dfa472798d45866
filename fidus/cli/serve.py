"""`fidus serve`: run the hub of one home until it is told to stop."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from fidus.app import Hub
from fidus.cli.output import console
from fidus.serving import Serving
from fidus.settings import load_settings

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="FIDUS_HOME", help="The folder with fidus.toml.", file_okay=False)
]


def serve(
    home: HomeOption = Path(".demo"),
    json_line: Annotated[
        bool, typer.Option("--json", help="Say where it listens as one line of JSON.")
    ] = False,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="Stop when standard input ends.")
    ] = False,
) -> int:
    """Run the hub. Stops in good order on SIGTERM or Ctrl-C: what is under way is finished."""
    settings = load_settings(home.resolve())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(Hub(settings), json_line, until_stdin_closes))


async def _serve(hub: Hub, json_line: bool, until_stdin_closes: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        _watch(loop, stop)
    serving = await Serving.start(hub, stop)
    try:
        _announce(serving, json_line)
        await stop.wait()
    finally:
        await serving.stop()
    return 1 if hub.failed_because else 0


def _watch(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when standard input ends. Raises ValueError for one that never tells, such as a file."""
    try:
        loop.add_reader(sys.stdin.fileno(), lambda: _read_on(stop))
    except PermissionError:  # epoll takes neither files nor /dev/null
        raise ValueError("--until-stdin-closes needs a pipe or a terminal as standard input") from None


def _read_on(stop: asyncio.Event) -> None:
    if not sys.stdin.buffer.raw.read(4096):  # type: ignore[union-attr]
        stop.set()
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


def _announce(serving: Serving, json_line: bool) -> None:
    if json_line:
        sys.stdout.write(json.dumps(serving.addresses) + "\n")
        sys.stdout.flush()
        return
    console.print(f"The hub listens on {serving.addresses['api']} (mutual TLS).", markup=False)
    console.print(f"Health and metrics: {serving.addresses['management']}", markup=False)
    if not serving.hub.catalogue.flows:
        home = serving.hub.settings.home
        console.print(f"No flow is in force yet. Put some in force: fidus flow apply FOLDER --home {home}")
