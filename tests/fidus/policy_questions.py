"""Who asks, who is asked about, and how questions and flow files are written: all of it invented."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from fidus.identifiers import check_digits
from fidus.model import Absent, Found, Subject, SubjectRole, SubjectType, Why

TOWN, HOUSING = "0999000228", "0999000129"
LIVES_AT: Final = {
    "street": {"fr": "Rue de la Démonstration", "nl": "Demonstratiestraat"},
    "municipality": {"fr": "Saint-Gilles", "nl": "Sint-Gillis"},
    "houseNumber": "12",
    "box": "3",
    "postalCode": "1060",
    "nisCode": "21013",
    "streetCode": "1205",
    "country": "BE",
    "since": "2019-03-01",
}
RIGHT: Final = {"street": "Demonstratiestraat", "houseNumber": "12", "postalCode": "1060"}
WRONG: Final = {**RIGHT, "houseNumber": "14"}
TEXTS = '{ fr = "f", nl = "n", de = "d", en = "e" }'


def person(serial: int = 1) -> str:
    """Born in month 62: no register gives such a number."""
    nine = f"9162{serial // 1000 % 28 + 1:02d}{serial % 1000:03d}"
    return f"{nine}{check_digits(nine, 1900):02d}"


def asked(ssin: str) -> Subject:
    return Subject(SubjectType.PERSON, ssin, SubjectRole.ASKED)


def found(**change: Any) -> Found:
    """Somebody who lives at LIVES_AT."""
    at = Subject(
        SubjectType.ADDRESS, "21013/1205/12/3", SubjectRole.DISCLOSED, frozenset({"address.houseNumber"})
    )
    members: dict[str, Any] = {
        "fields": {"address": LIVES_AT},
        "as_of": date(2026, 10, 5),
        "subjects": (at,),
        **change,
    }
    return Found(**members)


def absent(why: Why, by: str | None = None) -> Absent:
    return Absent(why, date(2026, 10, 5), None if by is None else asked(by))


def body(ssin: str, confirm: Mapping[str, str] | None = None, **change: Any) -> bytes:
    """The body of a question as an institution sends it, with blanks and all."""
    sent: dict[str, Any] = {
        "query": {"ssin": ssin},
        "context": {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}},
    }
    if confirm is not None:
        sent["confirm"] = {"address": confirm}
    return json.dumps({**sent, **change}, indent=1).encode()


def institution_file(number: str) -> bytes:
    validity = "valid_from = 2025-01-01\nvalid_until = 2035-12-31"
    return f'number = "{number}"\nkind = "institution"\nname = {TEXTS}\n{validity}\n'.encode()


def flow_file(**change: Any) -> bytes:
    """A flow file; `change`: members in TOML, None leaves one out."""
    members = {
        "service": '"national-register/address"',
        "contract": '"v1"',
        "mode": '"data"',
        "fields": '["address.street", "address.postalCode"]',
        "channels": '["api"]',
        "legal_basis": '["an invented law"]',
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "quota": "{ per_second = 1000, per_day = 5000 }",
        "purpose": TEXTS,
        **change,
    }
    return "".join(f"{name} = {value}\n" for name, value in members.items() if value is not None).encode()


def confirming(**change: Any) -> bytes:
    return flow_file(**{"mode": '"confirm"', "fields": '["address"]', **change})


FILES: Final[Mapping[str, bytes]] = {
    "town/institution.toml": institution_file(TOWN),
    "town/town-address.toml": flow_file(),
    "town/town-whole.toml": flow_file(fields='["address"]'),
    "housing/institution.toml": institution_file(HOUSING),
    "housing/housing-confirm.toml": confirming(),
    "housing/housing-discreet.toml": confirming(existence="false", max_guesses="2"),
}
