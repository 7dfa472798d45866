"""`fidus world`: the invented world of the demonstration, so that one knows whom and what to ask about."""

from __future__ import annotations

from typing import Annotated

import typer

from fidus.cli.homes import JsonOption
from fidus.cli.output import complain, console, print_json, print_table
from mocks.links import show as linked
from mocks.population import population
from mocks.things import Thing
from mocks.world import SMALL, WHOLE
from mocks.world import world as whole_world

app = typer.Typer(invoke_without_command=True)
WholeOption = Annotated[
    bool, typer.Option("--whole", help="In the large world, which takes some seconds to make.")
]


@app.callback()
def world(
    context: typer.Context,
    cases: Annotated[bool, typer.Option("--cases", help="Only the named edge cases.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the synthetic population: number, family name, and the name of each edge case."""
    if context.invoked_subcommand is not None:
        return
    subjects = [one for one in population().subjects() if "case" in one or not cases]
    if as_json:
        print_json(subjects)
        return
    print_table(
        ("ssin", "family name", "case"),
        ((one["ssin"], one["familyName"], one.get("case", "")) for one in subjects),
        empty="Nobody.",
    )


@app.command()
def show(
    number: Annotated[
        str,
        typer.Argument(help="Of a person, enterprise, establishment, plate, vehicle (VIN) or building."),
    ],
    whole: WholeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one thing of the world with all that it is linked with; each link can be shown in turn."""
    try:
        found = linked(whole_world(size=WHOLE if whole else SMALL), number)
    except LookupError as error:
        complain(f"{error.args[0]}{'' if whole else ' (--whole looks in the large world)'}.")
        raise typer.Exit(1) from None
    if as_json:
        print_json(found.as_json())
    else:
        _print(found)


def _print(found: Thing) -> None:
    console.print(f"{found.kind} {found.key}", style="bold", markup=False)
    for name, value in found.facts.items():
        console.print(f"  {name:<12} {value}", markup=False)
    if found.links:
        console.print()
        rows = ((one.relation, one.kind, one.key, one.label) for one in found.links)
        print_table(("link", "kind", "number", ""), rows, empty="")
