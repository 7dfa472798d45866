"""`fidus serve`: run the hub of one home until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from fidus.app import Hub
from fidus.cli.output import console
from fidus.errors import ConfigurationInvalid
from fidus.serving import Serving
from fidus.settings import load_settings

ENDING = (signal.SIGTERM, signal.SIGINT)
GARBAGE = (20_000, 20, 20)  # new containers between two looks; Python's own 700 is for programs that have few
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
    """Run the hub. Stops in good order on SIGTERM or Ctrl-C: what is under way is finished; a second one
    ends it at once. SIGHUP: settings, keys and certificates are read anew, as by `fidus reload`."""
    settings = load_settings(home.resolve())
    _leave_no_core()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(Hub(settings), json_line, until_stdin_closes))


def _leave_no_core() -> None:
    """However this process ends, its memory, full of people and keys, does not become a file."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


async def _serve(hub: Hub, json_line: bool, until_stdin_closes: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, _leave, loop, stop)
    if until_stdin_closes:
        _watch(loop, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it reads everything anyway
    serving = await Serving.start(hub, stop)
    _settle_down()
    renewing: set[asyncio.Task[None]] = set()
    loop.add_signal_handler(signal.SIGHUP, lambda: renewing.add(loop.create_task(_renew(serving))))
    try:
        _announce(serving, json_line)
        await stop.wait()
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        await asyncio.gather(*renewing)
        await serving.stop()
    return 1 if hub.failed_because else 0


def _watch(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when standard input ends. Raises ValueError for one that never tells, such as a file."""
    try:
        loop.add_reader(sys.stdin.fileno(), lambda: _read_on(stop))
    except PermissionError:  # epoll takes neither files nor /dev/null
        raise ValueError("--until-stdin-closes needs a pipe or a terminal as standard input") from None


def _settle_down() -> None:
    """What was made until now stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def _leave(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """The first signal; a second one finds no handler, and ends the process as the system does."""
    for number in ENDING:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)
    stop.set()


async def _renew(serving: Serving) -> None:
    try:
        await serving.renew()
    except ConfigurationInvalid:
        return  # it was told to the process log
    except Exception as error:  # noqa: BLE001 - a bug in renewing must not end the hub
        serving.hub.trouble.duty("renew", error)


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
