"""`python -m mocks SOURCE --home DIR` runs one mock; `python -m mocks world` shows who lives in its world;
`python -m mocks cbe-open-data --out FILE` writes an open data file of its enterprises.

A home holds `pki/SOURCE.{crt,key}` for TLS, `pki/SOURCE-sign.{crt,key}` with which the source signs, and
`pki/hub-sign.crt` with the certificates that may sign questions to it. All are PEM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from mocks.cbe.files import COMMAND, add_options, write
from mocks.lean import LeanSource, run_lean
from mocks.personas import personas
from mocks.population import SEED, Population, population
from mocks.running import Listening, run
from mocks.source import Source, UnusableHome
from mocks.world import SMALL, WHOLE, World, world

SIZES = {"small": SMALL, "whole": WHOLE}


def _makers(file: str, name: str) -> dict[str, Callable[[Path, World], Any]]:
    """By slug: the function `name` of `file` in each folder that has one, imported when it is called."""
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob(f"*/{file}.py"))

    def maker(folder: str) -> Callable[[Path, World], Any]:
        return lambda home, all_: getattr(import_module(f"mocks.{folder}.{file}"), name)(home, all_)

    return {folder.replace("_", "-"): maker(folder) for folder in folders}


SOURCES: Mapping[str, Callable[[Path, World], Source]] = _makers("server", "make")
"""Every mock by its slug."""

LEAN_SOURCES: Mapping[str, Callable[[Path, World], LeanSource]] = _makers("lean", "make_lean")
"""Mocks that also come lean, for measurements: no check, no faults, no count of what was asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. 0: done, 1: could not start (the reason is on standard error), 2: wrong use."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "world":
        sys.stdout.write(_world(population(chosen.seed), as_json=chosen.json))
        return 0
    if chosen.command == COMMAND:
        return _open_data(chosen)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        tls = _tls(
            chosen.home / "pki" / f"{chosen.command}.crt", chosen.home / "pki" / f"{chosen.command}.key"
        )
        everything = world(chosen.seed, SIZES[chosen.size])
        listening = Listening(tls, chosen.port, chosen.control_port, chosen.until_stdin_closes)
        if chosen.lean:
            run_lean(LEAN_SOURCES[chosen.command](chosen.home, everything), listening)
        else:
            source = SOURCES[chosen.command](chosen.home, everything)
            asyncio.run(run(source, listening, personas(chosen.command, everything)))
    except (UnusableHome, OSError) as error:
        sys.stderr.write(f"{chosen.command} cannot start: {error}\n")
        return 1
    return 0


def _open_data(chosen: argparse.Namespace) -> int:
    try:
        sys.stdout.write(f"{write(chosen, SIZES)}\n")
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot write: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mocks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    world = commands.add_parser("world", help="show the named cases, or with --json everybody")
    world.add_argument("--json", action="store_true", help="everybody, as a JSON array of subjects")
    world.add_argument("--seed", type=int, default=SEED, help="which world")
    add_options(commands.add_parser(COMMAND, help="write an open data file of cbe"), SIZES)
    for slug in SOURCES:
        one = commands.add_parser(slug, help=f"run the mock of {slug}")
        one.add_argument("--home", type=Path, required=True, help="folder with the key material in pki/")
        one.add_argument("--port", type=int, default=0, help="port of the source (https); 0: any free one")
        one.add_argument(
            "--control-port", type=int, default=0, help="port of its page, /faults and /asked (http)"
        )
        one.add_argument("--seed", type=int, default=SEED, help="which world")
        one.add_argument("--size", choices=SIZES, default="small", help="how large a world")
        one.set_defaults(lean=False)
        if slug in LEAN_SOURCES:
            lean = "for measurements: no check of what is asked, no /faults, no /asked"
            one.add_argument("--lean", action="store_true", help=lean)
        one.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    return parser


def _world(people: Population, *, as_json: bool) -> str:
    subjects = people.subjects()
    if as_json:
        return json.dumps(subjects, ensure_ascii=False) + "\n"
    lines = [f"{one['case']:<24}{one['ssin']}  {one['familyName']}" for one in subjects if "case" in one]
    return "\n".join((*lines, f"and {len(subjects) - len(lines)} others", ""))


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server context, TLS 1.2 or later. Raises OSError (of which ssl.SSLError is one)."""
    for file in (certificate, key):
        if not file.is_file():
            raise FileNotFoundError(f"there is no file {file}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


if __name__ == "__main__":
    sys.exit(main())
