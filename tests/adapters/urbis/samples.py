"""Answers of UrbIS, written by hand: the street in them does not exist."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

from adapters._lib.codes import Codes
from adapters._lib.contract import RestContract
from fidus.model import Query

FOLDER = Path(__file__).parents[3] / "contracts" / "urbis"
CONTRACT = RestContract("urbis", FOLDER / "openapi.yaml")
TOWNS = tomllib.loads((FOLDER / "municipalities.toml").read_text(encoding="utf-8"))
UNKNOWN: list[str] = []  # tables of codes without meaning
CODES = Codes({"municipality": TOWNS}, UNKNOWN.append)

KEY, BUILDING, PARCEL = "219990123     12", "100777", "21999A0012/00B000"
TEXT = "Rue Inventée 12, 1000 Bruxelles"
FIELDS = {"street": "Rue Inventée", "houseNumber": "12", "postalCode": "1000"}
POINT = {"x": 149_000.0, "y": 170_000}
X, Y = 149_003.5, 170_004.0


def query(service: str, **values: Any) -> Query:
    """A question as the hub makes it."""
    return Query(f"urbis/{service}", values, ())


BY_TEXT = query("address", addressText=TEXT)
BY_FIELDS = query("address", **FIELDS)


def changed(made: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """With members of its parts changed (`a__b`); None takes one away."""
    made = copy.deepcopy(made)
    for place, value in changes.items():
        *outer, last = place.split("__")
        part = made
        for name in outer:
            part = part[name]
        if value is None:
            part.pop(last)
        else:
            part[last] = value
    return made


ADDRESS = {
    "street": {
        "name": "Rue Inventée",
        "postCode": "1000",
        "municipality": "Bruxelles",
        "id": "0123",
    },
    "number": "12",
}
CANDIDATE = {
    "language": "fr",
    "address": ADDRESS,
    "adNc": KEY,
    "score": 100,
    "point": {"x": X, "y": Y},
    "qualificationCode": {"policeNumber": "1", "postCode": "1", "municipality": "1", "streetName": "1"},
}


def candidate(**changes: Any) -> dict[str, Any]:
    return changed(CANDIDATE, changes)


def found(*candidates: Any, **more: Any) -> dict[str, Any]:
    """An answer of the search."""
    made = {"result": list(candidates), "error": False, "status": "success", **more}
    CONTRACT.check("findAddresses", made)
    return made


def nearest(**changes: Any) -> dict[str, Any]:
    """An answer about a point."""
    result = {"address": ADDRESS, "adNc": KEY, "point": {"x": X, "y": Y}}
    made = changed({"result": result, "error": False, "status": "success"}, changes)
    CONTRACT.check("reverse", made)
    return made


OF_ADDRESS = {
    "ADNC": KEY,
    "STRNAMEFRE": "Rue Inventée",
    "STRNAMEDUT": "Verzonnenstraat",
    "POLICENUM": "12",
    "ZIPCODE": "1000",
    "STATNISCODE": "21004A00-",
    "CAPAKEY": PARCEL,
    "XL72": X,
    "YL72": Y,
    "BU_ID": BUILDING,
    "STREET_ID": "0123",
}
OF_BUILDING = {
    "BU_ID": BUILDING,
    "INSPIRE_ID": f"https://databrussels.be/id/building/{BUILDING}",
    "BLOCK_ID": "00100",
    "CAPAKEY": PARCEL,
    "AREA": 120,
    "HEIGHT": 9.5,
    "VERSIONDATE": "2025-11-02",
}
OF_PARCEL = {"CAPAKEY": PARCEL, "AREA": 310}


def address(**changes: Any) -> dict[str, Any]:
    """Properties of a feature of the layer Addresses."""
    return changed(OF_ADDRESS, changes)


def building(**changes: Any) -> dict[str, Any]:
    return changed(OF_BUILDING, changes)


def features(layer: str, *properties: Any, **more: Any) -> dict[str, Any]:
    """A collection of features of a layer."""
    made = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": f"{layer}.{nth}", "properties": one}
            for nth, one in enumerate(properties)
        ],
        **more,
    }
    CONTRACT.check("getFeature", made)
    return made
