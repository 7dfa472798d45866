"""Who or what a question is about: how each kind of member names its subject (formats.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fidus.identifiers import EnterpriseNumber, EstablishmentNumber, Plate, Ssin, Vin
from fidus.model import QueryMember, Subject, SubjectRole, SubjectType

COUNTRY: Final = "BE"  # of plates that are asked without a country

IDS: Final[Mapping[str, Callable[[str, bool], str]]] = MappingProxyType(
    {
        "ssin": lambda text, synthetic: Ssin.parse(text, synthetic).value,
        "enterpriseNumber": lambda text, _: EnterpriseNumber.parse(text).value,
        "establishmentNumber": lambda text, _: EstablishmentNumber.parse(text).value,
        "plate": lambda text, _: f"plate:{COUNTRY}:{Plate.parse(text).value}",
        "vin": lambda text, _: f"vin:{Vin.parse(text).value}",
    }
)
"""Kind of a member -> from what was sent to the identifier in a seal. Each raises ValueError."""

NAMES: Final[Mapping[str, SubjectType]] = MappingProxyType(
    {
        "ssin": SubjectType.PERSON,
        "enterpriseNumber": SubjectType.ENTERPRISE,
        "establishmentNumber": SubjectType.ESTABLISHMENT,
        "plate": SubjectType.VEHICLE,
        "vin": SubjectType.VEHICLE,
    }
)
"""Kind of a member -> what it names, so that the log can know it. By no other kind is anybody recorded."""


def subjects(members: tuple[QueryMember, ...], query: object, synthetic: bool) -> tuple[Subject, ...]:
    """Whoever is asked about, as far as a valid identifier says so: also for the record of a refusal."""
    if not isinstance(query, dict):
        return ()
    found = []
    for member in members:
        if member.subject is not None and member.kind in IDS:
            number = _id(member.kind, query.get(member.name), synthetic)
            if number is not None:
                found.append(Subject(member.subject, number, SubjectRole.ASKED))
    return tuple(found)


def _id(kind: str, value: Any, synthetic: bool) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return IDS[kind](value, synthetic)
    except ValueError:
        return None
