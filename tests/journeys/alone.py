"""A hub without sources, for what needs settings of its own or an end: a home, and the hub as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidus.cli.client import Client
from fidus.demo.home import DemoHome, prepare, write_settings
from tests.journeys.world import ROOT

NOWHERE = "https://127.0.0.1:1/"
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass
class Alone:
    """A running hub. `says`: where it listens."""

    home: DemoHome
    process: subprocess.Popen[bytes]
    says: dict[str, Any]

    def client(self, institution: str | None) -> Client:
        """A client with the certificate of this institution's folder, or without any."""
        pki = self.home.pki
        certificate = None if institution is None else pki.path(institution, "crt")
        key = None if institution is None else pki.path(institution, "key")
        return Client(self.says["api"], pki.path("issuer-servers", "crt"), certificate, key, timeout_s=10)


def home_in(folder: Path, **settings: str) -> DemoHome:
    """A home with everything that a hub needs. `settings`: lines of fidus.toml by the one they replace."""
    home = prepare(folder, ROOT / "flows")
    write_settings(home, {"national-register": NOWHERE})
    file = folder / "fidus.toml"
    text = file.read_text(encoding="utf-8")
    for name, line in settings.items():
        kept = [line if old.startswith(f"{name} =") else old for old in text.splitlines()]
        text = "\n".join(kept) + "\n"
    file.write_text(text, encoding="utf-8")
    return home


@contextmanager
def serving(home: DemoHome) -> Iterator[Alone]:
    """The hub of this home, until the block ends: in good order, as SIGTERM asks."""
    log = (home.folder.parent / f"{home.folder.name}.log").open("ab")
    words = ("-m", "fidus", "serve", "--home", str(home.folder), "--json", "--until-stdin-closes")
    with (
        log,
        subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield Alone(home, process, json.loads(process.stdout.readline()))
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(30)
    assert ended == 0


def fidus(*words: str, home: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command, from a folder without anything."""
    given = {"FIDUS_HOME": str(home)} if home is not None else {}
    return subprocess.run(
        [sys.executable, "-m", "fidus", *words],
        capture_output=True,
        text=True,
        input=stdin,
        cwd="/",
        check=False,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), **given},
    )
