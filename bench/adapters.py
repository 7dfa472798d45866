"""What a call costs in each adapter, beside the client that anyone would write for its source.

CPU of this process alone, all its threads: the source is another one. Both ask the same question over one
kept connection, in turn, round after round. The adapter does more: it verifies, holds the answer against its
contract, maps all of it. It is made as the hub makes it, with its gate, and runs on the hub's event loop.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from adapters._lib.gate import Gate, Limits
from bench.plain import enterprises, places, register, vehicles
from fidus.adapter import Adapter
from fidus.asked import subjects
from fidus.demo.home import ADAPTERS, DemoHome, prepare, write_settings
from fidus.demo.processes import Processes
from fidus.makers import makers
from fidus.metrics import Metrics
from fidus.model import Found, Query, Service
from fidus.services import load_services
from fidus.settings import Settings, load_settings
from mocks.__main__ import LEAN_SOURCES

FLOWS = Path(__file__).parent / "flows"
WANTED = 3.0  # times less than zeep, for signed SOAP
WARM_UP = 5

_Plain = Callable[[str, Path, Mapping[str, Any]], Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Beside:
    """A service, and whom its adapter is compared with."""

    service: str
    title: str
    client: _Plain


COMPARED = (
    Beside("national-register/address", "signed SOAP, beside zeep", register.client),
    Beside("cbe/enterprise", "SOAP by account, beside zeep", enterprises.client),
    Beside("div/vehicle", "REST by token, beside requests", vehicles.client),
    Beside("urbis/address", "REST, beside requests", places.client),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of CPU a call, medians over the rounds."""

    service: str
    title: str
    adapter_ms: float
    plain_ms: float

    @property
    def ratio(self) -> float:
        """How many times less the adapter costs."""
        return self.plain_ms / self.adapter_ms


def costs(folder: Path, *, rounds: int, calls: int) -> list[Cost]:
    """Of each source. Raises OSError when one does not start."""
    home = prepare(folder, FLOWS)
    processes = Processes(folder / "logs")
    services = load_services(ADAPTERS)
    try:
        urls = {slug: _start(processes, home, slug) for slug in (_slug(one) for one in COMPARED)}
        write_settings(home, urls)
        settings = load_settings(home.folder)
        return [_cost(one, services[one.service], settings, home, rounds, calls) for one in COMPARED]
    finally:
        processes.stop()


def _slug(one: Beside) -> str:
    return one.service.partition("/")[0]


def _start(processes: Processes, home: DemoHome, slug: str) -> str:
    """Lean where it comes so: the whole register refuses what zeep signs of a question, and rightly."""
    lean = ["--lean"] if slug in LEAN_SOURCES else []
    started = processes.start(slug, "mocks", slug, "--home", str(home.folder), "--until-stdin-closes", *lean)
    return str(started.ready["url"])


def _cost(one: Beside, service: Service, settings: Settings, home: DemoHome, rounds: int, calls: int) -> Cost:
    source = settings.sources[_slug(one)]
    asked = dict(service.example)
    query = Query(service.id, asked, subjects(service.members, asked, synthetic=True))
    ask = one.client(source.url, home.folder / "pki", service.example)
    gate = Gate(_slug(one), Limits(source.timeout_s, source.at_once))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        adapter = makers(Metrics(), ADAPTERS)[_slug(one)](settings, source, gate)
        measured = [*_rounds(runner, adapter, query, ask, rounds, calls)]
        runner.run(adapter.close())
    ours, plain = zip(*measured, strict=True)
    return Cost(one.service, one.title, statistics.median(ours), statistics.median(plain))


def _rounds(
    runner: asyncio.Runner, adapter: Adapter, query: Query, ask: Callable[[], Any], rounds: int, calls: int
) -> Iterator[tuple[float, float]]:
    async def fetch(number: int) -> None:
        for _ in range(number):
            answer = await adapter.fetch(query)
            assert isinstance(answer, Found), "the example of a manifest is found"

    def plain(number: int) -> None:
        for _ in range(number):
            assert ask(), "the plain client finds it too"

    runner.run(fetch(WARM_UP))
    plain(WARM_UP)
    for _ in range(rounds):
        yield _cpu_ms(lambda: runner.run(fetch(calls)), calls), _cpu_ms(lambda: plain(calls), calls)


def _cpu_ms(work: Callable[[], None], calls: int) -> float:
    before = time.process_time()
    work()
    return (time.process_time() - before) / calls * 1000
