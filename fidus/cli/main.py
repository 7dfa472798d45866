"""The command line: one file per command, joined here. Exit 0 done, 1 no, 2 wrong use."""

from __future__ import annotations

import sys

import click
import typer

from fidus.cli import audit, check, consult, demo, doctor, flow, mocks, receipt, serve, world
from fidus.cli.output import complain
from fidus.errors import AuditUnavailable, ConfigurationInvalid, FidusError

app = typer.Typer(
    name="fidus",
    help="The service integrator: one legal gate between institutions and authentic sources.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("consult")(consult.consult)
app.command("check")(check.check)
app.command("doctor")(doctor.doctor)
app.command("world")(world.world)
app.command(
    "mocks",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)(mocks.mocks)
app.add_typer(flow.app, name="flow")
app.add_typer(audit.app, name="audit")
app.add_typer(receipt.app, name="receipt")


def run() -> None:
    """Run one command. Every expected error is one clear sentence on standard error, never a traceback."""
    try:
        code = app(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except ConfigurationInvalid as error:
        complain(*(str(fault) for fault in error.faults))
        sys.exit(1)
    except AuditUnavailable:
        complain(
            "The log cannot be read or written: nothing was done. See `fidus doctor` and the hub's own log."
        )
        sys.exit(1)
    except FidusError as error:
        complain(str(error))
        sys.exit(1)
    except (OSError, ValueError) as error:
        complain(_sentence(error))
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _sentence(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__
