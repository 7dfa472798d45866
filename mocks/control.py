"""The control port of a mock: what it was asked, and how it shall misbehave. Plain http, loopback only.

GET /           a page for people: whom to ask about, and how the source misbehaves now
GET /asked      {"items": [{"at", "service", "key", "messageId"}]}
GET /faults     {"items": [{"kind", …}]}
PUT /faults     adds one, answers it; 400 {"error": "…"} says what is wrong
DELETE /faults  ends all
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web

from mocks.asked import Asked
from mocks.faults import Faults
from mocks.pages import HEADERS, page
from mocks.personas import Persona


def control(
    slug: str, personas: Sequence[Persona], faults: Faults, asked: Sequence[Asked]
) -> web.Application:
    """The application of the control port over the last two, which the source shares."""

    async def get_page(_: web.Request) -> web.Response:
        return web.Response(
            text=page(slug, personas, faults, asked), content_type="text/html", headers=HEADERS
        )

    async def get_asked(_: web.Request) -> web.Response:
        return web.json_response({"items": [one.as_json() for one in asked]})

    async def get_faults(_: web.Request) -> web.Response:
        return web.json_response({"items": [fault.as_json() for fault in faults.all()]})

    async def put_fault(request: web.Request) -> web.Response:
        try:
            added = faults.add(json.loads(await request.text()))
        except (json.JSONDecodeError, UnicodeDecodeError):
            return web.json_response({"error": "the body must be JSON in UTF-8"}, status=400)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(added.as_json())

    async def delete_faults(_: web.Request) -> web.Response:
        faults.clear()
        return web.Response(status=204)

    application = web.Application(client_max_size=65536)
    application.router.add_get("/", get_page)
    application.router.add_get("/asked", get_asked)
    application.router.add_get("/faults", get_faults)
    application.router.add_put("/faults", put_fault)
    application.router.add_delete("/faults", delete_faults)
    return application
