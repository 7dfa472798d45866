"""Does the time of a refusal tell what it does not say? `python -m bench.refusals` asks in pairs and judges.

Two questions that must be refused alike are asked one after the other, in an order drawn anew for each pair,
of a real hub over mutual TLS. Whether the medians differ by more than the noise is judged by a permutation
test on the differences of the pairs. Exit 0: no pair differs, 1: one does, or nothing could be measured, 2:
wrong use.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import ssl
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.folder import made_anew
from bench.world import FLOWS, SLUG
from fidus.cli.homes import apply_folder
from fidus.demo.bodies import address_in_words
from fidus.demo.home import DemoHome, Member, prepare, write_settings
from fidus.demo.processes import Processes
from mocks.people import Person
from mocks.population import population

INSTITUTIONS: Final = 40  # each is told 300 refusals a minute one by one: enough for what is asked of all
WARM_UP: Final = 100  # pairs
SHUFFLES: Final = 2_000
SURE: Final = 0.01  # how seldom chance alone may look like a difference
NOWHERE: Final = "https://127.0.0.1:1/"  # no source is asked
_ENDED: Final = 'valid_from = 2024-01-01\nvalid_until = 2024-12-31\nmode = "confirm"\n'


@dataclass(frozen=True, slots=True)
class Question:
    """One that is refused. `flow`: "{own}" and "{other}" stand for an institution and its neighbour."""

    name: str
    flow: str
    known: bool
    status: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Two series of milliseconds, pair by pair, and the median of their differences. `noise_ms`: what chance
    alone makes of it, but for one time in a hundred; `chance`: how often it makes as much as was seen."""

    pair: str
    first: Sequence[float]
    second: Sequence[float]
    difference_ms: float
    noise_ms: float
    chance: float

    @property
    def differs(self) -> bool:
        """By more than the noise."""
        return self.chance < SURE


UNKNOWN: Final = Question("unknown flow", "nobody-s-flow-{own}", known=True, status=404)
ANOTHERS: Final = Question("another's flow", "own-flow-{other}", known=True, status=404)
ANOTHERS_UNKNOWN: Final = Question(
    "another's flow, unknown person", "own-flow-{other}", known=False, status=404
)
ENDED: Final = Question("ended confirm flow", "ended-flow-{own}", known=True, status=403)
ENDED_UNKNOWN: Final = Question(
    "ended confirm flow, unknown person", "ended-flow-{own}", known=False, status=403
)
PAIRS: Final = ((UNKNOWN, ANOTHERS), (ANOTHERS, ANOTHERS_UNKNOWN), (ENDED, ENDED_UNKNOWN))


def judge(pair: str, first: Sequence[float], second: Sequence[float], seed: int) -> Judged:
    """Compare two series, pair by pair. By chance alone each difference may as well have the other sign."""
    draw = random.Random(seed)  # noqa: S311 - chooses signs, the same each time
    differences = [one - other for one, other in zip(first, second, strict=True)]
    seen = statistics.median(differences)
    by_chance = sorted(
        abs(statistics.median([one if draw.random() < 0.5 else -one for one in differences]))
        for _ in range(SHUFFLES)
    )
    as_much = sum(one >= abs(seen) for one in by_chance)
    noise = by_chance[int(len(by_chance) * (1 - SURE))]
    return Judged(pair, first, second, seen, noise, as_much / len(by_chance))


class Asker:
    """A hub with many institutions, and a connection of each. Close it."""

    def __init__(self, folder: Path, institutions: int = INSTITUTIONS) -> None:
        """Raises OSError when the hub does not start."""
        self._processes = Processes(folder / "logs")
        self._stack = ExitStack()
        self._stack.callback(self._processes.stop)
        try:
            home = prepare(folder / "home", _flows(folder / "flows", institutions))
            write_settings(home, {SLUG: NOWHERE})
            words = ("fidus", "serve", "--home", str(home.folder), "--json", "--until-stdin-closes")
            api = self._processes.start("hub", *words).ready["api"]
            apply_folder(home.folder, home.flows, [])
            connections = [self._stack.enter_context(closing(_open(home, one, api))) for one in home.members]
        except BaseException:
            self._stack.close()
            raise
        self._turns: Iterator[tuple[int, http.client.HTTPSConnection]] = cycle(enumerate(connections))
        self._count = len(connections)
        people = population()
        self._address = address_in_words(_known())
        self._numbers = {True: _known().number, False: people.number("unknown")}

    def close(self) -> None:
        """End all of it."""
        self._stack.close()

    def pairs(
        self, first: Question, second: Question, count: int, draw: random.Random
    ) -> list[tuple[float, float]]:
        """Milliseconds of so many pairs. Raises OSError for an answer that is not the refusal."""
        took = []
        for index, connection in islice(self._turns, count):
            if draw.random() < 0.5:
                one = self._ask(index, connection, first)
                took.append((one, self._ask(index, connection, second)))
            else:
                other = self._ask(index, connection, second)
                took.append((self._ask(index, connection, first), other))
        return took

    def _ask(self, index: int, connection: http.client.HTTPSConnection, question: Question) -> float:
        flow = question.flow.format(own=f"{index:02}", other=f"{(index + 1) % self._count:02}")
        body = {
            "query": {"ssin": self._numbers[question.known]},
            "confirm": {"address": self._address},
            "context": {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}},
        }
        text, headers = json.dumps(body), {"Content-Type": "application/json"}
        begun = time.perf_counter()
        connection.request("POST", f"/fidus/v1/flows/{flow}/consult", text, headers)
        answer = connection.getresponse()
        answer.read()
        took = (time.perf_counter() - begun) * 1000
        if answer.status != question.status:
            raise OSError(f"{question.name} was answered with {answer.status}")
        return took


