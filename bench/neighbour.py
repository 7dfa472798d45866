"""What a slow source costs everybody else: the times of calls to another one, without and with it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from bench.load import Load
from bench.measuring import run
from bench.world import Contender, World

CLIENTS = 16
WAITING = 64  # calls to the slow source that are under way all the time: as many as it is allowed
ANSWER_S = 30.0
_SETTLED_S = 1.0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """95th percentiles in milliseconds of calls to a quick source, medians over the rounds."""

    alone_p95_ms: float
    beside_p95_ms: float

    @property
    def ratio(self) -> float:
        """What the slow neighbour makes of it."""
        return self.beside_p95_ms / self.alone_p95_ms


def measure_neighbour(
    world: World, hub: Contender, seconds: float, rounds: int, answer_s: float = ANSWER_S
) -> Neighbour:
    """First alone, then beside WAITING calls that take `answer_s`. Raises NotMeasured, OSError."""
    alone = _p95(world, hub, seconds, rounds)
    with _waiting(world, world.slow(hub, answer_s)):
        return Neighbour(alone, _p95(world, hub, seconds, rounds))


def _p95(world: World, hub: Contender, seconds: float, rounds: int) -> float:
    return statistics.median(run(world, hub, CLIENTS, seconds).p95_ms for _ in range(rounds))


@contextmanager
def _waiting(world: World, slow: Contender) -> Iterator[None]:
    """Clients that wait for the slow source, in a process of their own that nobody measures."""
    load = Load(
        port=slow.port,
        ca=str(world.home.pki.path("issuer-servers", "crt")),
        certificate=str(world.member.certificate),
        key=str(world.member.key),
        clients=WAITING,
        seconds=3600.0,
        warm_up_s=0.0,
        expect=slow.expect,
        requests=slow.requests,
        watched={},
    )
    process = subprocess.Popen([sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, text=True)
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(load)))
        process.stdin.close()
        time.sleep(_SETTLED_S)
        if process.poll() is not None:
            raise OSError("the calls to the slow source did not wait")
        yield
        if process.poll() is not None:
            raise OSError("the calls to the slow source ended while others were measured")
    finally:
        process.kill()
        process.wait()
