"""The command line: one file per command, joined here. Exit 0 done, 1 no, 2 wrong use."""

from __future__ import annotations

import sys

import typer

from fidus.cli import (
    audit,
    cbe,
    check,
    consult,
    contract,
    crl,
    demo,
    doctor,
    flow,
    mocks,
    new_source,
    receipt,
    reload,
    serve,
    source,
    world,
)
from fidus.cli.output import complain, exits, hold_streams
from fidus.errors import AuditUnavailable, ConfigurationInvalid, FidusError

app = typer.Typer(
    name="fidus",
    help="The service integrator: one legal gate between institutions and authentic sources.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("demo")(exits(demo.demo))
app.command("serve")(exits(serve.serve))
app.command("reload")(exits(reload.reload))
app.command("consult")(exits(consult.consult))
app.command("check")(exits(check.check))
app.command("new-source")(new_source.new_source)
app.command("crl")(exits(crl.crl))
app.command("doctor")(exits(doctor.doctor))
_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
app.command("mocks", context_settings=_THROUGH)(mocks.mocks)
app.add_typer(world.app, name="world")
app.add_typer(flow.app, name="flow")
app.add_typer(source.app, name="source")
app.add_typer(cbe.app, name="cbe")
app.add_typer(contract.app, name="contract")
app.add_typer(audit.app, name="audit")
app.add_typer(receipt.app, name="receipt")


def run() -> None:
    """Run one command. Every expected error is one clear sentence on standard error, never a traceback;
    wrong use is told, with exit 2, by the library that reads the options."""
    hold_streams()
    try:
        app(prog_name="fidus")
    except ConfigurationInvalid as error:
        complain(*(str(fault) for fault in error.faults))
    except AuditUnavailable:
        complain("The log cannot be read or written: nothing was done. See the hub's own log and its health.")
    except FidusError as error:
        complain(str(error))
    except (OSError, ValueError) as error:
        complain(_sentence(error))
    sys.exit(1)


def _sentence(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__
