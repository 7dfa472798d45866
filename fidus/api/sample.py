"""A complete body for consult, made from what flow and service say: for whoever calls for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fidus.model import Flow, Mode, Service
from fidus.request import confirm_schema

CONTEXT: Final[Mapping[str, Any]] = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}

# Invented values for what can be compared, by name; others say their own name.
_VALUES: Final[Mapping[str, str]] = {
    "street": "Rue du Marais",
    "houseNumber": "12",
    "box": "3",
    "postalCode": "1000",
    "municipality": "Bruxelles",
    "familyName": "Lampernackers",
    "givenNames": "Inessa",
    "date": "1983-12-04",
}


def sample(flow: Flow, service: Service) -> dict[str, Any]:
    """A body that this flow takes, with the service's own invented subject."""
    body: dict[str, Any] = {"query": dict(service.example)}
    if flow.mode is Mode.CONFIRM:
        body["confirm"] = _value("", confirm_schema(flow, service))
    return {**body, "context": dict(CONTEXT)}


def _value(name: str, schema: Mapping[str, Any]) -> Any:
    if "properties" not in schema:
        return _VALUES.get(name, name)
    members = schema["properties"]
    return {name: _value(name, members[name]) for name in members}
