"""`python -m bench` measures nginx, a bare proxy, the obvious implementation and fidus in one run.

What each is: the modules of this folder. Prints a table and writes everything as JSON. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench import adapters, nginx, slow_neighbour
from bench.commit import commit_ms
from bench.folder import made_anew
from bench.measuring import NotMeasured, Plan, measure
from bench.report import report, show
from bench.world import Contender, World

CONTENDERS = ("nginx", "bare", "obvious", "fidus")
COMMIT_ROWS = (1, 64)
CALLS = 40  # of an adapter in each round


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure. 0: done, 1: something could not be measured, 2: wrong use."""
    chosen = _parser().parse_args(arguments)
    console = Console(stderr=False, width=None if sys.stdout.isatty() else 120)
    names = [name for name in CONTENDERS if name in chosen.contenders]
    if "nginx" in names and nginx.program() is None:
        console.print("nginx is not here, so the limit is not measured: run bench/provide.")
        names.remove("nginx")
    plan = Plan(tuple(chosen.clients), chosen.seconds, chosen.rounds)
    home = chosen.home.resolve()
    if not made_anew(home):
        return 2
    try:
        world = World(home, chosen.seed, signing=chosen.signing)
        try:
            contenders: list[Contender] = [getattr(world, name)() for name in names]
            commits = {str(rows): commit_ms(home, rows) for rows in COMMIT_ROWS}
            figures = measure(world, contenders, plan)
            told = report(contenders, figures, commits, plan, chosen.signing)
        finally:
            world.close()
        if "fidus" in names and not chosen.without_neighbour:
            told["neighbour"] = _neighbour(home / "neighbour", plan)
        if not chosen.without_adapters:
            told["adapters"] = _adapters(home / "adapters", plan)
    except (NotMeasured, OSError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    (home / "bench.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    show(told, console)
    console.print(f"All of it: {home / 'bench.json'}", soft_wrap=True)
    return 0


def _neighbour(folder: Path, plan: Plan) -> dict[str, float]:
    found = slow_neighbour.slow_neighbour(folder, slow_neighbour.Plan(seconds=plan.seconds * plan.rounds))
    return {"alone_p95_ms": found.alone_ms, "beside_p95_ms": found.beside_ms, "ratio": found.ratio}


def _adapters(folder: Path, plan: Plan) -> list[dict[str, str | float]]:
    measured = adapters.costs(folder, rounds=plan.rounds, calls=CALLS)
    return [{**asdict(one), "ratio": one.ratio} for one in measured]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".bench"), help="a folder of its own, made anew")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64], help="how many at once")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20, help="whom to ask about")
    parser.add_argument("--without-neighbour", action="store_true", help="leave out the slow second source")
    parser.add_argument("--without-adapters", action="store_true", help="leave out the cost of each adapter")
    parser.add_argument("--signing", choices=("rsa", "ecdsa"), default="rsa", help="key of our requests")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