def _known() -> Person:
    people = population()
    named = {person.number for case in people.cases.values() for person in case.people}
    return next(one for one in people.persons.values() if one.number not in named and one.address)


def _open(home: DemoHome, member: Member, api: str) -> http.client.HTTPSConnection:
    tls = ssl.create_default_context(cafile=str(home.pki.path("issuer-servers", "crt")))
    tls.load_cert_chain(member.certificate, member.key)
    parts = urlsplit(api)
    return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=30, context=tls)


def _flows(folder: Path, institutions: int) -> Path:
    """So many institutions like the bench's own, each with a flow, and with one that has ended."""
    (sample,) = (path.parent for path in FLOWS.glob("*/institution.toml"))
    (flow,) = (path.read_text("utf-8") for path in sample.glob("*.toml") if path.stem != "institution")
    institution = (sample / "institution.toml").read_text(encoding="utf-8")
    kept = [line for line in flow.splitlines() if not line.startswith(("mode", "valid_from", "valid_until"))]
    head, table, rest = "\n".join(kept).partition("\n[purpose]")
    ended = f"{head}\n{_ENDED}{table}{rest}\n".replace("date = 2025-02-11", "date = 2023-02-11")
    for index in range(institutions):
        target = folder / f"institution-{index:02}"
        target.mkdir(parents=True)
        named = institution.replace("0999000129", _number(index))
        (target / "institution.toml").write_text(named, encoding="utf-8")
        (target / f"own-flow-{index:02}.toml").write_text(flow, encoding="utf-8")
        (target / f"ended-flow-{index:02}.toml").write_text(ended, encoding="utf-8")
    return folder


def _number(index: int) -> str:
    """An enterprise number that is nobody's: 0999, and check digits."""
    digits = f"09994{index:03}"
    return f"{digits}{97 - int(digits) % 97:02}"


def measure(folder: Path, pairs: int, seed: int, institutions: int = INSTITUTIONS) -> list[Judged]:
    """All comparisons, interleaved: pair by pair in turn. Raises OSError where nothing could be measured."""
    draw = random.Random(seed)  # noqa: S311 - chooses orders, the same each time
    with closing(Asker(folder, institutions)) as asker:
        for first, second in PAIRS:
            asker.pairs(first, second, min(pairs, WARM_UP), draw)
        took: list[list[tuple[float, float]]] = [[] for _ in PAIRS]
        for _ in range(pairs):
            for (first, second), so_far in zip(PAIRS, took, strict=True):
                so_far += asker.pairs(first, second, 1, draw)
    judged = []
    for (one, other), so_far in zip(PAIRS, took, strict=True):
        first_ms, second_ms = [pair[0] for pair in so_far], [pair[1] for pair in so_far]
        judged.append(judge(f"{one.name} / {other.name}", first_ms, second_ms, seed))
    return judged


def _told(judged: Judged) -> str:
    def series(took: Sequence[float]) -> str:
        low, middle, high = statistics.quantiles(took, n=4)
        return f"{middle:.3f} ({low:.3f} to {high:.3f})"

    verdict = "DIFFERS" if judged.differs else "alike"
    return (
        f"{judged.pair}\n    median ms {series(judged.first)} / {series(judged.second)}\n"
        f"    difference {judged.difference_ms * 1000:+.0f} µs, noise {judged.noise_ms * 1000:.0f} µs,"
        f" by chance {judged.chance:.3f}: {verdict}\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m bench.refusals", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".bench-refusals"), help="a folder of its own")
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20)
    chosen = parser.parse_args(arguments)
    home = chosen.home.resolve()
    if not made_anew(home):
        return 2
    try:
        found = measure(home, chosen.pairs, chosen.seed)
    except OSError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    sys.stdout.write(f"{chosen.pairs} pairs each, quartiles in brackets\n{''.join(map(_told, found))}")
    return int(any(one.differs for one in found))


if __name__ == "__main__":
    sys.exit(main())
