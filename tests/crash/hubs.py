"""Hubs as processes of their own, forked from one that has everything imported: they start in no time."""

from __future__ import annotations

import ctypes
import gc
import json
import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from fidus.cli.serve import serve
from tests.crash.killer import Plan, install

READY_WITHIN_S: Final = 30.0
ENDS_WITHIN_S: Final = 30.0
_CAPABILITY_VERSION_3: Final = 0x20080522
_CAP_DAC_OVERRIDE: Final = 1
_CAP_DAC_READ_SEARCH: Final = 2
_PDEATHSIG: Final = 1  # prctl(2): a signal for the child of a parent that died

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


class HubProcess:
    """One `fidus serve`. `api`, `management`: its addresses, "" before it listens."""

    def __init__(self, home: Path, process: ForkServerProcess) -> None:
        self.home = home
        self._process = process
        self.api = ""
        self.management = ""

    @classmethod
    def launch(cls, home: Path, plan: Plan | None = None, bound: bool = False) -> HubProcess:
        """Start it and wait for nothing. `bound`: by the modes of files, as root is not."""
        (home / "hub.json").unlink(missing_ok=True)
        process = _context.Process(target=_serve, args=(home, plan, bound), daemon=True)
        process.start()
        return cls(home, process)

    @classmethod
    def start(cls, home: Path, plan: Plan | None = None, bound: bool = False) -> HubProcess:
        """Start it and wait until it listens or has ended. Raises AssertionError after half a minute."""
        hub = cls.launch(home, plan, bound)
        until = time.monotonic() + READY_WITHIN_S
        while hub.lives() and not hub.listens():
            assert time.monotonic() < until, "the hub neither listens nor ends"
            time.sleep(0.002)
        return hub

    def listens(self) -> bool:
        """Whether it said where it listens."""
        addresses = self.home / "hub.json"
        if not self.api and addresses.exists():
            told = json.loads(addresses.read_text(encoding="utf-8"))
            self.api, self.management = told["api"], told["management"]
        return bool(self.api)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    def lives(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        self._process.kill()
        self._process.join(ENDS_WITHIN_S)

    def stop(self) -> int:
        """End it in good order, as SIGTERM does; give its exit code, -9 where it was killed."""
        if self.lives():
            self._process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; give its exit code. Raises AssertionError if it does not end."""
        self._process.join(ENDS_WITHIN_S)
        code = self._process.exitcode
        assert code is not None, "the hub does not end"
        return code


def _serve(home: Path, plan: Plan | None, bound: bool) -> None:
    """The child: its own log goes to a file beside the store."""
    gc.freeze()  # what is imported by now belongs to all: to look through it would copy it
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    log = os.open(home / "hub.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    if bound:
        _obey_modes()
    if plan is not None:
        install(plan)
    sys.exit(serve(home, json_line=True, until_stdin_closes=False))


def _obey_modes() -> None:
    """Give up what lets root pass over the modes of files: capset(2), here for this one thread."""
    library = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the same of the upper half
    assert library.capget(header, sets) == 0, os.strerror(ctypes.get_errno())
    for index in range(3):
        sets[index] &= ~(1 << _CAP_DAC_OVERRIDE | 1 << _CAP_DAC_READ_SEARCH)
    assert library.capset(header, sets) == 0, os.strerror(ctypes.get_errno())
