"""POST /flows/{flowId}/consult and GET /consultations/{consultationId}/receipt."""

from __future__ import annotations

from aiohttp import web

from fidus.api.answers import add_quota, json_answer
from fidus.api.body import read_body, unsupported
from fidus.api.call import Call
from fidus.errors import FidusError, RequestInvalid
from fidus.policy import seconds_to_midnight


async def consult(call: Call) -> web.Response:
    """Hand the question to the hub. What is wrong with the request goes there too, to be recorded.

    Once the body is read the question runs to its record, also when the caller goes away.
    """
    asked = call.hub.consult(call.institution, call.part("flowId"), await _body(call), call.traces)
    consulted = await call.running.finish(asked, call.traces)
    response = json_answer(consulted.answer)
    add_quota(response, consulted.quota, consulted.day_used, seconds_to_midnight(call.hub.now()))
    return response


async def _body(call: Call) -> bytes | FidusError:
    """The body, or what is wrong with the request; faults of parameters do not hide those of the body."""
    if not isinstance(call.fault, RequestInvalid | None):
        return call.fault
    fault = unsupported(call.request)
    if fault is not None:
        return call.fault or fault
    body = await read_body(call.request, call.body_s)
    if call.fault is None:
        return body
    if isinstance(body, bytes):
        return RequestInvalid(call.fault.issues, unread=body)
    more = body.issues if isinstance(body, RequestInvalid) else ()
    return RequestInvalid((*call.fault.issues, *more))


async def show_receipt(call: Call) -> web.Response:
    """The receipt against the newest checkpoint."""
    return json_answer(await call.hub.receipt(call.institution, call.part("consultationId"), call.traces))
