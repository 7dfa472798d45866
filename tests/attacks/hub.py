"""A hub under attack, seen from outside: what it answers, what it records, how much memory it takes."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from audit.postgres import PostgresSnapshots
from audit.reader import Reader
from fidus.app import ROOT
from fidus.cli.homes import apply_folder, operate
from fidus.demo.home import prepare, write_settings
from fidus.model import Service
from fidus.services import load_services
from fidus.store.engine import SQLITE
from tests.attacks.source import SLUG, BadSource, bad_source
from tests.journeys.alone import Alone, serving
from tests.journeys.trial import CONTEXT, MUNICIPALITY, Extra

DEADLINE_S = 5.0  # of the source, in the hubs under attack
HASTY, HASTE_S = "hasty-register", 1.5  # the same source under another name, with less patience
SERVICES: Mapping[str, Service] = {
    name: service for name, service in load_services(ROOT / "adapters").items() if name.startswith(f"{SLUG}/")
}
"""Every service of the source, as the manifest has it."""


def flow_of(service: str, source: str = SLUG) -> str:
    """The flow under which a service is asked here."""
    return f"attacked-{source}-{service.partition('/')[2]}"


@dataclass(frozen=True)
class Told:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)
    took_s: float

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def reason(self) -> str:
        """The last part of the problem's type."""
        return str(self.body.get("type", "")).rpartition(":")[2]


class Memory:
    """What a process holds in memory, in bytes (proc(5))."""

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc") / str(pid)
        self._begun = 0

    def mark(self) -> None:
        """From now on `grown` counts."""
        (self._folder / "clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        self._begun = self._read("VmRSS")

    def grown(self) -> int:
        """How far the peak since `mark` lies above what was held then."""
        return self._read("VmHWM") - self._begun

    def _read(self, name: str) -> int:
        for line in (self._folder / "status").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(name)


@dataclass
class Attacked:
    """A hub, the bad source behind it, and an institution that asks."""

    hub: Alone
    source: BadSource
    memory: Memory
    reader: Reader
    _connection: http.client.HTTPSConnection | None = None

    def ask(self, service: str, source: str = SLUG) -> Told:
        """The example question of a service."""
        body = {"query": dict(SERVICES[service].example), "context": CONTEXT}
        return self.call("POST", f"/flows/{flow_of(service, source)}/consult", json.dumps(body, default=str))

    def outcome(self, consultation: str) -> dict[str, Any]:
        """The outcome as it stands in the store."""
        index = self.reader.outcome_of(UUID(consultation))
        assert index is not None
        entry: dict[str, Any] = json.loads(self.reader.entry(index))
        return entry

    def proved(self, consultation: str) -> dict[str, Any]:
        """The outcome as its receipt carries it."""
        told = self.call("GET", f"/consultations/{consultation}/receipt")
        assert told.status == 200, told.text
        line = told.body["receipt"]["proof"].split("\n")[1]
        entry: dict[str, Any] = json.loads(base64.b64decode(line.removeprefix("extra ")))
        return entry

    def call(self, method: str, path: str, body: str | None = None) -> Told:
        """One request on the connection that is kept."""
        begun = time.monotonic()
        if self._connection is None:
            self._connection = self.connection()
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            self._connection.request(method, f"/fidus/v1{path}", body, headers)
            response = self._connection.getresponse()
            text = response.read().decode()
        except (http.client.HTTPException, OSError):
            self.leave()
            raise
        return Told(response.status, dict(response.headers), text, time.monotonic() - begun)

    def connection(self) -> http.client.HTTPSConnection:
        """A new connection of the institution, not open yet."""
        parts = urlsplit(self.hub.says["api"])
        context = self.hub.client(MUNICIPALITY).context()
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=20, context=context)

    def leave(self) -> None:
        """Close the connection that is kept."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def attacked(folder: Path, database: str | None = None) -> Iterator[Attacked]:
    """A hub with a flow for each service, and its source gone bad. `database`: None for a file of its own."""
    home = prepare(folder, ROOT / "flows")
    for service in SERVICES.values():
        fields = json.dumps(list(service.contracts["v1"]))
        for source in (SLUG, HASTY):
            asked = f"{source}/{service.id.partition('/')[2]}"
            name = flow_of(service.id, source)
            text = (
                Extra(name, MUNICIPALITY, asked).text().replace('fields = ["address"]', f"fields = {fields}")
            )
            (home.flows / MUNICIPALITY / f"{name}.toml").write_text(text, encoding="utf-8")
    with bad_source(home) as bad:
        write_settings(home, {SLUG: bad.url}, database=database or SQLITE)
        _hurry(folder / "fidus.toml")
        with serving(home) as hub, closing(_reader(folder, database)) as reader:
            apply_folder(home.folder, home.flows, [])
            why = "many late answers are no reason to rest"
            operate(home.folder, "say", {"source": HASTY, "word": "allow", "reason": why})
            under = Attacked(hub, bad, Memory(hub.process.pid), reader)
            try:
                yield under
            finally:
                under.leave()


def _hurry(settings: Path) -> None:
    """A deadline for the source, and the same source once more, with a shorter one."""
    text = settings.read_text(encoding="utf-8")
    section = re.search(rf"(?ms)^\[sources\.{SLUG}\]\n(.*?)(?=^\[|\Z)", text)
    assert section is not None
    hasty = section[1].replace("timeout_s = 10", f"timeout_s = {HASTE_S}")
    text = text.replace("timeout_s = 10", f"timeout_s = {DEADLINE_S}")
    settings.write_text(f'{text}\n[sources.{HASTY}]\nadapter = "{SLUG}"\n{hasty}', encoding="utf-8")


def _reader(folder: Path, database: str | None) -> Reader:
    """Of the store, from beside the hub."""
    return Reader(folder / "fidus.db" if database is None else PostgresSnapshots(database))
