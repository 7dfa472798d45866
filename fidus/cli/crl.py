"""`fidus crl`: how well the hub knows which certificates were revoked."""

from __future__ import annotations

from typing import Annotated

import typer

from fidus.cli.homes import DEFAULT_HOME, HomeOption, JsonOption, operate
from fidus.cli.output import print_json, print_table
from fidus.revocation import Freshness


def crl(
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch every list now, and wait for it.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> int:
    """Each issuer with its list of revoked certificates. Exit 1 where one is about to end, or has ended."""
    known = operate(home, "crls", {"refresh": refresh})
    if as_json:
        print_json(known)
    else:
        print_table(
            ("issuer", "list", "number", "next update", "revoked"),
            (
                (
                    one["name"],
                    one["freshness"],
                    str(one.get("number", "")),
                    one.get("nextUpdate", ""),
                    str(one.get("revoked", "")),
                )
                for one in known["issuers"]
            ),
            "No issuer is registered.",
        )
    return 1 if any(Freshness(one["freshness"]).is_alarming for one in known["issuers"]) else 0
