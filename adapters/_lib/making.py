"""How an adapter is made: `make(basis, options)` of its `adapter.py`.

From what the hub gives every source, and what `[sources.SLUG]` says beyond that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from adapters._lib.days import BRUSSELS
from adapters._lib.gate import Gate
from adapters._lib.http import Site
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.opendata import NoOpenData, OpenData


class Options(BaseModel):
    """What one kind of source wants to know; an adapter adds its members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Basis:
    """What the hub gives every adapter.

    `path` makes a path of the settings one that can be opened. `synthetic`: its persons are invented.
    `unknown_code` is told the table of each code that the contract does not explain. `open_data`: what the
    source publishes for everybody and this hub holds.
    """

    site: Site
    gate: Gate
    path: Callable[[Path], Path]
    synthetic: bool
    clock: Callable[[], datetime]
    unknown_code: Callable[[str], None]
    open_data: OpenData = field(default_factory=NoOpenData)

    @property
    def today(self) -> date:
        """The day in Brussels."""
        return self.clock().astimezone(BRUSSELS).date()


Own = TypeVar("Own", bound=Options)


def read_options(form: type[Own], given: Mapping[str, Any], slug: str) -> Own:
    """The source's own settings. Raises ConfigurationInvalid with every fault of them."""
    try:
        return form.model_validate(dict(given))
    except ValidationError as error:
        raise ConfigurationInvalid(
            tuple(
                ConfigurationFault(
                    "fidus.toml",
                    0,
                    f"{'.'.join(str(part) for part in ('sources', slug, *fault['loc']))}: {fault['msg']}",
                    "Correct it",
                )
                for fault in error.errors(include_input=False, include_url=False)
            )
        ) from None
