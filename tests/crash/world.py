"""What all crash tests share: a home as it is before the first start, one source, and who asks whom."""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fidus.demo.bodies import address_in_words
from fidus.demo.home import prepare, write_settings
from fidus.demo.processes import Processes
from mocks.people import Person
from mocks.population import population
from tests.crash.client import Asking, Client

ROOT = Path(__file__).parents[2]
SOURCE = "national-register"
MUNICIPALITY, HOUSING = "municipality", "social-housing-company"
DATA, OTHER_DATA, CONFIRM, ENDED = (
    "municipality-address",
    "municipality-parking-zone",
    "slrb-confirm-address",
    "slrb-waiting-list-2024",
)
_CONTEXT = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}


class World:
    """Made once for each test process. Homes are copies of one, so that all know the same source."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template"
        self._processes = Processes(folder / "logs")
        samples = folder / "samples"
        shutil.copytree(ROOT / "flows", samples)
        for file in samples.glob("*/*.toml"):  # the pace of a test is no reason to refuse
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub(r"per_second = \d+, per_day = \d+", _PACE, text), encoding="utf-8")
        home = prepare(self.template, samples)
        self._source = self._processes.start(
            SOURCE, "mocks", SOURCE, "--home", str(self.template), "--until-stdin-closes"
        ).ready
        write_settings(home, {SOURCE: self._source["url"]})

    def stop(self) -> None:
        """End the source."""
        self._processes.stop()

    def home(self, folder: Path, database: str = "sqlite") -> Path:
        """A new home in this folder, as it is before the first start."""
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        folder.chmod(0o700)
        file = folder / "fidus.toml"
        text = file.read_text(encoding="utf-8").replace('database = "sqlite"', f'database = "{database}"')
        file.write_text(text, encoding="utf-8")
        return folder

    def client(self, name: str) -> Client:
        """An institution's client, not yet connected."""
        return Client(self.template / "pki", name)

    def asked(self) -> list[dict[str, Any]]:
        """What reached the source so far, in all tests of this process."""
        with urllib.request.urlopen(self._source["asked"], timeout=20) as answer:
            items: list[dict[str, Any]] = json.load(answer)["items"]
        return items

    def misbehave(self, fault: Mapping[str, Any] | None) -> None:
        """Let the source misbehave, None: no more."""
        body = None if fault is None else json.dumps(fault).encode()
        method = "DELETE" if body is None else "PUT"
        request = urllib.request.Request(self._source["faults"], body, method=method)
        urllib.request.urlopen(request, timeout=20).close()


_PACE = "per_second = 5000, per_day = 1000000"


def ordinary() -> list[Person]:
    """Everybody with an address of today and no peculiarity, always in the same order."""
    people = population()
    named = {person.number for case in people.cases.values() for person in case.people}
    return [
        person
        for person in people.persons.values()
        if person.number not in named and person.address is not None and person.address.box is None
    ]


def question(flow: str, number: str) -> Asking:
    """A complete question about this number, for a flow that hands over data."""
    return _asking(flow, number, {"query": {"ssin": number}, "context": _CONTEXT})


def confirmation(flow: str, person: Person, right: bool) -> Asking:
    """Does this person live where they live? Or, if not `right`, at a number that no street has?"""
    address = dict(address_in_words(person))
    if not right:
        address["houseNumber"] = "9999"
    body = {"query": {"ssin": person.number}, "confirm": {"address": address}, "context": _CONTEXT}
    return _asking(flow, person.number, body)


def malformed(flow: str, number: str) -> Asking:
    """A question with a member that no service knows."""
    return _asking(flow, number, {"query": {"ssin": number, "colour": "blue"}, "context": _CONTEXT})


def _asking(flow: str, number: str, body: dict[str, Any]) -> Asking:
    return Asking(flow, number, json.dumps(body, ensure_ascii=False).encode())
