"""The load: so many clients over mutual TLS with keep-alive, in a process of its own.

`python -m bench.load` reads one Load as JSON from standard input and writes one Measured as JSON. Requests
are whole and written beforehand, answers are read as far as their length and two words of theirs: so what is
measured is the server. Each client sends its next request as soon as it has its answer (a closed loop).
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import cast

import uvloop

from bench.cpu import cpu_s

HOST = "127.0.0.1"
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Load:
    """What to send, to whom, for how long. `requests`: base64, sent in turn; `expect` stands in each answer.

    `watched`: process ids by name; their CPU time is taken over the measured seconds, of which `warm_up_s`
    are none. PEM files: `ca`, `certificate`, `key`.
    """

    port: int
    ca: str
    certificate: str
    key: str
    clients: int
    seconds: float
    warm_up_s: float
    expect: str
    requests: list[str] = field(repr=False)
    watched: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Measured:
    """`answers` within `seconds`; milliseconds at the median and the 99th percentile; CPU seconds by name,
    `load` being this process."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_s: dict[str, float]


class NotAnswered(Exception):
    """A server answered something else than was expected, or closed the connection: nothing was measured."""


class _Run:
    """What the clients have in common. `took`: milliseconds of each answer since the last `take`."""

    def __init__(self, load: Load) -> None:
        self.requests: Iterator[bytes] = cycle([b64decode(text) for text in load.requests])
        self.expect = load.expect.encode()
        self.took: list[float] = []
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.over = False

    def take(self) -> list[float]:
        """The times so far; counting begins anew."""
        taken, self.took = self.took, []
        return taken

    def fail(self, what: str) -> None:
        """End the run, unless it is over anyway."""
        if not self.over and not self.failure.done():
            self.failure.set_exception(NotAnswered(what))


class _Client(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._held = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._held += data
        end = self._held.find(_END)
        if end < 0:
            return
        if len(self._held) < end + len(_END) + _length(self._held[:end]):
            return
        if not self._held.startswith(b"HTTP/1.1 200 ") or self._run.expect not in self._held:
            self._run.fail(self._held[:300].decode(errors="replace"))
            return
        self._held = b""
        self._run.took.append((time.perf_counter() - self._sent) * 1000)
        if not self._run.over:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.fail(f"the connection was closed ({exc})")

    def _send(self) -> None:
        assert self._transport is not None
        self._sent = time.perf_counter()
        self._transport.write(next(self._run.requests))

    def close(self) -> None:
        """Leave without farewell."""
        if self._transport is not None:
            self._transport.abort()


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(_LENGTH)
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def measure(load: Load) -> Measured:
    """Run this load. Raises NotAnswered, OSError where nobody listens."""
    run = _Run(load)
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context(cafile=load.ca)
    tls.load_cert_chain(load.certificate, load.key)
    clients = []
    for _ in range(load.clients):
        _, client = await loop.create_connection(lambda: _Client(run), HOST, load.port, ssl=tls)
        clients.append(client)
    await _sleep(load.warm_up_s, run)
    run.take()
    before, begun = _used(load.watched), time.perf_counter()
    await _sleep(load.seconds, run)
    took, seconds, after = run.take(), time.perf_counter() - begun, _used(load.watched)
    run.over = True
    for client in clients:
        client.close()
    if not took:
        raise NotAnswered("not one answer came within the measured time")
    took.sort()
    return Measured(
        answers=len(took),
        seconds=seconds,
        p50_ms=took[len(took) // 2],
        p99_ms=took[min(len(took) - 1, len(took) * 99 // 100)],
        cpu_s={name: after[name] - before[name] for name in after},
    )


async def _sleep(seconds: float, run: _Run) -> None:
    done, _ = await asyncio.wait({run.failure}, timeout=seconds)
    for failed in done:
        failed.result()


def _used(watched: Mapping[str, list[int]]) -> dict[str, float]:
    used = {name: sum(map(cpu_s, processes)) for name, processes in watched.items()}
    return {**used, "load": time.process_time()}


def main() -> int:
    """One load from standard input. 0: measured; 1: not, the reason is on standard error."""
    load = Load(**json.loads(sys.stdin.read()))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            measured = runner.run(measure(load))
        except (NotAnswered, OSError) as error:
            sys.stderr.write(f"{Path(__file__).stem}: {error}\n")
            return 1
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
