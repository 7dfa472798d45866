"""Every operation of the interface in one table, as the contract names them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web

from fidus.api import auditlog, consultations, flows, service
from fidus.api.answers import HTML, JSON, problem
from fidus.api.auditlog import OCTETS, TEXT
from fidus.api.call import BASE, SOAP_PATH, Call
from fidus.api.contract import YAML, Contract
from fidus.errors import FidusError
from fidus.model import Role

Answerer: TypeAlias = Callable[[Call], Awaitable[web.Response]]
Teller: TypeAlias = Callable[[FidusError, Call], web.Response]


def problem_of(error: FidusError, call: Call) -> web.Response:
    """As application/problem+json."""
    return problem(error, call.traces, call.language, call.base)


RECORDED: Final = re.compile(
    rf"{BASE}/(flows/(?P<flow>[^/]+)/(consult|batches|dossiers)(/.*)?|auditLog(/.*)?)|{SOAP_PATH}"
)
"""Raw paths below which each refusal of an institution is an entry of the log (formats.md §1), also where no
operation has this method or this path: a 405 or 404 there is one of those refusals."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`path`: below `base`, in aiohttp's spelling. `kinds`: media types to answer in, the first by default.

    `open`: needs no institution. `role`: what the caller's key must be enrolled for, None: anything.
    `recorded`: a refusal of it is an entry of the log. `about_flow`: its answers tell the flow's quota.
    `faults_to_hub`: faults of the request are handed to the hub, which records them with the flow.
    `parameters`: the query parameters that it has. `tell`: how an error is told.
    """

    name: str
    method: str
    path: str
    answer: Answerer
    kinds: tuple[str, ...] = (JSON,)
    role: Role | None = None
    open: bool = False
    recorded: bool = False
    about_flow: bool = False
    faults_to_hub: bool = False
    base: str = BASE
    parameters: frozenset[str] = frozenset()
    tell: Teller = problem_of


_EXCHANGE = (
    Operation("getFlows", "GET", "/flows", flows.list_flows, role=Role.EXCHANGE),
    Operation("getFlow", "GET", "/flows/{flowId}", flows.show_flow, role=Role.EXCHANGE, about_flow=True),
    Operation(
        "consult",
        "POST",
        "/flows/{flowId}/consult",
        consultations.consult,
        role=Role.EXCHANGE,
        recorded=True,
        about_flow=True,
        faults_to_hub=True,
    ),
    Operation(
        "getConsultationReceipt",
        "GET",
        "/consultations/{consultationId}/receipt",
        consultations.show_receipt,
        role=Role.EXCHANGE,
    ),
)

_AUDIT_LOG = (
    Operation(
        "getAuditLogCheckpoint",
        "GET",
        "/auditLog/checkpoint",
        auditlog.checkpoint,
        (TEXT,),
        Role.AUDITOR,
        recorded=True,
    ),
    Operation(
        "getAuditLogTile",
        "GET",
        "/auditLog/tile/{tilePath:.+}",
        auditlog.tile,
        (OCTETS,),
        Role.AUDITOR,
        recorded=True,
    ),
)

_REFERENCE = (
    Operation("checkHealth", "GET", "/health", service.health, open=True),
    Operation("getProblemTypes", "GET", "/refData/problemTypes", service.problem_types, (JSON, HTML)),
    Operation(
        "getProblemType",
        "GET",
        "/refData/problemTypes/{problemType}",
        service.one_problem_type,
        (JSON, HTML),
    ),
)


def operations(contract: Contract) -> tuple[Operation, ...]:
    """The table. `contract`: what /doc shows."""
    as_yaml, as_json = service.file_of(contract.yaml, YAML), service.file_of(contract.json, JSON)
    documentation = (
        Operation("getDocumentation", "GET", "/doc", service.page_of(contract.page), (HTML,), open=True),
        Operation("getContractAsYaml", "GET", "/doc/openapi.yaml", as_yaml, (YAML,), open=True),
        Operation("getContractAsJson", "GET", "/doc/openapi.json", as_json, (JSON,), open=True),
    )
    return (*_EXCHANGE, *_AUDIT_LOG, *_REFERENCE, *documentation)
