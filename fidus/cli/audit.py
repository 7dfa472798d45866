"""`fidus audit …`: verify, export and search the log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from audit.canonical import b64
from audit.export import export_entries, export_files
from audit.files_verify import verify_files
from audit.reader import Reader
from audit.tilereader import TileReader
from fidus.asked import COUNTRY
from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption, operate
from fidus.cli.output import console, exits, print_json, print_table
from fidus.cli.receipt import verifier
from fidus.hubkeys import signing_key
from fidus.settings import load_settings
from fidus.store.engine import snapshots_of
from fidus.verification import verify_home

_TYPES: Final = ("person", "enterprise", "establishment", "address")

app = typer.Typer(help="The log: verify, export, search.", no_args_is_help=True)


@app.command("verify")
@exits
def verify(
    place: Annotated[
        str | None, typer.Argument(metavar="[DIR|URL]", help="Published files to verify.")
    ] = None,
    vkey: Annotated[
        str | None, typer.Option("--vkey", help="The log's verifier key, or a file with it.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> int:
    """Verify the log: without argument this home's store and its files, entry by entry; with DIR or URL the
    published files alone, by the key that --vkey gives."""
    if place is None:
        report = verify_home(load_settings(home.resolve()))
    elif vkey is None:
        raise typer.BadParameter("files are verified by a key that you trust", param_hint="--vkey")
    else:
        report = verify_files(TileReader.open(place), verifier(vkey))
    if as_json:
        print_json(report.as_json())
    elif report.ok:
        console.print(f"The log is whole: {report.size} entries, root {b64(report.root)}.")
    else:
        for fault in report.faults:
            where = "" if fault.index is None else f"entry {fault.index}: "
            console.print(f"[red]no[/]  {where}{fault.what}")
    return 0 if report.ok else 1


@app.command("export")
def export(
    target: Annotated[
        Path | None, typer.Argument(help="A new folder for a copy of the published files.")
    ] = None,
    since: Annotated[int, typer.Option("--from", help="First entry, with --ndjson.", min=0)] = 0,
    until: Annotated[int | None, typer.Option("--to", help="Entry after the last, with --ndjson.")] = None,
    ndjson: Annotated[bool, typer.Option("--ndjson", help="Print entries, one a line.")] = False,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Give the log away for checking: identifiers stay sealed."""
    settings = load_settings(home.resolve())
    if ndjson:
        reader = Reader(snapshots_of(settings.home, settings.database))
        stop = reader.head().size if until is None else until
        export_entries(reader, sys.stdout.buffer, since, stop)
        return
    if target is None:
        raise typer.BadParameter("name a new folder, or say --ndjson", param_hint="TARGET")
    key = signing_key(settings.path(settings.log.signing_key), settings.log.origin, create=False)
    count = export_files(settings.path(settings.log.directory), target, key.vkey)
    console.print(f"{count} files in {target}.", markup=False)


Text = str | None
Person = Annotated[Text, typer.Option("--person", help="An SSIN; - reads it from standard input.")]
Subject = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--subject",
        metavar="TYPE ID",
        help="Whatever else was looked at: enterprise or establishment with its number; plate, of Belgium or "
        "after its country as in F:AB123CD; vin; address <nisCode>/<streetCode>/<houseNumber>/<box>. "
        "An ID of - is read from standard input.",
    ),
]
FlowName = Annotated[Text, typer.Option("--flow")]
Number = Annotated[Text, typer.Option("--institution", help="An enterprise number.")]
KindName = Annotated[Text, typer.Option("--kind", help="intent, outcome, refusal, …")]
Ended = Annotated[Text, typer.Option("--outcome", help="found, absent, refused, …")]
RoleName = Annotated[Text, typer.Option("--role", help="asked, listed or disclosed")]
Since = Annotated[Text, typer.Option("--since", help="2026-10-01T00:00:00+02:00")]
Until = Annotated[Text, typer.Option("--until", help="Likewise; this moment is not included.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000)]
Cursor = Annotated[int | None, typer.Option("--cursor", help="From a former page: go on there.")]


@app.command("search")
def search(
    person: Person = None,
    subject: Subject = None,
    flow: FlowName = None,
    institution: Number = None,
    kind: KindName = None,
    outcome: Ended = None,
    role: RoleName = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Find entries, newest first. The search itself becomes an entry."""
    arguments: dict[str, Any] = {
        "identifier": _looked_for(person, subject),
        "flow": flow,
        "institution": institution,
        "kind": kind,
        "outcome": outcome,
        "role": role,
        "since": since,
        "until": until,
        "limit": limit,
        "cursor": cursor,
    }
    page = operate(home, "search", arguments)
    if as_json:
        print_json(page)
        return
    columns = ("entry", "at", "what", "institution", "flow", "role")
    print_table(columns, (_cells(row) for row in page["rows"]), empty="Nothing was found.")
    if page["cursor"] is not None:
        console.print(f"There may be more: --cursor {page['cursor']}")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    what, roles = row.get("outcome") or row["kind"], ", ".join(row.get("roles", ()))
    return (str(row["index"]), row["at"], what, row.get("institution", ""), row.get("flow", ""), roles)


def _looked_for(person: str | None, subject: tuple[str, str] | None) -> list[str] | None:
    """Type and identifier as the log tags them. Raises BadParameter, without the identifier."""
    if subject is None:
        return None if person is None else ["person", _typed(person)]
    if person is not None:
        raise typer.BadParameter("--person says it already", param_hint="--subject")
    kind, identifier = subject[0], _typed(subject[1])
    if kind == "plate":
        return ["vehicle", f"plate:{identifier if ':' in identifier else f'{COUNTRY}:{identifier}'}"]
    if kind == "vin":
        return ["vehicle", f"vin:{identifier}"]
    if kind not in _TYPES:
        raise typer.BadParameter(f"TYPE is one of {', '.join(_TYPES)}, plate, vin", param_hint="--subject")
    return [kind, identifier]


def _typed(identifier: str) -> str:
    """A number on the command line stands in the shell's history: standard input is there for that."""
    return sys.stdin.readline().strip() if identifier == "-" else identifier
