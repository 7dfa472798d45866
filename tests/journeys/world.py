"""A whole demonstration, started as a user would, and small clients for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidus.cli.client import Client, Reply
from mocks.population import population

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 90


@dataclass
class World:
    """A running demonstration: its process, and what demo.json says."""

    home: Path
    process: subprocess.Popen[bytes]
    told: dict[str, Any]
    output: Path

    def institution(self, flow: str) -> dict[str, Any]:
        return next(
            one for one in self.told["institutions"] if any(own["id"] == flow for own in one["flows"])
        )

    def client(self, flow: str) -> Client:
        """The client of the institution whose flow this is."""
        one = self.institution(flow)
        return Client(self.told["api"], Path(self.told["ca"]), Path(one["certificate"]), Path(one["key"]))

    def body(self, flow: str) -> dict[str, Any]:
        found = next(own["body"] for own in self.institution(flow)["flows"] if own["id"] == flow)
        return dict(found)

    def about(self, flow: str, case: str) -> dict[str, Any]:
        """The flow's example body, about a named case of the population."""
        body = self.body(flow)
        return {**body, "query": {**body["query"], "ssin": population().number(case)}}

    def consult(self, flow: str, body: dict[str, Any]) -> Reply:
        return self.client(flow).post(f"/flows/{flow}/consult", json.dumps(body).encode())

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One command of this world, from another folder."""
        return subprocess.run(
            [*self.told["fidus"], *words], capture_output=True, text=True, input=stdin, cwd="/", check=False
        )

    def source(self, slug: str) -> dict[str, Any]:
        """What demo.json says of a mock source."""
        return next(dict(one) for one in self.told["sources"] if one["slug"] == slug)

    def asked(self, slug: str = "national-register") -> list[dict[str, Any]]:
        """What reached the mock of a source."""
        with urllib.request.urlopen(self.source(slug)["asked"], timeout=10) as answer:
            items: list[dict[str, Any]] = json.load(answer)["items"]
        return items

    def fault(self, slug: str = "national-register", **fault: Any) -> None:
        """Let a source misbehave."""
        self._faults(slug, "PUT", json.dumps(fault).encode())

    def no_faults(self, slug: str = "national-register") -> None:
        self._faults(slug, "DELETE", None)

    def _faults(self, slug: str, method: str, body: bytes | None) -> None:
        request = urllib.request.Request(self.source(slug)["faults"], body, method=method)
        request.add_header("Content-Type", "application/json")
        urllib.request.urlopen(request, timeout=10).close()


def start(home: Path, *words: str, cwd: Path = ROOT, **environment: str) -> World:
    """Start a demonstration and wait until it says that all is up. `environment`: more variables."""
    output = home.parent / f"{home.name}.out"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "fidus", "demo", "--home", str(home), *words],
            cwd=cwd,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        )
    until = time.monotonic() + STARTS_WITHIN_S
    while b"Ctrl-C ends it" not in output.read_bytes():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise AssertionError(output.read_text(encoding="utf-8"))
        time.sleep(0.05)
    return World(home, process, json.loads((home / "demo.json").read_text(encoding="utf-8")), output)


def stop(world: World) -> int:
    """End it as Ctrl-C does."""
    world.process.send_signal(signal.SIGINT)
    return world.process.wait(30)
