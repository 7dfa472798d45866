"""`fidus check`: are these flow files right, and does no source of the project lack anything?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fidus.app import ROOT
from fidus.catalogue import parse_catalogue, read_files
from fidus.cli.homes import JsonOption
from fidus.cli.output import complain, console, print_json
from fidus.errors import ConfigurationInvalid
from fidus.scaffold.project import project_faults
from fidus.services import load_services


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder with one folder per institution; else the project, with its flows."),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Check flow and institution files, and without FOLDER every source of the project as well.

    Each fault with file, line and what to do. Changes nothing.
    """
    try:
        services = load_services(ROOT / "adapters")
        catalogue = parse_catalogue(read_files(folder or ROOT / "flows"), services, 0)
        if folder is None and (faults := tuple(project_faults(ROOT, services, catalogue))):
            raise ConfigurationInvalid(faults)
    except ConfigurationInvalid as error:
        if as_json:
            print_json(
                [
                    {"file": fault.file, "line": fault.line, "problem": fault.problem, "cure": fault.cure}
                    for fault in error.faults
                ]
            )
        else:
            complain(*(str(fault) for fault in error.faults), f"{len(error.faults)} faults.")
        return 1
    if as_json:
        print_json([])
    else:
        flows, institutions = len(catalogue.flows), len(catalogue.institutions)
        console.print(f"No fault: {flows} flows of {institutions} institutions.")
    return 0
