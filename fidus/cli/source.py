"""`fidus source …`: how the sources are, and the operator's word about each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from adapters._lib.gate import Gate, Limits
from fidus.adapter import Adapter
from fidus.app import ROOT
from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption, operate, source_named
from fidus.cli.output import console, exits, print_json, print_table
from fidus.cli.steps import Step, tell
from fidus.errors import ConfigurationInvalid, SourceError
from fidus.makers import makers
from fidus.metrics import Metrics
from fidus.scaffold.held import held_against_ours
from fidus.services import load_services
from fidus.settings import Settings, load_settings
from fidus.sources import UP, with_instances

app = typer.Typer(help="Sources: list, status, test, block, allow, auto.", no_args_is_help=True)
Slug = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's slug.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept under the seal of the log's entry.")]
_SAID = {"block": "nobody asks it", "allow": "every call passes", "auto": "its breaker decides"}


@app.command("list")
def list_sources(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Every source: whether it can be reached, its breaker, and the operator's word."""
    known = operate(home, "sources", {})
    if as_json:
        print_json(known)
        return
    print_table(
        ("source", "reachable", "breaker", "word", "under way", "waiting"),
        (
            (
                one["slug"],
                one["reachable"],
                one["state"],
                one["word"],
                str(one["underWay"]),
                str(one["waiting"]),
            )
            for one in known["sources"]
        ),
        empty="No source has settings here: see [sources.…] in fidus.toml.",
    )


@app.command("status")
@exits
def status(source: Slug, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> int:
    """All that is known of one source now. Ends with 1 where it cannot be asked."""
    settings = load_settings(home.resolve())
    source_named(source, settings)
    known = operate(home, "sources", {})["sources"]
    (one,) = (each for each in known if each["slug"] == source)
    configured = settings.sources[source]
    told = {
        **one,
        "adapter": configured.adapter or source,
        "url": configured.url,
        "timeoutSeconds": configured.timeout_s,
        "services": [name for name in _services(settings) if name.startswith(f"{source}/")],
    }
    if as_json:
        print_json(told)
    else:
        rows = (
            (name, ", ".join(value) if isinstance(value, list) else str(value))
            for name, value in told.items()
        )
        print_table(("what", "now"), rows, empty="")
    return 0 if one["reachable"] == UP and one["word"] != "block" and one["state"] != "open" else 1


@app.command("test")
@exits
def examine(source: Slug, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> int:
    """Look at each step on the way to a source: settings, files, connection, contract. Asks about nobody."""
    settings = load_settings(home.resolve())
    return tell(_steps(source_named(source, settings), settings), as_json=as_json)


@app.command("block")
def block(source: Slug, reason: Reason, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Ask it nothing: every question to it is answered 503 at once."""
    _say(source, "block", reason, home, as_json)


@app.command("allow")
def allow(source: Slug, reason: Reason, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Let every call pass, whatever its breaker says."""
    _say(source, "allow", reason, home, as_json)


@app.command("auto")
def auto(source: Slug, reason: Reason, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Let its breaker decide again."""
    _say(source, "auto", reason, home, as_json)


def _say(source: str, word: str, reason: str, home: Path, as_json: bool) -> None:
    done = operate(home, "say", {"source": source, "word": word, "reason": reason})
    if as_json:
        print_json(done)
        return
    console.print(f"{source}: {_SAID[word]}, as entry {done['index']} of the log.", markup=False)


def _services(settings: Settings) -> Iterator[str]:
    return iter(with_instances(load_services(ROOT / "adapters"), settings))


def _steps(slug: str, settings: Settings) -> Iterator[Step]:
    """In order; ends at the first that is not right."""
    source = settings.sources[slug]
    of = source.adapter or slug
    make = makers(Metrics(), ROOT / "adapters").get(of)
    what = f"an adapter of {of}"
    if make is None:
        yield Step(what, False, f"Correct `adapter` of [sources.{slug}] in fidus.toml")
        return
    yield Step(what, True)
    yield from _reach(partial(make, settings, source, Gate(slug, Limits(source.timeout_s, 1))))
    for held in asyncio.run(held_against_ours(slug, settings, ROOT)):
        cure = held.trouble or f"it differs in {len(held.differences)} places: fidus contract check {slug}"
        yield Step(f"its contract {held.file} as ours", held.alike, cure)


def _reach(make: Callable[[], Adapter]) -> Iterator[Step]:
    """Its files, and a connection on which both sides are who they should be."""

    async def reach() -> Step:
        adapter = make()
        try:
            await adapter.ping()
        except SourceError as error:
            return Step(
                what, False, f"{error.cause}: look at `url`, `ca` and our certificate, and ask the source"
            )
        finally:
            await adapter.close()
        return Step(what, True)

    what = "a connection, by the certificates that the settings name"
    try:
        yield asyncio.run(reach())
    except ConfigurationInvalid as invalid:
        yield Step("its settings and files", False, "; ".join(str(fault) for fault in invalid.faults))
