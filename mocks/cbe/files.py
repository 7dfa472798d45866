"""`python -m mocks cbe-open-data`: writes one open data file, of the world or of as many as wanted."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from mocks.cbe.many import Many, ManyChanges
from mocks.cbe.opendata import Extract, write_full, write_update
from mocks.cbe.snapshot import Difference, Snapshot
from mocks.households import WORLD_DAY
from mocks.population import SEED
from mocks.world import Size, world

COMMAND = "cbe-open-data"


def add_options(parser: argparse.ArgumentParser, sizes: Mapping[str, Size]) -> None:
    """What the command takes."""
    size = f"{', '.join(sizes)}: that world; a number: so many enterprises beside the world, for measuring"
    parser.add_argument("--size", default="small", help=size)
    parser.add_argument(
        "--out", type=Path, required=True, help="a file, or a folder for one of the usual name"
    )
    parser.add_argument("--day", type=_day, default=WORLD_DAY, help="of which day it is (YYYY-MM-DD)")
    parser.add_argument("--since", type=_day, help="an update: what changed since the file of that day")
    parser.add_argument("--number", type=int, default=1, help="which extract it is")
    parser.add_argument("--seed", type=int, default=SEED, help="which world")


def write(chosen: argparse.Namespace, sizes: Mapping[str, Size]) -> Path:
    """Write the file and give its path. Raises OSError, and ValueError that says what is wrong."""
    extract = Extract(chosen.day, chosen.number)
    out: Path = chosen.out
    file = out / extract.name(update=chosen.since is not None) if out.is_dir() else out
    if chosen.since is not None and chosen.since >= chosen.day:
        raise ValueError("--since is not before --day")
    if chosen.size in sizes:
        everything = world(chosen.seed, sizes[chosen.size])
        now = Snapshot(everything, chosen.day)
        if chosen.since is None:
            write_full(file, now, extract)
        else:
            write_update(file, Difference(Snapshot(everything, chosen.since), now), extract)
        return file
    if not chosen.size.isdecimal():
        raise ValueError(f"--size is neither {' nor '.join(sizes)} nor a number")
    count = int(chosen.size)
    if chosen.since is None:
        write_full(file, Many(count), extract)
    else:
        write_update(file, ManyChanges(count), extract)
    return file


def _day(text: str) -> date:
    return date.fromisoformat(text)
