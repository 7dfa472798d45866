"""A demonstration from start to end: prepare, start, apply, show, invite."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from fidus.app import ROOT
from fidus.cli.client import Client
from fidus.cli.homes import apply_folder, operate
from fidus.demo import opendata, world
from fidus.demo.bodies import address_in_words, anybody
from fidus.demo.cast import Thing, cast
from fidus.demo.eyes import body_about
from fidus.demo.home import ORIGIN, SOURCES, DemoHome, Member, former_database, prepare, write_settings
from fidus.demo.processes import Processes, Running
from fidus.demo.show import Look, Scene, Show
from fidus.errors import ConfigurationInvalid
from fidus.hubkeys import signing_key
from fidus.policy import brussels_day
from fidus.services import load_services
from fidus.serving import ADDRESSES
from fidus.store.engine import StoreLock

FORMER_HUB_S = 20.0  # a source's deadline, and the rest of an orderly end
NOTICED_S = 3.0  # within which a hub sees that its demonstration is gone
ANSWERED, REFUSED, CONFIRMED = "municipality-address", "slrb-waiting-list-2024", "slrb-confirm-address"


class Demonstration:
    """One world. `processes.stop` ends all of it."""

    def __init__(self, folder: Path, samples: Path, console: Console, database: str | None = None) -> None:
        """`database`: as in fidus.toml; None: the one that was used before, SQLite in a new folder."""
        self._folder = folder
        self._database = former_database(folder) if database is None else database
        self._samples = samples
        self._console = console
        self.processes = Processes(folder / "logs")
        self._services = load_services(ROOT / "adapters")

    def start(self, api_port: int, management_port: int) -> None:
        """Start everything and write demo.json. Raises OSError, ConfigurationInvalid."""
        wait_for_former_hub(self._folder)
        self.home: DemoHome = prepare(self._folder, self._samples)
        sources = {slug: self._source(slug) for slug in SOURCES}
        write_settings(
            self.home,
            {slug: source.ready["url"] for slug, source in sources.items()},
            api_port,
            management_port,
            self._database,
        )
        opendata.provide(self._folder, self._database)
        home = str(self._folder)
        self._hub = self.processes.start(
            "hub", "fidus", "serve", "--home", home, "--json", "--until-stdin-closes"
        )
        apply_folder(self._folder, self.home.flows, [])
        self.flows = {flow["id"]: flow for flow in operate(self._folder, "flows", {})["flows"]}
        key = signing_key(self._folder / "log.key", ORIGIN, create=False)
        self.verifier = key.verifier
        self.content = world.describe(
            self.home, self._services, self._hub, sources, self.verifier.vkey, self._database
        )
        world.write(self._folder, self.content)

    def show(self) -> bool:
        """Play the scenes; True if each went as it must."""
        out = self._console
        out.print()
        out.print(
            f"[bold]fidus[/] runs: {len(self.home.members)} institutions, {len(self.flows)} flows, ", end=""
        )
        out.print(f"{len(self.processes.running)} processes, one log. Everybody in it is invented.")
        for name in (ANSWERED, CONFIRMED):
            if self.flows[name]["suspended"]:
                out.print(f"[bold]{name}[/] was suspended here, so it is refused. Let it go on with")
                line = shlex.join([*self.content["fidus"], "flow", "resume", name, "--reason", "seen"])
                out.print(line, markup=False, soft_wrap=True)
        show = Show(out, self._folder / "show", self.verifier)
        went = [
            show.consultation(
                self._scene(
                    ANSWERED,
                    "1 · A question that the law allows",
                    "The municipality asks where somebody lives. Only the granted fields come back.",
                )
            ),
            show.refusal(
                self._scene(
                    REFUSED,
                    "2 · A question that the law no longer allows",
                    "The same register, another purpose, whose flow has ended. The source is not asked.",
                ),
                403,
            ),
            *self._confirmations(show),
            *self._eyes(show),
        ]
        out.print()
        return all(went)

    def _eyes(self, show: Show) -> list[bool]:
        """A person, a company, a car and a building, each as every institution may see it. A source that is
        not here leaves its rows out."""
        out, players = self._console, cast()
        out.rule("[bold]5 · The same through every institution's eyes", align="left")
        out.print(f"{players.says()} Each institution asks what its flows allow:")
        went = []
        for thing in players.things():
            looks = {member.name.split(" (")[0]: self._looks(member, thing) for member in self.home.members}
            if any(looks.values()):
                went.append(show.side_by_side(thing, looks))
        return went

    def _looks(self, member: Member, thing: Thing) -> list[Look]:
        """What an institution may ask about a thing today."""
        today = brussels_day(datetime.now(UTC)).isoformat()
        client = self._client(member)
        found = []
        for name, flow in self.flows.items():
            open_ = flow["validFrom"] <= today <= flow["validUntil"] and not flow["suspended"]
            if flow["institution"] == member.number and open_ and "api" in flow["channels"]:
                service = self._services[flow["service"]]
                body = body_about(thing, service, flow["fields"], self._body(name))
                found += [] if body is None else [Look(client, flow, body)]
        return found

    def _confirmations(self, show: Show) -> list[bool]:
        right = self._scene(
            CONFIRMED,
            "3 · Is this the address in my file?",
            "The housing company sends what its applicant wrote. Yes or no comes back, and no data.",
        )
        person = anybody()
        address = address_in_words(person)
        body = {**right.body, "query": {"ssin": person.number}}
        right = replace(right, body={**body, "confirm": {"address": address}})
        wrong = replace(
            right,
            title="4 · And this one?",
            says="Another house number. After five times no, nobody may guess again today.",
            body={**body, "confirm": {"address": {**address, "houseNumber": "9999"}}},
        )
        return [show.confirmation(right, "yes"), show.confirmation(wrong, "no")]

    def invite(self) -> None:
        """Links, and lines to try."""
        out, content = self._console, self.content
        member = self._member(ANSWERED)
        asked, _, _ = self.flows[ANSWERED]["service"].partition("/")
        body = self._folder / "show" / "body.json"
        curl = (
            f"curl --cacert {shlex.quote(content['ca'])} --cert {shlex.quote(str(member.certificate))} "
            f"--key {shlex.quote(str(member.key))}"
        )
        base = f"{content['api']}/fidus/v1"
        run = shlex.join(content["fidus"])
        answer = self._folder / "show" / "answer.json"
        out.rule("[bold]Try it", align="left")
        lines = {
            "Ask again": f"{curl} -H 'Content-Type: application/json' -d @{shlex.quote(str(body))} "
            f"{base}/flows/{ANSWERED}/consult",
            "What may I ask?": f"{curl} {base}/flows",
            "Check the receipt": f"{run} receipt verify {shlex.quote(str(answer))} "
            f"--request {shlex.quote(str(body))} --vkey {shlex.quote(content['audit']['vkey'])}",
            "Verify the whole log": f"{run} audit verify",
            "Withdraw a flow": f"{run} flow suspend {ANSWERED} --reason 'to see what happens'",
            "Whom to ask about": f"{run} world --cases",
            "Let the source be slow": f'curl -X PUT -d \'{{"kind": "delay", "seconds": 3, "count": 1}}\' '
            f"{next(one['faults'] for one in content['sources'] if one['slug'] == asked)}",
        }
        for title, line in lines.items():
            out.print(f"[dim]# {title}[/]")
            out.print(line, markup=False, soft_wrap=True)
        out.print()
        out.print(
            f"Contract: {base}/doc   Health: {content['management']}/health   "
            f"For programs: {self._folder / world.FILE}",
            markup=False,
        )
        pages = "   ".join(f"{one['slug']} {one['page']}" for one in content["sources"])
        out.print(f"The sources in a browser: {pages}", markup=False, soft_wrap=True)
        out.print("Ctrl-C ends it; started again, it goes on with the same log.")

    def _source(self, slug: str) -> Running:
        return self.processes.start(slug, "mocks", slug, "--home", str(self._folder), "--until-stdin-closes")

    def _member(self, flow: str) -> Member:
        number = self.flows[flow]["institution"]
        return next(member for member in self.home.members if member.number == number)

    def _scene(self, name: str, title: str, says: str) -> Scene:
        client = self._client(self._member(name))
        return Scene(title, says, client, self.flows[name], self._body(name))

    def _client(self, member: Member) -> Client:
        return Client(self.content["api"], Path(self.content["ca"]), member.certificate, member.key)

    def _body(self, name: str) -> Mapping[str, Any]:
        institutions = self.content["institutions"]
        return next(flow["body"] for one in institutions for flow in one["flows"] if flow["id"] == name)


def wait_for_former_hub(folder: Path, within_s: float = FORMER_HUB_S) -> None:
    """Until the store is free: the hub of a demonstration that was killed first finishes what is under way.

    Raises ConfigurationInvalid when it is not free in time, and soon where that hub has not begun to end.
    """
    begun = time.monotonic()
    while True:
        try:
            StoreLock.take(folder).release()
        except ConfigurationInvalid:
            waited = time.monotonic() - begun
            if waited > within_s or (waited > NOTICED_S and (folder / ADDRESSES).exists()):
                raise
            time.sleep(0.1)
        else:
            return
