"""One HTTP exchange with a source as data, so that what reads it needs no connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from fidus.errors import SourceFault, SourceUnavailable


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


def check_status(source: str, answer: HttpAnswer, who: str = "it") -> None:
    """What a status means, whatever the protocol above (RFC 9110 §15): 429 and 503 say "not now", any other
    but 200 "not so". Raises SourceUnavailable and SourceFault."""
    if answer.status in (429, 503):
        raise SourceUnavailable(source, f"{who} says so itself (HTTP {answer.status})")
    if answer.status != 200:
        raise SourceFault(source, f"{who} answered with HTTP {answer.status}")
