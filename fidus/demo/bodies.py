"""Complete example bodies for the flows of a demonstration, about people of its synthetic population."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from fidus.model import Flow, Mode, Service
from mocks.people import Person
from mocks.population import population

_CONTEXT = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}


def somebody() -> Person:
    """An ordinary inhabitant with an address without box, always the same."""
    return _ordinary()[0]


def anybody() -> Person:
    """Another ordinary inhabitant each time: about one person nobody may guess for ever (design §3)."""
    return secrets.choice(_ordinary()[1:])


def _ordinary() -> list[Person]:
    people = population()
    named = {person.number for case in people.cases.values() for person in case.people}
    return [
        person
        for person in people.persons.values()
        if person.number not in named and person.address is not None and person.address.box is None
    ]


def example_body(flow: Flow, service: Service, person: Person, today: date) -> dict[str, Any]:
    """A body that this flow takes, about this person."""
    query: dict[str, Any] = {"ssin": person.number}
    years = flow.limits.get("periodYears")
    if any(member.kind == "period" for member in service.members):
        query["period"] = {"startDate": f"{today.year - (years or 5) + 1}-01-01"}
    body: dict[str, Any] = {"query": query}
    if flow.mode is Mode.CONFIRM:
        body["confirm"] = {"address": address_in_words(person)}
    body["context"] = _CONTEXT
    return body


def address_in_words(person: Person) -> Mapping[str, str]:
    """Today's address as a citizen would write it in a file, in French."""
    address = person.address
    assert address is not None
    words = {
        "street": address.written or address.street.names.fr,
        "houseNumber": address.house_number,
        "postalCode": address.street.postal_code,
    }
    return words if address.box is None else {**words, "box": address.box}
