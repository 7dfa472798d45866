"""One HTTP exchange with a source as data, so that what reads it needs no connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """`target`: path and query below the source's address; identifiers in it are hidden from `repr`."""

    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer. `content_type`: as sent, in lower case, without parameters. `retry_after`: seconds that
    it asks to be left alone, where it says so in digits. `plain`: not packed, and of no charset but UTF-8."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    retry_after: int | None = None
    plain: bool = True


Send: TypeAlias = Callable[[HttpQuestion], Awaitable[HttpAnswer]]
"""Sends one question. Raises SourceUnavailable or SourceAnswerInvalid."""
