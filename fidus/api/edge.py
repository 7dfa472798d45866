"""The edge: every request comes in here, and every answer goes out here.

    1 trace      the call gets its own trace id and language     4 role     of the key that called
    2 identify   the certificate -> an institution               5 request  Accept and query parameters
    3 route      the operation, else 404 or 405                  6 answer   the operation, else a problem

Nothing else catches everything: an exception outside the tree becomes a 500 here, told by class and place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import unquote

from aiohttp import web

from fidus.api import negotiation
from fidus.api.answers import add_headers, add_quota
from fidus.api.body import unknown_parameters
from fidus.api.call import Call, malformed, new_call
from fidus.api.hub import HubProtocol
from fidus.api.operations import RECORDED, Operation, Teller, problem_of
from fidus.api.running import Running
from fidus.api.wire import Connection
from fidus.client_cert import CERT, CHAIN, client_of
from fidus.errors import (
    AuditUnavailable,
    FidusError,
    HubFault,
    IdentityRejected,
    MethodNotAllowed,
    MissingPermission,
    NotAcceptable,
    NotFound,
)
from fidus.identity import identify
from fidus.model import Caller
from fidus.policy import own_flow, seconds_to_midnight

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Edge:
    """Makes handlers for aiohttp out of operations."""

    def __init__(self, hub: HubProtocol, running: Running, operations: tuple[Operation, ...]) -> None:
        self._hub = hub
        self._running = running
        self._open = {one.base + one.path for one in operations if one.open}

    def handler(self, operation: Operation) -> Handler:
        """What treats requests of this operation."""

        async def handle(request: web.Request) -> web.StreamResponse:
            call = new_call(self._hub, self._running, request)
            return await self._told(call, operation.tell, lambda: self._treat(operation, call))

        return handle

    async def nowhere(self, request: web.Request) -> web.StreamResponse:
        """Treats requests that no operation takes: 405 where the path is one of ours, else 404."""
        call = new_call(self._hub, self._running, request)
        return await self._told(call, problem_of, lambda: self._astray(call))

    @web.middleware
    async def pathless(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Treats request targets without path, such as `*`, for which aiohttp has an answer of its own."""
        if request.match_info.http_exception is not None:
            return await self.nowhere(request)
        return await handler(request)

    async def _told(
        self, call: Call, tell: Teller, treat: Callable[[], Awaitable[web.Response]]
    ) -> web.Response:
        """The answer, or the problem that stands for whatever went wrong."""
        fault = malformed(call.request)
        try:
            if fault is not None:
                raise fault
            response = await treat()
        except FidusError as error:
            response = tell(error, call)
        except Exception as error:  # noqa: BLE001 - the outermost place: nothing may leave that is no problem
            self._hub.trouble.bug(error, call.traces)
            response = tell(HubFault(), call)
        add_headers(response, call.traces, call.language)
        unread = call.request.can_read_body and not call.request.content.is_eof()
        if unread or fault is not None or self._running.closing:
            response.force_close()
        return response

    async def _treat(self, operation: Operation, call: Call) -> web.Response:
        """Identify, answer, and where it is about a flow tell its quota, with refusals too."""
        if self._running.closing and not operation.open:
            raise AuditUnavailable("the hub is stopping")
        if not operation.open:
            call = call.by(self._identified(call.request))
        if self._running.full and operation.faults_to_hub:
            raise AuditUnavailable("too many consultations are under way")
        if not operation.about_flow:
            return await self._answer(operation, call)
        readable = True
        try:
            response = await self._answer(operation, call)
        except FidusError as error:
            response = operation.tell(error, call)
            readable = not isinstance(error, AuditUnavailable)
        await self._add_quota(call, response, readable)
        return response

    async def _answer(self, operation: Operation, call: Call) -> web.Response:
        if operation.role is not None and operation.role not in call.institution.roles:
            raise await self._recorded(operation, call, MissingPermission())
        accepted = negotiation.media_type(call.request.headers.get("Accept"), operation.kinds)
        fault = (
            NotAcceptable() if accepted is None else unknown_parameters(call.request, operation.parameters)
        )
        if fault is not None and not operation.faults_to_hub:
            raise await self._recorded(operation, call, fault)
        return await operation.answer(call.read(accepted or "", fault))

    async def _astray(self, call: Call) -> web.Response:
        caller = None if call.request.path in self._open else self._identified(call.request)
        allowed: set[str] = set()
        for resource in call.request.app.router.resources():
            allowed |= (await resource.resolve(call.request))[1]
        allowed.discard("*")
        error = MethodNotAllowed(tuple(sorted(allowed))) if allowed else NotFound()
        recorded = RECORDED.fullmatch(call.request.rel_url.raw_path)
        if caller is None or recorded is None:
            raise error
        flow_id = None if recorded["flow"] is None else unquote(recorded["flow"])
        raise await self._hub.refused(caller, error, call.traces, flow_id)

    def _identified(self, request: web.Request) -> Caller:
        connection = request.protocol
        assert isinstance(connection, Connection)
        try:
            headers, trust, now = request.headers, self._hub.trust, self._hub.now()
            sent, chain = headers.getall(CERT, ()), headers.getall(CHAIN, ())
            shown = client_of(connection.certificate, sent, chain, trust.proxies, now)
            return identify(shown, self._hub.catalogue, trust, now)
        except IdentityRejected as error:
            self._hub.stranger(error.reason)
            raise

    async def _recorded(self, operation: Operation, call: Call, error: FidusError) -> FidusError:
        """The error to tell, recorded where refusals of this operation are."""
        if not operation.recorded:
            return error
        flow_id = call.request.match_info.get("flowId")
        return await self._hub.refused(call.institution, error, call.traces, flow_id)

    async def _add_quota(self, call: Call, response: web.Response, readable: bool) -> None:
        """Tell the flow's quota, unless the answer does; of another's flow nothing is told. What of it was
        used is not asked of a store that has just kept a caller waiting."""
        flow = own_flow(self._hub.catalogue, call.institution.institution, call.part("flowId"))
        if flow is None or "RateLimit" in response.headers:
            return
        try:
            used = await self._hub.used_today(flow.id) if readable else None
        except AuditUnavailable:
            used = None
        add_quota(response, flow.quota, used, seconds_to_midnight(self._hub.now()))
