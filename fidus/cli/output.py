"""What commands print: tables and lines for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

_WIDE = None if sys.stdout.isatty() else 200  # where nobody looks, nothing is cut off
P = ParamSpec("P")
console = Console(highlight=False, width=_WIDE)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def exits(command: Callable[P, int]) -> Callable[P, None]:
    """A command that ends with its own result as exit code: 0 done, 1 no."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(command(*args, **kwargs))

    return run


def print_json(data: Any) -> None:
    """One JSON document, and nothing else, on standard output."""
    json.dump(data, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def complain(*lines: str) -> None:
    """Say what is wrong, on standard error."""
    for line in lines:
        _errors.print(line, style="red", markup=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """A table, or the sentence `empty` where there is no row."""
    listed = list(rows)
    if not listed:
        console.print(empty)
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in listed:
        table.add_row(*row)
    console.print(table)
