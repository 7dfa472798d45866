"""A hub small enough to look through, behind the real interface: real sockets, TLS and certificates."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fidus.api import build_api, serve_api, server_context
from fidus.api.hub import Health
from fidus.api.sample import CONTEXT
from fidus.api.serve import Serving
from fidus.errors import AuditUnavailable, FidusError, NotFound, SourceError
from fidus.model import (
    Caller,
    Catalogue,
    Channel,
    Deliberation,
    Flow,
    Institution,
    Key,
    Mode,
    QueryMember,
    Quota,
    Role,
    Service,
    SubjectType,
    TraceIds,
)
from fidus.policy import own_flow
from fidus.request import parse
from fidus.trust import Trust
from tests.fidus.api.authority import NOW, Authority, Certificate
from tests.fidus.trusted import unchecked

OWN, OTHER = "0999999922", "0999999823"
SSIN = "62691699717"
TEXTS = {"fr": "Un but", "nl": "Een doel", "de": "Ein Zweck", "en": "A purpose"}
CONSULTATION = "0199b2c3-7c1e-7abc-8def-0123456789ab"

LEAVES = tuple(
    f"address.{leaf}" for leaf in ("street", "municipality", "houseNumber", "box", "postalCode", "country")
)
ADDRESS = Service(
    id="national-register/address",
    title=TEXTS,
    members=(QueryMember("ssin", "ssin", required=True, subject=SubjectType.PERSON),),
    contracts={"v1": {"address": LEAVES}},
    confirmable={"address": ("street", "houseNumber", "box", "postalCode", "municipality")},
    example={"ssin": SSIN},
)


def flow(name: str, institution: str = OWN, mode: Mode = Mode.DATA, **more: Any) -> Flow:
    """A flow on the address service."""
    members: dict[str, Any] = {
        "service": ADDRESS.id,
        "purpose": TEXTS,
        "legal_basis": ("A law, article 1",),
        "fields": LEAVES,
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2099, 12, 31),
        "channels": frozenset({Channel.API, Channel.BATCH}),
        "quota": Quota(20, 5000),
        "contract": "v1",
        "digest": b"\0" * 32,
    } | more
    return Flow(id=name, institution=institution, mode=mode, **members)


FLOWS = (
    flow("own-address", deliberation=Deliberation("12/2026", date(2026, 1, 12))),
    flow("own-confirm", mode=Mode.CONFIRM),
    flow("own-old", valid_until=date(2026, 1, 31)),
    flow("other-address", OTHER),
)


@dataclass
class Trouble:
    """Keeps what was told."""

    bugs: list[BaseException] = field(default_factory=list)

    def bug(self, error: BaseException, traces: TraceIds) -> None:
        self.bugs.append(error)

    def source(self, error: SourceError) -> None:
        raise AssertionError("the interface asks no source")

    def signal(self, event: str, *, flow: str, institution: str) -> None:
        raise AssertionError("the interface gives no signals")

    def duty(self, name: str, error: BaseException) -> None:
        raise AssertionError("the interface has no duties")


class Consulted(NamedTuple):
    """What the small hub answers."""

    answer: Mapping[str, Any]
    quota: Quota
    day_used: int


@dataclass
class SmallHub:
    """Implements HubProtocol. `failure`: raised by every consultation once its body is read."""

    catalogue: Catalogue
    trust: Trust
    log_directory: Path
    trouble: Trouble = field(default_factory=Trouble)
    failure: Exception | None = None
    used: int | None = 41
    status: Health = Health.UP
    strangers: list[str] = field(default_factory=list)
    refusals: list[tuple[str, FidusError, str | None]] = field(default_factory=list)
    consulted: list[tuple[Caller, str, bytes | FidusError, TraceIds]] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    told_instead: FidusError | None = None
    begun: threading.Event = field(default_factory=threading.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def consult(
        self,
        caller: Caller,
        flow_id: str,
        body: bytes | FidusError,
        traces: TraceIds,
        channel: Channel = Channel.API,
    ) -> Consulted:
        self.consulted.append((caller, flow_id, body, traces))
        found = own_flow(self.catalogue, caller.institution, flow_id)
        if found is None:
            raise NotFound
        if isinstance(body, FidusError):
            raise body
        request = parse(body, found, ADDRESS, synthetic=True)
        self.begun.set()
        await self.go_on.wait()
        self.recorded.append(found.id)
        if self.failure is not None:
            raise self.failure
        answer = {
            "consultationId": CONSULTATION,
            "flow": found.id,
            "answeredAt": "2026-10-01T07:30:02.000000Z",
        }
        source = {"service": ADDRESS.id, "asOf": "2026-10-01"}
        given = (
            {"confirmed": dict.fromkeys(request.confirm or {}, "yes")}
            if found.mode is Mode.CONFIRM
            else {"data": {"address": {"street": {"fr": "Rue de l'Été", "nl": "Zomerstraat"}}}}
        )
        return Consulted(
            {**answer, "source": source, "found": True, **given, "receipt": _receipt()}, found.quota, 42
        )

    async def receipt(self, caller: Caller, consultation_id: str, traces: TraceIds) -> Mapping[str, Any]:
        if consultation_id != CONSULTATION or caller.institution != OWN:
            raise NotFound
        return {"consultationId": CONSULTATION, "outcome": "found", "receipt": _receipt()}

    async def used_today(self, flow_id: str) -> int:
        if self.used is None:
            raise AuditUnavailable
        return self.used

    async def health(self) -> Health:
        return self.status

    def stranger(self, reason: str) -> None:
        self.strangers.append(str(reason))

    async def refused(
        self, caller: Caller, error: FidusError, traces: TraceIds, flow_id: str | None = None
    ) -> FidusError:
        self.refusals.append((caller.institution, error, flow_id))
        return self.told_instead or error


def _receipt() -> dict[str, Any]:
    return {"index": 4711, "nonce": b64encode(bytes(32)).decode(), "proof": "c2sp.org/tlog-proof@v1\n"}


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Background:
    """An event loop in a thread of its own."""

    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=30)


@dataclass
class World:
    """The interface as it listens, the hub behind it and certificates of all kinds.

    `clients`: own, auditor (same institution), other, unknown (not enrolled), expired, foreign (issuer).
    """

    hub: SmallHub
    authority: Authority
    clients: Mapping[str, Certificate]
    background: Background
    failed: list[str]
    serving: Serving
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        return self.serving.host, self.serving.port

    def tls(self, who: str | None = "own") -> ssl.SSLContext:
        """A client's context; None shows no certificate."""
        context = ssl.create_default_context(cafile=self.authority.file)
        if who is not None:
            context.load_cert_chain(*self.clients[who].files)
        return context

    def connect(self, who: str | None = "own", timeout: float = 20.0) -> http.client.HTTPSConnection:
        """A connection that is not open yet."""
        return http.client.HTTPSConnection(*self.address, context=self.tls(who), timeout=timeout)

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        who: str | None = "own",
        body: object = None,
        headers: Mapping[str, str] | None = None,
        base: str = "/fidus/v1",
    ) -> Reply:
        """One request on a connection of its own. A body that is no bytes is sent as JSON."""
        connection = self.connect(who)
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection.request(method, base + path, body=sent, headers=given | dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def consult(self, flow_id: str = "own-address", **more: Any) -> Reply:
        """A question with a good body, unless `body` says otherwise."""
        return self.ask(f"/flows/{flow_id}/consult", "POST", **({"body": question()} | more))


def question() -> dict[str, Any]:
    """A body that `own-address` takes."""
    return {"query": {"ssin": SSIN}, "context": dict(CONTEXT)}


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    """One loop for all servers of the session."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield Background(loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="session")
def serving_world(tmp_path_factory: pytest.TempPathFactory, background: Background) -> Iterator[World]:
    """The one server of the session."""
    folder = tmp_path_factory.mktemp("pki")
    registered, foreign = Authority(folder, "registered"), Authority(folder, "foreign")
    clients = {
        "own": registered.issue("own", number=OWN),
        "auditor": registered.issue("auditor", number=OWN),
        "other": registered.issue("other", number=OTHER),
        "unknown": registered.issue("unknown", number=OWN),
        "expired": registered.issue("expired", number=OWN, until=NOW - timedelta(days=1)),
        "foreign": foreign.issue("foreign", number=OWN),
    }
    hub = SmallHub(_catalogue(clients), unchecked(registered.pem), tmp_path_factory.mktemp("log"))
    failed: list[str] = []
    context = server_context(*registered.issue("server").files, registered.file, failed.append)

    async def start() -> Serving:
        return await serve_api(build_api(hub), context, "127.0.0.1", 0)

    serving = background.run(start())
    yield World(hub, registered, clients, background, failed, serving, hub.log_directory)
    background.run(serving.stop())


@pytest.fixture
def world(serving_world: World) -> World:
    """The server of the session, with a hub as new."""
    hub = serving_world.hub
    hub.__dict__.update(SmallHub(_catalogue(serving_world.clients), hub.trust, serving_world.log).__dict__)
    hub.go_on.set()
    serving_world.failed.clear()
    return serving_world


def _catalogue(clients: Mapping[str, Certificate]) -> Catalogue:
    def institution(number: str, **roles: frozenset[Role]) -> Institution:
        keys = tuple(Key(clients[name].enrolled, role, date.min, date.max) for name, role in roles.items())
        return Institution(number, number, "institution", TEXTS, keys, date.min, date.max)

    exchange = frozenset({Role.EXCHANGE})
    institutions = {
        OWN: institution(OWN, own=exchange, expired=exchange, auditor=frozenset({Role.AUDITOR})),
        OTHER: institution(OTHER, other=exchange),
    }
    flows = {one.id: one for one in FLOWS}
    return Catalogue(3, b"", institutions, flows, {ADDRESS.id: ADDRESS}, frozenset({"own-old"}))
