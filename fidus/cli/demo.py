"""`fidus demo`: a whole world on this machine, and one consultation from question to verified receipt."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from fidus.app import ROOT
from fidus.cli.homes import DEFAULT_HOME
from fidus.cli.output import console
from fidus.demo import world
from fidus.demo.home import hold
from fidus.demo.run import Demonstration

Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")]


def demo(
    home: Annotated[Path, typer.Option("--home", help="Where its keys and its log are kept.")] = DEFAULT_HOME,
    once: Annotated[bool, typer.Option("--once", help="End after the show.")] = False,
    api_port: Port = 0,
    management_port: Port = 0,
    database: Annotated[
        str | None, typer.Option("--database", help="postgresql://… instead of a file in the home.")
    ] = None,
) -> int:
    """Make a world of development keys, institutions, flows, mock sources and a hub; show what it does; run
    until Ctrl-C. Started again on the same home, it goes on with the same keys and the same log."""
    folder = home.resolve()
    held = hold(folder)
    (folder / world.FILE).unlink(missing_ok=True)
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    demonstration = Demonstration(folder, ROOT / "flows", console, database)
    try:
        with console.status("Making keys and starting the sources and the hub …"):
            demonstration.start(api_port, management_port)
        shown = demonstration.show()
        if once or leave.is_set():
            return 0 if shown else 1
        demonstration.invite()
        while not leave.wait(1.0):
            ended = demonstration.processes.ended()
            if ended is not None:
                raise OSError(f"{ended.name} has ended by itself; see {folder / 'logs'}")
        return 0
    finally:
        demonstration.processes.stop()
        os.close(held)
