"""`fidus contract check`: does a source still publish the contract that is ours?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import typer
from yarl import URL

from adapters._lib.gate import Gate, Limits
from adapters._lib.http import HttpClient
from fidus.app import ROOT
from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption
from fidus.cli.output import complain, console, exits, print_json
from fidus.errors import SourceError
from fidus.makers import site
from fidus.scaffold.compare import Difference
from fidus.scaffold.live import compare
from fidus.services import published
from fidus.settings import Settings, SourceSettings, load_settings

app = typer.Typer(help="Contracts of the sources: check.", no_args_is_help=True)
_FIRST = 20  # differences shown to people; --json has all


@dataclass(frozen=True, slots=True)
class _Compared:
    """One file of one source. `trouble`: why it could not be compared."""

    source: str
    file: str
    differences: tuple[Difference, ...] = ()
    trouble: str | None = None


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
    if source is not None and source not in settings.sources:
        raise ValueError(
            f"There is no source {source} here. There are: {', '.join(sorted(settings.sources))}"
        )
    places = published(ROOT / "adapters")
    slugs = [source] if source else sorted(settings.sources)
    compared = [
        one
        for slug in slugs
        for one in asyncio.run(
            _source(
                slug, settings, settings.sources[slug], places.get(settings.sources[slug].adapter or slug, {})
            )
        )
    ]
    if as_json:
        print_json([asdict(one) for one in compared])
    else:
        _tell(slugs, compared)
    return 1 if any(one.differences or one.trouble for one in compared) else 0


async def _source(
    slug: str, settings: Settings, source: SourceSettings, places: Mapping[str, str]
) -> list[_Compared]:
    """Each published file of one source."""
    url = URL(source.url)
    client = HttpClient(slug, replace(site(settings, source), url=str(url.origin())))
    gate = Gate(slug, Limits(source.timeout_s, 1))
    folder = ROOT / "contracts" / (source.adapter or slug)
    compared = []
    try:
        for file, place in places.items():
            target = (url.path.rstrip("/") if place.startswith("/") else url.path) + place
            try:
                found = await gate.run(lambda t=target, f=file: compare(slug, client.send, t, folder / f))  # type: ignore[misc]
                compared.append(_Compared(slug, file, tuple(found)))
            except SourceError as error:
                compared.append(_Compared(slug, file, trouble=str(error)))
    finally:
        await client.close()
    return compared


def _tell(slugs: list[str], compared: list[_Compared]) -> None:
    for slug in slugs:
        own = [one for one in compared if one.source == slug]
        if not own:
            console.print(
                f"{slug}: where it publishes its contract is not known (`published` of its manifest)."
            )
        for one in own:
            complain(*_lines(one)) if one.differences or one.trouble else console.print(
                f"{slug}: {one.file} is as ours."
            )


def _lines(one: _Compared) -> Iterator[str]:
    if one.trouble:
        yield f"{one.source}: {one.file} could not be compared: {one.trouble}."
        return
    yield f"{one.source}: {one.file} differs in {len(one.differences)} places."
    yield from (f"  {difference}" for difference in one.differences[:_FIRST])
    if len(one.differences) > _FIRST:
        yield f"  and {len(one.differences) - _FIRST} more: see --json."
