"""What every mock source has in common, so that one more is one folder and one line in `__main__`."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from mocks.asked import Asked
from mocks.faults import Faults


class UnusableHome(Exception):
    """The home lacks a file that this source needs, or it holds something else. The text names it."""


class Source(Protocol):
    """A server in the making: where it answers, what it was asked, how it shall misbehave.

    `path`: the one path at which it answers; one that ends in `/` stands for everything below it.
    """

    slug: str
    path: str
    faults: Faults
    asked: list[Asked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request to `path`, or below it, whatever its method."""
        ...
