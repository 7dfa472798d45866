"""What a question and an answer of each service hold, as the JSON Schema from which both the XML Schema and
the translation between XML and JSON are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fidus.confirm import Verdict
from fidus.model import Service, Why
from fidus.request import query_schema
from fidus.vocabulary import vocabulary

TEXT: Final[Mapping[str, Any]] = {"type": "string"}
CONTEXT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "caseReference": {"type": "string", "minLength": 1, "maxLength": 64},
        "endUser": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 64}},
        },
    },
}
_VERDICT: Final[Mapping[str, Any]] = {"type": "string", "enum": [verdict.value for verdict in Verdict]}
_WHY: Final[Mapping[str, Any]] = {"type": "string", "enum": [why.value for why in Why]}
_RECEIPT: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["index", "proof", "answer"],
    "properties": {
        "index": {"type": "integer"},
        "nonce": TEXT,
        "proof": TEXT,
        "answer": {"type": "string", "description": "base64 of the whole answer in JSON, without receipt"},
    },
}


def question(service: Service) -> dict[str, Any]:
    """The element of a question: `flow`, then the members of the body that REST takes."""
    members: dict[str, Any] = {"flow": TEXT, "query": query_schema(service)}
    if service.confirmable:
        members["confirm"] = _confirm(service)
    members["select"] = {"type": "array", "items": TEXT}
    return {
        "type": "object",
        "required": ["flow", "query"],
        "properties": {**members, "context": CONTEXT},
    }


def answer(service: Service) -> dict[str, Any]:
    """The element of an answer: its members as in REST, and the receipt with the answer's own text."""
    members: dict[str, Any] = {
        "consultationId": TEXT,
        "flow": TEXT,
        "answeredAt": TEXT,
        "source": {
            "type": "object",
            "required": ["service", "asOf"],
            "properties": {"service": TEXT, "asOf": TEXT},
        },
        "found": {"type": "boolean"},
        "why": _WHY,
        "data": vocabulary().schema(sorted(service.leaves)),
    }
    if service.confirmable:
        verdicts = {group: _VERDICT for group in service.confirmable}
        members["confirmed"] = {"type": "object", "properties": verdicts}
    members["withheld"] = {"type": "array", "items": TEXT}
    return {
        "type": "object",
        "required": ["consultationId", "flow", "answeredAt", "source", "found", "receipt"],
        "properties": {**members, "receipt": _RECEIPT},
    }


def _confirm(service: Service) -> dict[str, Any]:
    groups = {
        group: {"type": "object", "properties": dict.fromkeys(members, TEXT)}
        for group, members in service.confirmable.items()
    }
    return {"type": "object", "properties": groups}
