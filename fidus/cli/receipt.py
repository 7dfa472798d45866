"""`fidus receipt …`: is what an institution holds what it was told?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.note import VerifierKey
from audit.receipt import verify_receipt
from fidus.cli.homes import JsonOption
from fidus.cli.output import console, exits, print_json

app = typer.Typer(help="Receipts: check one, offline.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Receipts: check one, offline."""


@app.command("verify")
@exits
def verify(
    answer: Annotated[Path, typer.Argument(help="The answer, as received.", dir_okay=False)],
    vkey: Annotated[str, typer.Option("--vkey", help="The log's verifier key, or a file with it.")],
    request: Annotated[Path | None, typer.Option("--request", help="The body that was sent.")] = None,
    as_json: JsonOption = False,
) -> int:
    """Check that this answer, and this request, are what the log holds. Needs no network."""
    key = verifier(vkey)
    body = None if request is None else request.read_bytes()
    report = verify_receipt(answer.read_bytes(), key, body)
    if as_json:
        print_json(report.as_json())
    else:
        for step in report.steps:
            console.print(f"{'[green]yes[/]' if step.ok else '[red]no[/] '}  {step.text}")
    return 0 if report.ok else 1


def verifier(vkey: str) -> VerifierKey:
    """A verifier key, given as text or by a file. Raises OSError, and ValueError naming the option."""
    file = Path(vkey)
    try:
        text = file.read_text(encoding="utf-8").strip() if "+" not in vkey or file.is_file() else vkey
        return VerifierKey.parse(text)
    except ValueError as error:
        raise ValueError(f"--vkey is no verifier key, name+hash+key: {error}") from None
