"""Answers of the vehicle register, written by hand: nobody and nothing in them exists."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from adapters._lib.codes import Codes
from adapters._lib.contract import RestContract
from fidus.asked import subjects
from fidus.identifiers import check_digits
from fidus.model import Query, QueryMember, SubjectType

FOLDER = Path(__file__).parents[3] / "contracts" / "div"
CONTRACT = RestContract("div", FOLDER / "openapi.yaml")
UNKNOWN: list[str] = []  # tables of codes without meaning
CODES = Codes.load(FOLDER, UNKNOWN.append)

PLATE, OTHER_PLATE = "0ABC123", "0ABC124"
VIN, UNIFIER = "0TESTSENNE0000001", "07"
HOLDER = f"806105123{check_digits('806105123', 1900):02d}"
DRIVER = f"806105125{check_digits('806105125', 1900):02d}"
ENTERPRISE = "0999000327"

MEMBERS = (
    QueryMember("plate", "plate", False, SubjectType.VEHICLE),
    QueryMember("vin", "vin", False, SubjectType.VEHICLE),
    QueryMember("ssin", "ssin", False, SubjectType.PERSON),
    QueryMember("enterpriseNumber", "enterpriseNumber", False, SubjectType.ENTERPRISE),
)


def query(name: str, **values: Any) -> Query:
    """A question as the hub makes it."""
    return Query(f"div/{name}", values, subjects(MEMBERS, values, True))


ADDRESS = {
    "streetName": "Rue Inventée",
    "houseNumber": "12",
    "box": "3",
    "postalCode": "1000",
    "cityNisCode": "21004",
    "cityName": "Bruxelles",
    "countryName": "BELGIQUE",
}
PERSON = {
    "nationalNr": HOLDER,
    "lastName": ["Zerrougane"],
    "firstName": ["Mehdisson", " "],
    "birthYear": "1980",
}
ORGANISATION = {"companyNr": ENTERPRISE, "organisationName": "Location Inventée", "isLeaseCompany": "Y"}

REGISTRATION: dict[str, Any] = {
    "license": {
        "plateNr": PLATE,
        "plateType": {"code": "NM"},
        "languageCode": "fr",
        "startSituationDate": "2020-05-04",
        "status": "REG",
    },
    "certificates": [
        {"id": "100000001", "beginDate": "2020-05-04"},
        {"id": "100000008", "beginDate": "2022-01-01"},
    ],
    "transaction": {"typeCode": "REG", "dateTime": "2020-05-04T10:00:00Z"},
    "vehicle": {
        "vin": VIN,
        "unifier": UNIFIER,
        "category": "M1",
        "makeName": "SONIANA",
        "commercialName": "Duo",
        "firstRegistrationDate": "2020-05-04",
        "techControlValidityDate": "2027-05-04",
        "codeForBodyWork": ["AA"],
        "colour": ["8", "10"],
        "technicPermissibleMaxMass": 2040,
        "massOfTheVehicleInRunningOrder": 1540,
        "numberOfAxles": 2,
        "nrOfSeatingPositions": 5,
        "sizeLength": 4500,
        "sizeWidth": 1800,
        "sizeHeight": 1500,
        "exhaustDirectiveRefCode": "715/2007*2018/1832DG",
        "engine": [
            {
                "engineCapacity": 1598,
                "electricEngineIndicator": "N",
                "fuel": [
                    {
                        "code": "10",
                        "maximumNetPower": 132,
                        "euroNormCode": "6ei",
                        "combinedCO2": 110,
                        "weightedCombinedCO2": 29,
                        "WLTPCombinedCO2": 140,
                        "WLTPWeightedCombinedCO2": 35.5,
                    }
                ],
            },
            {"electricEngineIndicator": "Y", "fuel": [{"code": "60", "maximumNetPower": 80.5}]},
        ],
    },
}


def registration(**changes: Any) -> dict[str, Any]:
    """The registration, with members of its parts changed; None takes a member or a part away."""
    made = copy.deepcopy(REGISTRATION)
    for place, value in changes.items():
        *outer, last = place.split("__")
        part = made
        for name in outer:
            part = part.setdefault(name, {})
        if value is None:
            del part[last]
        else:
            part[last] = value
    return made


def held_by_person(**changes: Any) -> dict[str, Any]:
    titular = {"type": "P", "source": "RRN", "person": PERSON, "contactInfo": {"address": ADDRESS}}
    return registration(titular=titular, **changes)


def held_by_enterprise(**changes: Any) -> dict[str, Any]:
    titular = {"type": "M", "source": "KBO", "organisation": ORGANISATION, "registrationAddress": ADDRESS}
    driver = {"person": {"nationalNr": DRIVER, "lastName": ["Swilling"], "firstName": ["Lieve"]}}
    return registration(titular=titular, driver=driver, **changes)


MOVEMENT = {
    "plateNr": PLATE,
    "vin": VIN,
    "unifier": UNIFIER,
    "dateTime": "2025-12-01T09:30:00Z",
    "typeCode": "TIT",
}


def listing(*items: Any, **more: Any) -> dict[str, Any]:
    """One page, as the contract has it."""
    made = {"self": "/", "total": len(items), "items": list(items), **more}
    CONTRACT.check("movements" if items and "typeCode" in items[0] else "registrations", made)
    return made


_SCHEMAS = yaml.safe_load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"))["components"]["schemas"]
REQUIRED: dict[str, list[str]] = {name: schema.get("required", []) for name, schema in _SCHEMAS.items()}
"""By schema, the properties without which an answer is against the contract."""
