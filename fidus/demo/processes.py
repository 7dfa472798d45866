"""The processes of a demonstration: started in order, ended in reverse, none left behind.

Each child's standard input is a pipe that nobody writes to. A child that reads its end stops: so even a
killed demonstration leaves nothing running.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

READY_WITHIN_S = 60.0
END_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Running:
    """A child that said it is ready, and what it said."""

    name: str
    process: subprocess.Popen[bytes]
    ready: dict[str, Any]


class Processes:
    """Starts and ends children. Their own log goes to a file of the home."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.running: list[Running] = []

    def start(self, name: str, *arguments: str) -> Running:
        """Start `python -m …arguments` and wait for its one line of JSON.

        Raises OSError, with the last line of its log, when it ends or stays silent for a minute.
        """
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        with log.open("ab") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        try:
            assert process.stdout is not None
            ready = json.loads(_line(process.stdout, READY_WITHIN_S))
        except (TimeoutError, json.JSONDecodeError):
            process.kill()
            process.wait()
            raise OSError(f"{name} did not start: {_last_line(log)} (see {log})") from None
        running = Running(name, process, ready)
        self.running.append(running)
        return running

    def ended(self) -> Running | None:
        """The first child that is no longer there."""
        return next((child for child in self.running if child.process.poll() is not None), None)

    def stop(self) -> None:
        """End all, the last started first: TERM, and KILL for who does not follow within 15 s."""
        while self.running:
            child = self.running.pop().process
            child.terminate()
            try:
                child.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def _line(pipe: IO[bytes], within_s: float) -> bytes:
    """The first line of a pipe. Raises TimeoutError when it does not come."""
    until, text = time.monotonic() + within_s, b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError
        byte = os.read(pipe.fileno(), 1)
        if not byte:
            break
        text += byte
    return text
