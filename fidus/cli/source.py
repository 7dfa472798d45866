"""`fidus source …`: how the sources are, and the operator's word about each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption, operate
from fidus.cli.output import console, print_json, print_table

app = typer.Typer(help="Sources: list, block, allow, auto.", no_args_is_help=True)
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
