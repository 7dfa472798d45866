"""`demo.json`: everything that somebody needs who wants to try the running demonstration by program."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fidus.app import ROOT
from fidus.catalogue import parse_catalogue, read_files
from fidus.demo.bodies import example_body, somebody, somebody_with_family
from fidus.demo.home import ORIGIN, DemoHome, Member
from fidus.demo.processes import Running
from fidus.model import Catalogue, Service
from fidus.policy import brussels_day
from fidus.store.engine import FILE as FILE_OF_STORE
from fidus.store.engine import SQLITE
from mocks.population import population

FILE = "demo.json"
_ABOUT_FAMILY = {f"national-register/{name}" for name in ("household", "filiation", "civil-status")}


def describe(
    home: DemoHome,
    services: Mapping[str, Service],
    hub: Running,
    sources: Mapping[str, Running],
    vkey: str,
    database: str,
) -> dict[str, Any]:
    """The content of demo.json (design §4)."""
    catalogue = parse_catalogue(read_files(home.flows), services, 0)
    return {
        "api": hub.ready["api"],
        "management": hub.ready["management"],
        "ca": str(home.pki.path("issuer-servers", "crt")),
        "institutions": [_institution(member, catalogue) for member in home.members],
        "sources": [
            {"slug": slug, **{name: source.ready[name] for name in ("url", "page", "faults", "asked")}}
            for slug, source in sources.items()
        ],
        "audit": {"vkey": vkey, "origin": ORIGIN, "directory": str(home.folder / "log")},
        "subjects": population().subjects(),
        "processes": [
            {"name": running.name, "pid": running.process.pid} for running in (hub, *sources.values())
        ],
        "database": f"sqlite:///{home.folder / FILE_OF_STORE}" if database == SQLITE else database,
        "fidus": command(home.folder),
    }


def command(folder: Path) -> list[str]:
    """The words that run the command line for this home, from any folder."""
    return ["/usr/bin/env", f"FIDUS_HOME={folder}", f"PYTHONPATH={ROOT}", sys.executable, "-m", "fidus"]


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """Write it whole, by rename: who sees the file sees all of it."""
    temporary = folder / f".tmp-{FILE}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    temporary.replace(folder / FILE)


def _institution(member: Member, catalogue: Catalogue) -> dict[str, Any]:
    today, person, parent = brussels_day(datetime.now(UTC)), somebody(), somebody_with_family()
    flows = [flow for flow in catalogue.flows.values() if flow.institution == member.number]
    return {
        "number": member.number,
        "name": member.name,
        "certificate": str(member.certificate),
        "key": str(member.key),
        "flows": [
            {
                "id": flow.id,
                "service": flow.service,
                "mode": flow.mode.value,
                "body": example_body(
                    flow,
                    catalogue.services[flow.service],
                    parent if flow.service in _ABOUT_FAMILY else person,
                    today,
                ),
            }
            for flow in sorted(flows, key=lambda flow: flow.id)
        ],
    }
