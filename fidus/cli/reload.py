"""`fidus reload`: have the running hub take over settings, keys and certificates anew."""

from __future__ import annotations

import asyncio

from fidus.cli.homes import DEFAULT_HOME, HomeOption
from fidus.cli.output import console
from fidus.control import call_control


def reload(home: HomeOption = DEFAULT_HOME) -> int:
    """Take over fidus.toml, keys, certificates and issuers as they are now, without a failed call."""
    if asyncio.run(call_control(home.resolve(), "renew", {})) is None:
        raise ValueError(f"No hub runs in {home}: it reads everything when it starts")
    console.print("Taken over. What is under way goes on with what it began with.")
    return 0
