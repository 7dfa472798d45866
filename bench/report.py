"""The figures as JSON and as a table."""

from __future__ import annotations

import platform
import sqlite3
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.cpu import machine
from bench.measuring import Figure, Plan
from bench.world import Contender

AGAINST = "obvious"
WANTED = 5.0  # times as many signed consultations as what anyone would write first
NEIGHBOUR = 1.1  # times the 95th percentile of calls to other sources, beside a slow one
_LIBRARIES = ("aiohttp", "cryptography", "lxml", "sqlalchemy", "uvloop", "xmlsec", "zeep")


def report(
    contenders: Sequence[Contender],
    figures: Sequence[Figure],
    commits: Mapping[str, float],
    plan: Plan,
    signing: str,
) -> dict[str, Any]:
    """Everything that was measured, on which machine, when and with what."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            "openssl": ssl.OPENSSL_VERSION,
            "sqlite": sqlite3.sqlite_version,
            **{name: version(name) for name in _LIBRARIES},
        },
        "plan": asdict(plan),
        "source": "lean: no check of what is asked, same messages, answers signed with P-256",
        "signing": "RSA-2048" if signing == "rsa" else "P-256",
        "titles": {contender.name: contender.title for contender in contenders},
        "figures": [asdict(figure) for figure in figures],
        "best": best(figures),
        "ratios": ratios(figures),
        "commit_ms": dict(commits),
    }


def best(figures: Sequence[Figure]) -> dict[str, float]:
    """Calls a second at the best number of clients."""
    found: dict[str, float] = {}
    for figure in figures:
        found[figure.name] = max(found.get(figure.name, 0.0), figure.per_second)
    return found


def ratios(figures: Sequence[Figure]) -> dict[str, float]:
    """Best rates as multiples of what anyone would write first; nothing where that was not measured."""
    rates = best(figures)
    return {name: rate / rates[AGAINST] for name, rate in rates.items()} if AGAINST in rates else {}


def show(told: Mapping[str, Any], console: Console) -> None:
    """For people."""
    about = told["machine"]
    console.print(f"{told['at']}  {about['processor']}, {about['cores']} cores, {about['system']}")
    console.print(f"The source is {told['source']}.")
    console.print(f"Questions to it are signed with {told['signing']}.")
    console.print("Clients, source and servers share these cores: compare rows, not machines.")
    table = Table("", "clients", "calls/s", "p50 ms", "p99 ms", "CPU ms/call", "source", "load", "× obvious")
    for column in table.columns[1:]:
        column.justify = "right"
    base = {one["clients"]: one["per_second"] for one in told["figures"] if one["name"] == AGAINST}
    for one in sorted(told["figures"], key=lambda one: list(told["titles"]).index(one["name"])):
        ratio = f"{one['per_second'] / base[one['clients']]:.1f}" if base else ""
        table.add_row(
            told["titles"][one["name"]],
            str(one["clients"]),
            f"{one['per_second']:.0f}",
            f"{one['p50_ms']:.1f}",
            f"{one['p99_ms']:.1f}",
            f"{one['cpu_ms']:.2f}",
            f"{one['source_cpu_ms']:.2f}",
            f"{one['load_cpu_ms']:.2f}",
            ratio,
        )
    console.print(table)
    for rows, cost in told["commit_ms"].items():
        console.print(f"One synced commit of {rows} row(s): {cost:.2f} ms")
    if "neighbour" in told:
        beside = told["neighbour"]
        console.print(
            f"p95 beside a source that takes 30 s an answer: {beside['beside_p95_ms']:.1f} ms, "
            f"without it {beside['alone_p95_ms']:.1f}: {beside['ratio']:.2f} × (allowed: {NEIGHBOUR})"
        )
    if "adapters" in told:
        console.print(_adapters(told["adapters"]))
    if "fidus" in told["ratios"]:
        ratio = told["ratios"]["fidus"]
        console.print(
            f"fidus, best of all: {ratio:.1f} × what anyone would write first (wanted: {WANTED:.0f})"
        )


def _adapters(costs: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("adapter", "", "CPU ms/call", "plain client", "× less")
    for column in table.columns[2:]:
        column.justify = "right"
    for one in costs:
        figures = (one["adapter_ms"], one["plain_ms"])
        table.add_row(one["service"], one["title"], *(f"{ms:.2f}" for ms in figures), f"{one['ratio']:.1f}")
    return table
