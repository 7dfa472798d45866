"""POST /flows/{flowId}/consult and GET /consultations/{consultationId}/receipt."""

from __future__ import annotations

from aiohttp import web

from fidus.api.answers import add_quota, json_answer
from fidus.api.body import read_body, unsupported
from fidus.api.call import Call
from fidus.errors import FidusError
from fidus.policy import seconds_to_midnight


async def consult(call: Call) -> web.Response:
    """Hand the question to the hub. What is wrong with the request goes there too, to be recorded.

    Once the body is read the question runs to its record, also when the caller goes away.
    """
    body: bytes | FidusError | None = call.fault or unsupported(call.request)
    if body is None:
        body = await read_body(call.request, call.body_s)
    asked = call.hub.consult(call.institution, call.part("flowId"), body, call.traces)
    consulted = await call.running.finish(asked, call.traces)
    response = json_answer(consulted.answer)
    add_quota(response, consulted.quota, consulted.day_used, seconds_to_midnight(call.hub.now()))
    return response


async def show_receipt(call: Call) -> web.Response:
    """The receipt against the newest checkpoint."""
    return json_answer(await call.hub.receipt(call.institution, call.part("consultationId"), call.traces))
