"""The published files of the log, for auditors and witnesses. Entries in them are sealed."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final

from aiohttp import web

from fidus.api.call import Call
from fidus.errors import AuditUnavailable, FidusError, NotFound

OCTETS: Final = "application/octet-stream"
TEXT: Final = "text/plain"
FOR_EVER: Final = "private, max-age=31536000, immutable"

# Level 0 to 63 or bundles; number in groups of three digits, none in vain; a partial one of 1 to 255.
_TILE = re.compile(
    r"(entries|[0-9]|[1-5][0-9]|6[0-3])/"
    r"(x(?!000)[0-9]{3}/(x[0-9]{3}/){0,5})?[0-9]{3}"
    r"(?P<partial>\.p/([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


async def checkpoint(call: Call) -> web.Response:
    """The newest published checkpoint."""
    return web.Response(body=await _file(call, "checkpoint"), content_type=TEXT, charset="utf-8")


async def tile(call: Call) -> web.Response:
    """One tile or bundle. A full one never changes, so it may be kept."""
    path = call.part("tilePath")
    match = _TILE.fullmatch(path)
    if match is None:
        raise await _recorded(call, NotFound())
    response = web.Response(body=await _file(call, f"tile/{path}"), content_type=OCTETS)
    if match["partial"] is None:
        response.headers["Cache-Control"] = FOR_EVER
    return response


async def _file(call: Call, name: str) -> bytes:
    """A published file. Raises NotFound, recorded, where there is none; AuditUnavailable if unreadable."""
    try:
        return await asyncio.to_thread(_read, call.hub.log_directory / name)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise await _recorded(call, NotFound()) from None
    except OSError:
        raise AuditUnavailable from None


def _read(path: Path) -> bytes:
    return path.read_bytes()


async def _recorded(call: Call, error: FidusError) -> FidusError:
    return await call.hub.refused(call.institution, error, call.traces)
