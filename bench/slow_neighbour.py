"""A second copy of the source that takes half a minute an answer: what is left of the first one's speed?

Two instances of one adapter stand behind one hub. While callers keep the slow one's gate full, others ask the
first: their 95th percentile may grow to 1.1 times what it is alone. Both gates are looked at meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import statistics
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from bench.world import FLOW, FLOWS, SLUG
from fidus.catalogue import read_files
from fidus.cli.homes import apply_folder
from fidus.demo.home import DemoHome, prepare, write_settings
from fidus.demo.processes import Processes
from mocks.population import population

COPY: Final = "register-copy"
SLOW_FLOW: Final = "bench-slow-address"
_PARTING_S: Final = 0.25  # TLS connections end a few steps of the loop after their session did
_CONTEXT: Final = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}


@dataclass(frozen=True, slots=True)
class Plan:
    """`neighbours` ask the copy, which takes `answer_s`; `clients` ask the first source, `seconds` alone and
    `seconds` beside them."""

    clients: int = 8
    seconds: float = 10.0
    neighbours: int = 32
    answer_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """95th percentiles of the first source's callers in milliseconds, how many were answered, and the gates
    while both were asked, as `/health` of the management port shows them."""

    alone_ms: float
    beside_ms: float
    answers: int
    gates: Mapping[str, Mapping[str, Any]]

    @property
    def ratio(self) -> float:
        """To be at most 1.1."""
        return self.beside_ms / self.alone_ms


def slow_neighbour(folder: Path, plan: Plan) -> Told:
    """Run the scenario in a new home below this folder. Raises OSError when a process does not start, and
    AssertionError when the first source's callers are not all answered."""
    home = prepare(folder / "home", _flows(folder / "flows"))
    processes = Processes(folder / "logs")
    try:
        words = ("mocks", SLUG, "--home", str(home.folder), "--until-stdin-closes")
        first, copy = (processes.start(name, *words).ready for name in (SLUG, COPY))
        _misbehave(copy["faults"], {"kind": "delay", "seconds": plan.answer_s})
        write_settings(home, {SLUG: first["url"]})
        _add_instance(home, first["url"], copy["url"], plan)
        hub = processes.start(
            "hub", "fidus", "serve", "--home", str(home.folder), "--json", "--until-stdin-closes"
        ).ready
        apply_folder(home.folder, home.flows, [])
        return asyncio.run(_measure(home, hub, plan))
    finally:
        processes.stop()


def _flows(folder: Path) -> Path:
    """The bench's own, and one that asks the copy."""
    for path, text in read_files(FLOWS).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
        if target.stem == FLOW:
            slow = text.replace(f'"{SLUG}/'.encode(), f'"{COPY}/'.encode())
            target.with_stem(SLOW_FLOW).write_bytes(slow)
    return folder


def _add_instance(home: DemoHome, url: str, copy: str, plan: Plan) -> None:
    """The section of the first source once more, for the copy."""
    file = home.folder / "fidus.toml"
    text = file.read_text(encoding="utf-8")
    _, _, section = text.partition(f"[sources.{SLUG}]\n")
    section = section.replace(url, copy).replace("timeout_s = 10\n", "timeout_s = 60\n")
    more = f'\n[sources.{COPY}]\nadapter = "{SLUG}"\nat_once = {plan.neighbours}\n{section}'
    file.write_text(text + more, encoding="utf-8")


def _misbehave(address: str, fault: Mapping[str, Any]) -> None:
    request = urllib.request.Request(address, json.dumps(fault).encode(), method="PUT")  # noqa: S310 - loopback
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


async def _measure(home: DemoHome, hub: Mapping[str, Any], plan: Plan) -> Told:
    member = home.members[0]
    tls = ssl.create_default_context(cafile=str(home.pki.path("issuer-servers", "crt")))
    tls.load_cert_chain(member.certificate, member.key)
    connector = aiohttp.TCPConnector(ssl=tls, limit=0)
    async with aiohttp.ClientSession(connector=connector, base_url=hub["api"]) as session:
        await _ask_for(session, plan.clients, 1.0)  # warm up
        alone = await _ask_for(session, plan.clients, plan.seconds)
        neighbours = [asyncio.create_task(_ask(session, SLOW_FLOW, _body())) for _ in range(plan.neighbours)]
        await asyncio.sleep(1.0)
        asking = asyncio.create_task(_ask_for(session, plan.clients, plan.seconds))
        await asyncio.sleep(plan.seconds / 2)
        gates = await _gates(hub["management"])
        beside = await asking
        for neighbour in neighbours:
            neighbour.cancel()
        await asyncio.gather(*neighbours, return_exceptions=True)
    await asyncio.sleep(_PARTING_S)
    return Told(_p95_ms(alone), _p95_ms(beside), len(alone) + len(beside), gates)


async def _ask_for(session: aiohttp.ClientSession, clients: int, seconds: float) -> list[float]:
    """Seconds of each answer of so many callers, each asking one question after the other."""
    until, took = time.perf_counter() + seconds, list[float]()

    async def client() -> None:
        while (begun := time.perf_counter()) < until:
            status = await _ask(session, FLOW, _body())
            assert status == 200, status
            took.append(time.perf_counter() - begun)

    await asyncio.gather(*(client() for _ in range(clients)))
    return took


async def _ask(session: aiohttp.ClientSession, flow: str, body: Mapping[str, Any]) -> int:
    async with session.post(f"/fidus/v1/flows/{flow}/consult", json=body) as response:
        await response.read()
        return response.status


_PEOPLE: Final = cycle(sorted(one.number for one in population().persons.values() if one.address)[:200])


def _body() -> Mapping[str, Any]:
    return {"query": {"ssin": next(_PEOPLE)}, "context": _CONTEXT}


async def _gates(management: str) -> Mapping[str, Mapping[str, Any]]:
    address = urlsplit(management)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{address.netloc}/health") as response,
    ):
        told: Mapping[str, Mapping[str, Any]] = (await response.json())["gates"]
        return told


def _p95_ms(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1] * 1000
