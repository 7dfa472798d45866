"""What only one source wants to know is checked by its adapter, every fault at once."""

from __future__ import annotations

import pytest
from pydantic import Field

from adapters._lib.making import Options, read_options
from fidus.errors import ConfigurationInvalid


class Wanted(Options):
    customer: str = Field(pattern=r"^\d{10}$")
    limit: int = 5


def test_options_are_read() -> None:
    assert read_options(Wanted, {"customer": "0999000426"}, "source") == Wanted(customer="0999000426")


def test_every_fault_is_told_and_no_value() -> None:
    with pytest.raises(ConfigurationInvalid) as raised:
        read_options(Wanted, {"limit": "many", "more": "secret"}, "source")
    told = [fault.problem for fault in raised.value.faults]
    assert [text.partition(":")[0] for text in told] == [
        "sources.source.customer",
        "sources.source.limit",
        "sources.source.more",
    ]
    assert not any("secret" in text for text in told)
