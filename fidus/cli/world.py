"""`fidus world`: the people of the demonstration, so that one knows whom to ask about."""

from __future__ import annotations

from typing import Annotated

import typer

from fidus.cli.homes import JsonOption
from fidus.cli.output import print_json, print_table
from mocks.population import population


def world(
    cases: Annotated[bool, typer.Option("--cases", help="Only the named edge cases.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the synthetic population: number, family name, and the name of each edge case."""
    subjects = [one for one in population().subjects() if "case" in one or not cases]
    if as_json:
        print_json(subjects)
        return
    print_table(
        ("ssin", "family name", "case"),
        ((one["ssin"], one["familyName"], one.get("case", "")) for one in subjects),
        empty="Nobody.",
    )
