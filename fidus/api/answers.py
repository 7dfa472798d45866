"""How answers are written: body, media type, and the headers that every one of them has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from audit.canonical import quickly
from fidus.api.problems import document, problem_type, retry_after_s
from fidus.errors import FidusError, MethodNotAllowed
from fidus.model import Quota, TraceIds

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
HTML: Final = "text/html"
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_answer(members: Mapping[str, Any], *, status: int = 200, kind: str = JSON) -> web.Response:
    """These members as JSON, in this order. Raises ValueError for what JSON has not."""
    written = quickly(members) or _WRITER.encode(members).encode()
    return web.Response(body=written, status=status, content_type=kind)


def problem(error: FidusError, traces: TraceIds, language: str, base: str) -> web.Response:
    """The problem of an error, with the headers that every answer has."""
    response = json_answer(
        document(error, traces, language, base), status=problem_type(error).status, kind=PROBLEM
    )
    if (seconds := retry_after_s(error)) is not None:
        response.headers["Retry-After"] = str(seconds)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.allowed)
    add_headers(response, traces, language)
    return response


def add_headers(response: web.Response, traces: TraceIds, language: str) -> None:
    """Trace ids, language, and that nobody keeps a copy, where the answer does not say otherwise itself."""
    headers = response.headers
    headers["BelGov-Trace-Id"] = str(traces.own)
    if traces.related is not None:
        headers["BelGov-Related-Trace-Id"] = str(traces.related)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Server"] = "fidus"
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Language", language)


def add_quota(response: web.Response, quota: Quota, used: int | None, until_midnight_s: int) -> None:
    """A flow's quotas, and what is left of today's where it is known (RateLimit header fields, draft)."""
    policy = f'"second";q={quota.per_second};w=1, "day";q={quota.per_day};w=86400'
    response.headers["RateLimit-Policy"] = policy
    if used is not None:
        left = max(0, quota.per_day - used)
        response.headers["RateLimit"] = f'"day";r={left};t={until_midnight_s}'
