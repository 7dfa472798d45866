"""Health, documentation and reference data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from fidus.api import pages
from fidus.api.answers import HTML, json_answer
from fidus.api.call import Call
from fidus.api.html import POLICY
from fidus.api.hub import Health
from fidus.api.problems import RETRY_HUB_S, ProblemType, all_types
from fidus.api.texts import DETAILS
from fidus.errors import NotFound

FOR_AN_HOUR: Final = "private, max-age=3600"  # reference data has cache headers (Belgif rest-guide)

_BY_CODE: Final[Mapping[str, ProblemType]] = {kind.code: kind for kind in all_types()}


async def health(call: Call) -> web.Response:
    """UP or DEGRADED with 200, DOWN with 503; nothing else, for it is told to anybody."""
    status = await call.hub.health()
    response = json_answer({"status": status.value}, status=503 if status is Health.DOWN else 200)
    if status is Health.DOWN:
        response.headers["Retry-After"] = str(RETRY_HUB_S)
    return response


def file_of(body: bytes, kind: str) -> Callable[[Call], Awaitable[web.Response]]:
    """An operation that answers with this text, made once, in English."""

    async def answer(_: Call) -> web.Response:
        headers = {"Content-Language": "en", "Cache-Control": FOR_AN_HOUR}
        return web.Response(body=body, content_type=kind, headers=headers)

    return answer


def page_of(body: bytes) -> Callable[[Call], Awaitable[web.Response]]:
    """An operation that answers with this page, made once, in English."""

    async def answer(_: Call) -> web.Response:
        return _page(body, "en")

    return answer


async def problem_types(call: Call) -> web.Response:
    """All problem types, as JSON or as a page in the caller's language."""
    if call.kind == HTML:
        return _page(pages.problem_types(all_types(), call.language), call.language)
    items = [_described(kind, call) for kind in all_types()]
    members = {"self": f"{call.base}/refData/problemTypes", "items": items, "total": len(items)}
    return _negotiated(json_answer(members))


async def one_problem_type(call: Call) -> web.Response:
    """One problem type. Raises NotFound."""
    kind = _BY_CODE.get(call.part("problemType"))
    if kind is None:
        raise NotFound
    if call.kind == HTML:
        return _page(pages.problem_types((kind,), call.language), call.language)
    return _negotiated(json_answer(_described(kind, call)))


def _described(kind: ProblemType, call: Call) -> dict[str, Any]:
    return {
        "href": f"{call.base}/refData/problemTypes/{kind.code}",
        "code": kind.code,
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "origin": kind.origin.value,
        "description": dict(DETAILS[kind.code]),
    }


def _page(body: bytes, language: str) -> web.Response:
    headers = {"Content-Language": language, "Content-Security-Policy": POLICY}
    return _negotiated(web.Response(body=body, content_type=HTML, charset="utf-8", headers=headers))


def _negotiated(response: web.Response) -> web.Response:
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = FOR_AN_HOUR
    return response
