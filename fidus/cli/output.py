"""What commands print: tables and lines for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

_WATCHED = sys.stdout is not None and sys.stdout.isatty()
_WIDE = None if _WATCHED else 200  # where nobody looks, nothing is cut off
P = ParamSpec("P")
console = Console(highlight=False, width=_WIDE)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def hold_streams() -> None:
    """Let standard streams that are closed lead nowhere.

    Else reading them is a bug, and a store could be opened as one of them and be written into.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end


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
