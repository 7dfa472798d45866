"""How commands reach a home: through the hub that runs there, or by opening its store themselves."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from fidus.app import Hub
from fidus.catalogue import read_files
from fidus.control import call_control
from fidus.operations import operations
from fidus.settings import Settings, load_settings

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="FIDUS_HOME", help="The folder with fidus.toml.", file_okay=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data as JSON, for programs.")]
DEFAULT_HOME = Path(".demo")


def operate(home: Path, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Have one operation done. Raises what it raises: ConfigurationInvalid, AuditUnavailable, ValueError."""
    return asyncio.run(_operate(home.resolve(), operation, arguments))


def source_named(slug: str, settings: Settings) -> str:
    """The slug of a source that the settings know. Raises ValueError for another."""
    if slug not in settings.sources:
        known = ", ".join(sorted(settings.sources)) or "none"
        raise ValueError(f"there is no source {slug} in fidus.toml; there are: {known}")
    return slug


def apply_folder(home: Path, folder: Path, approvals: Sequence[Path]) -> Mapping[str, Any]:
    """Put the files of a folder in force. Raises as `operate`, and OSError for an approval without file."""
    files = read_files(folder)
    arguments = {
        "files": {path: base64.b64encode(text).decode() for path, text in files.items()},
        "approvals": [file.read_text(encoding="utf-8") for file in approvals],
    }
    return operate(home, "apply", arguments)


async def _operate(home: Path, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = await call_control(home, operation, arguments)
    if answer is not None:
        return answer
    hub = Hub(load_settings(home))
    await hub.open()
    try:
        return await operations(hub)[operation](arguments)
    except LookupError as error:  # as a running hub would tell it
        raise ValueError(str(error)) from None
    finally:
        await hub.close()
