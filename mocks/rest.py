"""What every mock of a REST source looks at before it answers: path, method, media type, query and body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from mocks.openapi import Contract, Operation, Wrong
from mocks.wire import JSON

PROBLEM = "application/problem+json"
NO_LONGER = 64 * 1024


class Refused(Exception):
    """A request that is not answered. `detail` says what is wrong, without any value."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def operation(contract: Contract, request: web.Request) -> Operation:
    """The operation that a request is for. Raises Refused: no such path, or not by this method."""
    methods = contract.methods(request.rel_url.raw_path)
    if not methods:
        raise Refused(404, "there is no such path")
    found = methods.get(request.method.lower())
    if found is None:
        allowed = ", ".join(sorted(method.upper() for method in methods))
        raise Refused(405, f"the method here is {allowed}", {"Allow": allowed})
    return found


async def body(request: web.Request, media: str) -> bytes:
    """The body of a request that has one, of this media type, not packed. Raises Refused."""
    if request.content_type != media:
        raise Refused(415, f"Content-Type is not {media}")
    if "Content-Encoding" in request.headers:
        raise Refused(415, "Content-Encoding is not used here")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413, f"the body has more than {NO_LONGER} bytes") from None


async def asked(request: web.Request, wanted: Operation) -> dict[str, Any]:
    """What is asked by path, parameters or in a body, as the contract allows it. Raises Wrong, Refused."""
    values = wanted.place(request.rel_url.raw_path) | wanted.query(request.rel_url.raw_query_string)
    if wanted.media is None:
        if request.can_read_body:
            raise Wrong(("body: there must be none",))
        return values
    raw = await body(request, wanted.media)
    return {**values, **(wanted.json(raw) if wanted.media == JSON else wanted.form(raw))}


def problem(refused: Refused) -> web.Response:
    """The refusal as a problem (RFC 9457)."""
    told = {
        "type": "about:blank",
        "title": _title(refused.status),
        "status": refused.status,
        "detail": refused.detail,
    }
    return web.Response(
        status=refused.status, body=packed(told), headers={"Content-Type": PROBLEM, **refused.headers}
    )


def packed(value: Any) -> bytes:
    """JSON as it goes out."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _title(status: int) -> str:
    return HTTPStatus(status).phrase
