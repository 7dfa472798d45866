"""`fidus contract check`: does a source still publish the contract that is ours?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from fidus.app import ROOT
from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption, source_named
from fidus.cli.output import complain, console, exits, print_json
from fidus.scaffold.held import Compared, held_against_ours
from fidus.settings import Settings, load_settings

app = typer.Typer(help="Contracts of the sources: check.", no_args_is_help=True)
_FIRST = 20  # differences shown to people; --json has all


@app.command("check")
@exits
def check(
    source: Annotated[str | None, typer.Argument(help="The source's slug; else every source.")] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> int:
    """Hold the contract that a source publishes now against ours: each difference by its place. Asks about
    nobody."""
    settings = load_settings(home.resolve())
    slugs = sorted(settings.sources) if source is None else [source_named(source, settings)]
    held = asyncio.run(_held(slugs, settings))
    if as_json:
        print_json([asdict(one) for one in held])
    else:
        _tell(slugs, held)
    return 0 if all(one.alike for one in held) else 1


async def _held(slugs: Sequence[str], settings: Settings) -> list[Compared]:
    lists = await asyncio.gather(*(held_against_ours(slug, settings, ROOT) for slug in slugs))
    return [one for held in lists for one in held]


def _tell(slugs: Sequence[str], held: Sequence[Compared]) -> None:
    for slug in slugs:
        own = [one for one in held if one.source == slug]
        if not own:
            console.print(
                f"{slug}: where it publishes its contract is not known (`published` of its manifest)."
            )
        for one in own:
            if one.alike:
                console.print(f"{slug}: {one.file} is as ours.")
            else:
                complain(*lines(one))


def lines(one: Compared) -> Iterator[str]:
    """What is said of a file that is not as ours."""
    if one.trouble is not None:
        yield f"{one.source}: {one.file} could not be compared: {one.trouble}."
        return
    yield f"{one.source}: {one.file} differs in {len(one.differences)} places."
    yield from (f"  {difference}" for difference in one.differences[:_FIRST])
    if len(one.differences) > _FIRST:
        yield f"  and {len(one.differences) - _FIRST} more: see --json."
