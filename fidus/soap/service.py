"""POST /soap/v1 and GET /soap/v1?wsdl: the REST interface in other clothes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from fidus.api.answers import add_headers, add_quota
from fidus.api.body import read_body
from fidus.api.call import BASE, Call
from fidus.api.problems import document, retry_after_s
from fidus.errors import FidusError, Issue, IssueType, NotFound, RequestInvalid, UnsupportedMedia
from fidus.model import Channel, Service
from fidus.policy import own_flow, seconds_to_midnight
from fidus.soap.envelope import Asked, read
from fidus.soap.messages import answer_message, fault_message
from fidus.soap.names import MEDIA, request_name, response_name
from fidus.soap.shapes import answer, question
from fidus.soap.wsdl import wsdl

WSDL_PARAMETER = "wsdl"
FAULT_STATUS = 500  # of every fault (WS-I Basic Profile 1.1, R1126)

_OTHER_SERVICE = "This flow is for another service: call the operation of its own"


class SoapService:
    """The operations over the services that there are."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = {request_name(one.id): one for one in services.values()}
        self._questions = {name: question(one) for name, one in self._services.items()}
        self._answers = {name: answer(one) for name, one in self._services.items()}

    async def consult(self, call: Call) -> web.Response:
        """One question, as `fidus.api.consultations.consult`."""
        asked = await self._asked(call)
        service = self._services[asked.operation]
        flow = own_flow(call.hub.catalogue, call.institution.institution, asked.flow)
        body: bytes | FidusError = asked.body
        if flow is not None and flow.service != service.id:
            body = RequestInvalid((Issue(IssueType.INVALID_INPUT, "flow", _OTHER_SERVICE),))
        treated = call.hub.consult(call.institution, asked.flow, body, call.traces, Channel.SOAP)
        consulted = await call.running.finish(treated, call.traces)
        shape = self._answers[asked.operation]
        raw = answer_message(response_name(service.id), consulted.answer, shape)
        response = web.Response(body=raw, content_type=MEDIA, charset="utf-8")
        add_quota(response, consulted.quota, consulted.day_used, seconds_to_midnight(call.hub.now()))
        return response

    async def contract(self, call: Call) -> web.Response:
        """The WSDL. Raises NotFound where it is not asked for: there is nothing else to get here."""
        if WSDL_PARAMETER not in {name.lower() for name in call.request.query}:
            raise NotFound
        raw = wsdl(self._services.values(), call.base.removesuffix(BASE))
        return web.Response(body=raw, content_type=MEDIA, charset="utf-8")

    async def _asked(self, call: Call) -> Asked:
        """The question in the message. What cannot be read is recorded here: no flow is known of it."""
        raw = await read_body(call.request, call.body_s) if is_xml(call.request) else UnsupportedMedia()
        try:
            if isinstance(raw, FidusError):
                raise raw
            return read(raw, self._questions)
        except FidusError as error:
            raise await call.hub.refused(call.institution, error, call.traces) from None


def is_xml(request: web.Request) -> bool:
    """text/xml in UTF-8, as it is."""
    plain = "Content-Encoding" not in request.headers
    return plain and request.content_type == MEDIA and (request.charset or "utf-8").lower() == "utf-8"


def fault(error: FidusError, call: Call) -> web.Response:
    """The fault of an error."""
    told: Mapping[str, Any] = document(error, call.traces, call.language, call.base)
    raw = fault_message(told, call.language)
    response = web.Response(body=raw, status=FAULT_STATUS, content_type=MEDIA, charset="utf-8")
    if (seconds := retry_after_s(error)) is not None:
        response.headers["Retry-After"] = str(seconds)
    add_headers(response, call.traces, call.language)
    return response
