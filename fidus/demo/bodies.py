"""Complete example bodies for the flows of a demonstration, about people of its synthetic population."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from fidus.model import Flow, Mode, Service
from fidus.policy import granted_groups
from mocks.people import Person
from mocks.population import population

_OF_PERSONS = frozenset({"national-register"})
_CONTEXT = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}


def somebody() -> Person:
    """An ordinary inhabitant with an address without box, always the same."""
    return _ordinary()[0]


def anybody() -> Person:
    """Another ordinary inhabitant each time: about one person nobody may guess for ever (design §3)."""
    return secrets.choice(_ordinary()[1:])


def _ordinary() -> list[Person]:
    people = population().ordinary()
    return [person for person in people if person.address is not None and person.address.box is None]


def somebody_with_family() -> Person:
    """The reference person of a household with a spouse and children of both, always the same."""
    people = population()
    return next(
        person
        for person in people.ordinary()
        if person.head == person.number
        and person.civil_states[-1].spouse is not None
        and len(people.children(person.number)) > 1
    )


def example_body(flow: Flow, service: Service, person: Person, today: date) -> dict[str, Any]:
    """A body that this flow takes, about this person where a register of persons is asked; elsewhere it asks
    the service's own example, which the mock knows."""
    query = _about(person, service) if _is_of_persons(service) else dict(service.example)
    years = flow.limits.get("periodYears")
    if any(member.kind == "period" for member in service.members):
        begin = {"startDate": f"{today.year - (years or 5) + 1}-01-01"}
        query["period"] = service.example["period"] if "endDate" in service.example["period"] else begin
    body: dict[str, Any] = {"query": query}
    if flow.mode is Mode.CONFIRM:
        groups = granted_groups(flow, service)
        body["confirm"] = {group: _IN_WORDS[group](person) for group in groups}
    body["context"] = _CONTEXT
    return body


def _is_of_persons(service: Service) -> bool:
    return service.id.partition("/")[0] in _OF_PERSONS


def _about(person: Person, service: Service) -> dict[str, Any]:
    if any(member.kind == "ssin" for member in service.members):
        return {"ssin": person.number}
    return {
        "familyName": person.family_name,
        "givenName": person.given_names[0],
        "birthDate": str(person.birth),
    }


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


def name_in_words(person: Person) -> Mapping[str, str]:
    """The name as a form would have it."""
    return {"familyName": person.family_name, "givenNames": person.given_names[0]}


def birth_in_words(person: Person) -> Mapping[str, str]:
    """The day of birth as a form would have it."""
    return {"date": str(person.birth)}


_IN_WORDS: Mapping[str, Callable[[Person], Mapping[str, str]]] = {
    "address": address_in_words,
    "name": name_in_words,
    "birth": birth_in_words,
}
