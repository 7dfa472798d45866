"""`fidus cbe …`: the open data of the Crossroads Bank for Enterprises in this home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from fidus.cbe.load import Loaded, load
from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption
from fidus.cli.output import console, print_json
from fidus.settings import load_settings
from fidus.store.cbe_shelf import shelf_of

app = typer.Typer(
    help="Open data of the Crossroads Bank for Enterprises: load, status.", no_args_is_help=True
)
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="KboOpenData_…_Full.zip or …_Update.zip.", exists=True, dir_okay=False
    ),
]


@app.command("load")
def load_file(file: File, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Load a file; it answers once it is whole. A load that was cut short goes on where it was."""
    settings = load_settings(home.resolve())
    shelf = shelf_of(settings.home, settings.database)
    columns = (TextColumn(file.name, markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, disable=as_json or not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task("", total=None)
        done = load(file, shelf, lambda upto, whole: bar.update(task, completed=upto, total=whole))
    if as_json:
        print_json(_told(done))
        return
    what = "Update" if done.extract.update else "Full file"
    console.print(
        f"{what} {done.extract.number} of {done.extract.day} is loaded: {done.enterprises:,} enterprises, "
        f"{done.establishments:,} establishments.{' It went on where it had been cut short.' * done.resumed}",
        markup=False,
    )


@app.command("status")
def status(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Which open data answer now, and since when changes are known."""
    settings = load_settings(home.resolve())
    about = shelf_of(settings.home, settings.database).about()
    told = {
        name: about[name] for name in ("extractNumber", "snapshotDate", "knownAfter", "loadedAt") if about
    }
    if as_json:
        print_json(told)
        return
    if not told:
        console.print("No open data are loaded: the Crossroads Bank is asked about every enterprise.")
        raise typer.Exit(1)
    console.print(
        f"Extract {told['extractNumber']} of {told['snapshotDate']} answers; "
        f"changes are known of the days after {told['knownAfter']}.",
        markup=False,
    )


def _told(done: Loaded) -> dict[str, object]:
    return {
        "extractNumber": done.extract.number,
        "extractType": "update" if done.extract.update else "full",
        "snapshotDate": done.extract.day,
        "rows": done.rows,
        "resumed": done.resumed,
        "enterprises": done.enterprises,
        "establishments": done.establishments,
    }
