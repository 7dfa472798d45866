"""`fidus mocks …`: run a mock source by hand."""

from __future__ import annotations

import subprocess
import sys

import typer


def mocks(context: typer.Context) -> None:
    """Run one mock source (`fidus mocks national-register --help` says how)."""
    done = subprocess.run([sys.executable, "-m", "mocks", *context.args], check=False)
    raise typer.Exit(done.returncode)
