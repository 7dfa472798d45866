"""`fidus flow …`: what is in force, and how that changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from fidus.app import ROOT
from fidus.approvals import make_approval
from fidus.catalogue import digest as catalogue_digest
from fidus.catalogue import parse_catalogue, read_files
from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption, apply_folder, operate
from fidus.cli.output import console, print_json, print_table
from fidus.hubkeys import seed_key, signing_key
from fidus.services import load_services

app = typer.Typer(help="Flows: list, show, apply, suspend, resume.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="A folder with one folder per institution.")]
FlowName = Annotated[str, typer.Argument(metavar="FLOW", help="The flow's name (its file name).")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept under the seal of the log's entry.")]


@app.command("apply")
def apply(
    folder: Folder,
    approval: Annotated[
        list[Path] | None, typer.Option("--approval", help="A signed approval; give it several times.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Put the files of FOLDER in force, all or nothing."""
    done = apply_folder(home, folder, approval or [])
    if as_json:
        print_json(done)
        return
    if done["index"] is None:
        console.print("Nothing has changed: these files are in force already.")
        return
    console.print(f"In force, as entry {done['index']} of the log.")
    for what in ("added", "changed", "removed"):
        if done[what]:
            console.print(f"  {what}: {', '.join(done[what])}", markup=False)


@app.command("list")
def list_flows(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Every flow in force."""
    known = operate(home, "flows", {})
    if as_json:
        print_json(known)
        return
    print_table(
        ("flow", "institution", "service", "mode", "until", ""),
        (
            (
                flow["id"],
                flow["institution"],
                flow["service"],
                flow["mode"],
                flow["validUntil"],
                "suspended" if flow["suspended"] else "",
            )
            for flow in known["flows"]
        ),
        empty="No flow is in force. Put some in force: fidus flow apply FOLDER",
    )


@app.command("show")
def show(name: FlowName, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """One flow, whole."""
    known = operate(home, "flows", {})["flows"]
    found = next((flow for flow in known if flow["id"] == name), None)
    if found is None:
        raise ValueError(f"there is no flow {name}; `fidus flow list` shows what is in force")
    if as_json:
        print_json(found)
        return
    for member, value in found.items():
        text = "; ".join(str(part) for part in value) if isinstance(value, list) else value
        text = (
            "; ".join(f"{lang}: {part}" for lang, part in value.items()) if isinstance(value, dict) else text
        )
        console.print(f"{member:12} {text}", markup=False)


@app.command("suspend")
def suspend(
    name: FlowName, reason: Reason, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Refuse every next question under this flow, at once."""
    _toggled("suspend", name, reason, home, as_json)


@app.command("resume")
def resume(
    name: FlowName, reason: Reason, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Let a suspended flow go on."""
    _toggled("resume", name, reason, home, as_json)


@app.command("digest")
def digest(folder: Folder) -> None:
    """The digest of FOLDER, as approvals name it."""
    console.print(catalogue_digest(read_files(folder)).hex())


@app.command("approve")
def approve(
    folder: Folder,
    key: Annotated[Path, typer.Option("--key", help="The approver's key: a file with 32 bytes.")],
    name: Annotated[str, typer.Option("--name", help="The approver's name in its verifier key.")],
    origin: Annotated[str, typer.Option("--origin", help="The origin of the hub's log.")],
    in_force: Annotated[str, typer.Option("--in-force", help="The digest in force, in hex.")] = "0" * 64,
) -> None:
    """Print a signed approval of FOLDER for one hub, after checking its files."""
    if not re.fullmatch(r"[0-9a-f]{64}", in_force):
        raise typer.BadParameter("64 hex digits, as `fidus flow list --json` tells", param_hint="--in-force")
    files = read_files(folder)
    parse_catalogue(files, load_services(ROOT / "adapters"), 0)
    note = make_approval(seed_key(key, name), origin, bytes.fromhex(in_force), catalogue_digest(files))
    console.print(note, end="", markup=False)


@app.command("approver")
def approver(
    key: Annotated[Path, typer.Option("--key", help="Where the secret key is made; it must not exist yet.")],
    name: Annotated[str, typer.Option("--name", help="The approver's name, such as approver.example/an.")],
) -> None:
    """Make an approver's key and print its verifier key, for `catalogue.approvers` in fidus.toml."""
    if key.exists():
        raise ValueError(f"{key} exists already; name another file")
    console.print(signing_key(key, name, create=True).vkey, markup=False, soft_wrap=True)


def _toggled(act: str, name: str, reason: str, home: Path, as_json: bool) -> None:
    done = operate(home, act, {"flow": name, "reason": reason})
    if as_json:
        print_json(done)
        return
    console.print(f"{name}: {act} is in force, as entry {done['index']} of the log.", markup=False)
