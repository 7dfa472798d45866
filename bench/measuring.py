"""Measures contenders in turn, round after round: what disturbs the machine disturbs all of them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from bench.load import Load, Measured
from bench.world import Contender, World

WARM_UP_S = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """`levels`: numbers of clients at once. Each contender is measured `seconds` at each, `rounds` times."""

    levels: Sequence[int]
    seconds: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One contender at one number of clients: medians over the rounds. CPU of the server, its processes
    added up, and of the source, in milliseconds a call; `spread`: slowest and fastest round."""

    name: str
    clients: int
    per_second: float
    spread: tuple[float, float]
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    source_cpu_ms: float
    load_cpu_ms: float


class NotMeasured(Exception):
    """A load ended without figures. The text says why."""


def measure(world: World, contenders: Sequence[Contender], plan: Plan) -> list[Figure]:
    """All figures. Raises NotMeasured."""
    found: dict[tuple[str, int], list[Measured]] = {}
    for name, clients, measured in _rounds(world, contenders, plan):
        found.setdefault((name, clients), []).append(measured)
    return [_figure(name, clients, rounds) for (name, clients), rounds in found.items()]


def _rounds(world: World, contenders: Sequence[Contender], plan: Plan) -> Iterator[tuple[str, int, Measured]]:
    for number in range(plan.rounds):
        # Every other round the other way round, so that none is always the first or the last.
        order = contenders if number % 2 == 0 else contenders[::-1]
        for clients in plan.levels:
            for contender in order:
                yield contender.name, clients, run(world, contender, clients, plan.seconds)


def run(world: World, contender: Contender, clients: int, seconds: float) -> Measured:
    """One load on one contender. Raises NotMeasured."""
    load = Load(
        port=contender.port,
        ca=str(world.home.pki.path("issuer-servers", "crt")),
        certificate=str(world.member.certificate),
        key=str(world.member.key),
        clients=clients,
        seconds=seconds,
        warm_up_s=WARM_UP_S,
        expect=contender.expect,
        requests=contender.requests,
        watched={"server": contender.processes, "source": [world.source]},
    )
    ended = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    if ended.returncode != 0:
        raise NotMeasured(f"{contender.name} at {clients} clients: {ended.stderr.strip()[-500:]}")
    return Measured(**json.loads(ended.stdout))


def _figure(name: str, clients: int, rounds: list[Measured]) -> Figure:
    rates = sorted(one.answers / one.seconds for one in rounds)

    def a_call(process: str) -> float:
        return statistics.median(one.cpu_s[process] / one.answers * 1000 for one in rounds)

    return Figure(
        name=name,
        clients=clients,
        per_second=statistics.median(rates),
        spread=(rates[0], rates[-1]),
        p50_ms=statistics.median(one.p50_ms for one in rounds),
        p99_ms=statistics.median(one.p99_ms for one in rounds),
        cpu_ms=a_call("server"),
        source_cpu_ms=a_call("source"),
        load_cpu_ms=a_call("load"),
    )
