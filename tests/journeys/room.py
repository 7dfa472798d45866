"""A demonstration in a room of its own: whatever its processes and commands write stays in there."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fidus.cli.client import Reply
from tests.journeys.commands import fidus
from tests.journeys.trial import with_more_flows
from tests.journeys.world import ROOT, World, start, stop


@contextmanager
def cores_wanted() -> Iterator[None]:
    """Children may leave a core, as far as this process may allow it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


@dataclass
class Room:
    """`heard`: what was told to the outside, but for answers to whom they are for."""

    folder: Path
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("working", "tmp", "cache", "user"):
            (self.folder / name).mkdir()
        self.world = self.opened()

    @property
    def home(self) -> Path:
        """The home of the demonstration."""
        return self.folder / "home"

    @property
    def output(self) -> Path:
        """All that the demonstration printed."""
        return self.folder / "printed"

    @property
    def environment(self) -> dict[str, str]:
        """So that nothing is written elsewhere."""
        folders = {"TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "HOME": "user"}
        return {name: str(self.folder / folder) for name, folder in folders.items()} | {
            "PYTHONPATH": str(ROOT)
        }

    def opened(self) -> World:
        """Start the demonstration, or start it again."""
        with cores_wanted():
            world = start(self.home, cwd=self.folder / "working", **self.environment)
        return with_more_flows(world, self.folder / f"flows-{world.process.pid}")

    def hub(self) -> int:
        """The hub's process."""
        return next(int(one["pid"]) for one in self.world.told["processes"] if one["name"] == "hub")

    def left(self) -> None:
        """Wait until the demonstration has ended by itself, and keep what it printed."""
        self.world.process.wait(60)
        self._keep()

    def stopped(self) -> None:
        """End it, and keep what it printed."""
        assert stop(self.world) == 0
        self._keep()

    def _keep(self) -> None:
        with self.output.open("ab") as printed:
            printed.write(self.world.output.read_bytes())

    def told(self, reply: Reply) -> Reply:
        """An answer came in: what is not for the institution alone is heard."""
        answered = reply.status == 200 and isinstance(reply.body, dict) and "receipt" in reply.body
        body = reply.body["receipt"] if answered else reply.body
        self.heard.append(json.dumps([reply.status, reply.headers, body], ensure_ascii=False))
        return reply

    def consult(self, flow: str, body: Any) -> Reply:
        """Ask, as an institution does."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.told(self.world.client(flow).post(f"/flows/{flow}/consult", raw))

    def command(self, *words: str, stdin: str = "") -> None:
        """Run a command within this process; all that it prints is heard."""
        done = fidus(*words, home=self.home, stdin=stdin)
        self.heard += [done.out, done.err]

    def program(self, *words: str, stdin: str = "") -> None:
        """Run a command as a process of its own, in the room; all that it prints is heard."""
        done = subprocess.run(
            [*self.world.told["fidus"], *words],
            input=stdin.encode(),
            capture_output=True,
            cwd=self.folder / "working",
            env={**os.environ, **self.environment},
            check=False,
        )
        self.heard += [done.stdout.decode(), done.stderr.decode()]

    def operator(self, path: str) -> None:
        """Ask the management port."""
        try:
            with urllib.request.urlopen(self.world.told["management"] + path, timeout=10) as answer:
                self.heard.append(f"{answer.headers}{answer.read().decode()}")
        except urllib.error.HTTPError as error:
            self.heard.append(f"{error.headers}{error.read().decode()}")

    def raw(self, flow: str, data: bytes, *, encrypted: bool = True) -> None:
        """Send bytes that may be no request at all; what comes back is heard."""
        address = urlsplit(self.world.told["api"])
        assert address.port is not None
        with ExitStack() as held:
            stream = held.enter_context(
                socket.create_connection((address.hostname or "", address.port), timeout=2)
            )
            if encrypted:
                context = self.world.client(flow).context()
                stream = held.enter_context(context.wrap_socket(stream, server_hostname=address.hostname))
            stream.sendall(data)
            try:
                self.heard.append(stream.recv(65536).decode("latin-1"))
            except OSError as error:
                self.heard.append(str(error))
