"""GET /flows and /flows/{flowId}: what the calling institution may ask, in force or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from fidus.api.answers import json_answer
from fidus.api.call import Call
from fidus.api.sample import sample
from fidus.errors import NotFound
from fidus.model import Flow, Mode, Service
from fidus.policy import own_flow, told_fields
from fidus.request import confirm_schema, query_schema
from fidus.vocabulary import vocabulary


async def list_flows(call: Call) -> web.Response:
    """All flows of the institution, by identifier."""
    flows = call.hub.catalogue.flows.values()
    own = sorted((one for one in flows if one.institution == call.institution.institution), key=_id)
    items = [_flow(flow, call) for flow in own]
    return json_answer({"self": f"{call.base}/flows", "items": items, "total": len(items)})


async def show_flow(call: Call) -> web.Response:
    """One flow. Raises NotFound for one that does not exist and for another's alike."""
    flow = own_flow(call.hub.catalogue, call.institution.institution, call.part("flowId"))
    if flow is None:
        raise NotFound
    return json_answer(_flow(flow, call))


def _flow(flow: Flow, call: Call) -> Mapping[str, Any]:
    service = call.hub.catalogue.services[flow.service]
    decided = flow.deliberation
    deliberation = {"number": decided.number, "date": decided.date.isoformat()} if decided else None
    return {
        "href": f"{call.base}/flows/{flow.id}",
        "id": flow.id,
        "service": flow.service,
        "purpose": dict(flow.purpose),
        "legalBasis": list(flow.legal_basis),
        **({"deliberation": deliberation} if deliberation else {}),
        "mode": flow.mode.value,
        "fields": list(told_fields(flow, service)),
        "channels": sorted(channel.value for channel in flow.channels),
        "querySchema": query_schema(service),
        **_outward_schema(flow, service),
        "example": sample(flow, service),
        "validFrom": flow.valid_from.isoformat(),
        "validUntil": flow.valid_until.isoformat(),
        "suspended": flow.id in call.hub.catalogue.suspended,
        "quota": {"perSecond": flow.quota.per_second, "perDay": flow.quota.per_day},
    }


def _outward_schema(flow: Flow, service: Service) -> Mapping[str, Any]:
    """What is compared, or what is handed over: an answer's `data` is valid by it (formats.md §4)."""
    if flow.mode is Mode.CONFIRM:
        return {"confirmSchema": confirm_schema(flow, service)}
    return {"dataSchema": vocabulary().schema(flow.fields)}


def _id(flow: Flow) -> str:
    return flow.id
