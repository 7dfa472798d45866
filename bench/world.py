"""What is measured, all of it running at once: the source in its cheapest form, and four gates before it."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from yarl import URL

from adapters._lib.keys import SigningKey
from adapters._lib.signing import sign_envelope
from bench import nginx
from bench.load import HOST
from bench.serving import customer
from fidus.cli.homes import apply_folder
from fidus.demo.home import DemoHome, Member, prepare, write_settings
from fidus.demo.pki import Pki
from fidus.demo.processes import Processes
from mocks.people import Person
from mocks.population import population

FLOW = "bench-address"
SLUG = "national-register"
FLOWS = Path(__file__).parent / "flows"
PEOPLE = 200


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that answers. `processes`: its process ids; `requests`: whole HTTP requests, base64."""

    name: str
    title: str
    port: int
    processes: list[int]
    requests: list[str] = field(repr=False)
    expect: str


class World:
    """Everything that runs. `close` ends all of it."""

    def __init__(self, home: Path, seed: int, *, signing: str = "rsa") -> None:
        """`signing`: kind of the key with which requests to the source are signed, rsa or ecdsa.

        Raises OSError when a process does not start.
        """
        self._random = random.Random(seed)  # noqa: S311 - chooses whom to ask about, the same each time
        self._folder = home
        pki = Pki(home / "pki")
        messages = pki.issuer("issuer-messages", "Messages of the demonstration")
        # The source signs with P-256, so that an answer costs it 0.1 ms and not 0.3.
        pki.signer(f"{SLUG}-sign", "the measured source", messages, elliptic=True)
        pki.signer("hub-sign", "the measured hub", messages, elliptic=signing == "ecdsa")
        (home / ".fidus-demonstration").touch()
        self.home: DemoHome = prepare(home, FLOWS)
        self._processes = Processes(home / "logs")
        self._nginx: nginx.Nginx | None = None
        try:
            source = self._processes.start(
                SLUG, "mocks", SLUG, "--home", str(home), "--lean", "--until-stdin-closes"
            )
            self.source_url = URL(source.ready["url"])
            self.source = source.process.pid
        except BaseException:
            self.close()
            raise

    @property
    def member(self) -> Member:
        """Who asks."""
        return self.home.members[0]

    def close(self) -> None:
        """End everything, the last started first."""
        if self._nginx is not None:
            self._nginx.stop()
        self._processes.stop()

    def nginx(self) -> Contender:
        """The limit."""
        source_port = self.source_url.port
        assert source_port is not None
        self._nginx = nginx.Nginx(self._folder / "nginx", self._folder / "pki", source_port)
        return self._proxy("nginx", "nginx, mTLS proxy: the limit", self._nginx.port, self._nginx.processes)

    def bare(self) -> Contender:
        """The same with aiohttp."""
        ready = self._processes.start(
            "bare", "bench.bare", str(self._folder / "pki"), str(self.source_url)
        ).ready
        return self._proxy("bare", "bare aiohttp mTLS proxy", ready["port"], [ready["pid"]])

    def obvious(self) -> Contender:
        """What anyone would write first."""
        words = ("pki", "flows", "obvious.db")
        pki, flows, database = (str(self._folder / word) for word in words)
        ready = self._processes.start(
            "obvious", "bench.obvious", pki, str(self.source_url), flows, database
        ).ready
        return self._gate("obvious", "ORM before and after, zeep", ready["port"], [ready["pid"]])

    def fidus(self) -> Contender:
        """The hub, one process, with its flow in force."""
        write_settings(self.home, {SLUG: str(self.source_url)})
        hub = self._processes.start(
            "hub", "fidus", "serve", "--home", str(self._folder), "--json", "--until-stdin-closes"
        )
        apply_folder(self._folder, self.home.flows, [])
        port = URL(hub.ready["api"]).port
        assert port is not None
        return self._gate("fidus", "fidus", port, [hub.process.pid])

    def _people(self) -> list[Person]:
        people = population()
        named = {person.number for case in people.cases.values() for person in case.people}
        usual = [one for one in people.persons.values() if one.number not in named and one.address]
        return self._random.sample(sorted(usual, key=lambda one: one.number), min(PEOPLE, len(usual)))

    def _gate(self, name: str, title: str, port: int, processes: list[int]) -> Contender:
        bodies = [json.dumps({"query": {"ssin": one.number}, "context": _CONTEXT}) for one in self._people()]
        path = f"/fidus/v1/flows/{FLOW}/consult"
        requests = [_request(path, "application/json", body.encode()) for body in bodies]
        return Contender(name, title, port, processes, requests, '"postalCode"')

    def _proxy(self, name: str, title: str, port: int, processes: list[int]) -> Contender:
        """Clients of a proxy send the signed question itself, written beforehand."""
        pki = self._folder / "pki"
        key = SigningKey.load(pki / "hub-sign.crt", pki / "hub-sign.key")
        requests = [
            _request(self.source_url.path, "text/xml; charset=utf-8", _question(one, key))
            for one in self._people()
        ]
        return Contender(name, title, port, processes, requests, "LegalMainAddress")


_CONTEXT = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}


_CONTENT = (
    '<i:retrieveTIGroupsRequest xmlns:i="http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2">'
    "<informationCustomer><ticket>{ticket}</ticket><customerIdentification><cbeNumber>{customer}</cbeNumber>"
    "</customerIdentification></informationCustomer><legalContext>FIDUS</legalContext><searchInformation>"
    "<ssin>{ssin}</ssin><language>fr</language><history>false</history></searchInformation>"
    "</i:retrieveTIGroupsRequest>"
)


def _question(person: Person, key: SigningKey) -> bytes:
    ticket = str(uuid4())
    content = _CONTENT.format(ticket=ticket, customer=customer(), ssin=person.number).encode()
    return sign_envelope(content, key=key, message_id=f"urn:uuid:{ticket}", now=datetime.now(UTC))


def _request(path: str, kind: str, body: bytes) -> str:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {kind}\r\n"
        f"Accept: */*\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return b64encode(head.encode() + body).decode()
