"""The REST family: candidates for an address, best first, and the address nearest to a point.

The search is fuzzy and always gives something; what of the question was found is said by `qualificationCode`,
part by part, `1` where it was. A street is looked for in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

from mocks.buildings import Building, Town
from mocks.places import Street, municipalities
from mocks.urbis.words import Wanted, likeness, number_of, plain, wanted

MOST = 10  # candidates of one answer
NEAR_M = 500.0  # farther away there is no address of this place
VERSION = "2.0.2"
_LIKE_BEST = 0.75  # of the best street's likeness, to be a candidate too
_STREET, _NUMBER, _PLACE = 70.0, 20.0, 10.0  # of the score


@dataclass(frozen=True, slots=True)
class _Candidate:
    building: Building
    language: str
    score: float
    found: Mapping[str, bool]


class Localize:
    """Answers from a town, by the contract's operations."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._by_street: dict[Street, list[Building]] = {}
        for building in town.buildings:
            self._by_street.setdefault(building.street, []).append(building)

    def find(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Candidates for a text."""
        return _answer(self._candidates(wanted(values["address"]), values["language"]))

    def validate(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Candidates for an address in fields."""
        asked = values["json"]
        street = asked["address"]["street"]
        looked_for = Wanted(
            plain(street["name"]),
            number_of(asked["address"]["number"]),
            street.get("postcode", ""),
            plain(street.get("municipality", "")),
        )
        return _answer(self._candidates(looked_for, asked["language"]))

    def reverse(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The nearest address; no `result` where none is near."""
        asked = values["json"]
        x, y = asked["point"]["x"], asked["point"]["y"]
        nearest = min(self._town.buildings, key=lambda one: hypot(one.x - x, one.y - y))
        if hypot(nearest.x - x, nearest.y - y) > NEAR_M:
            return {"error": False, "status": "success", "version": VERSION}
        return _nearest(nearest, asked["language"])

    def strange(self, operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the operation answers about another place than was asked."""
        if operation == "reverse":
            point = values["json"]["point"]
            far = max(self._town.buildings, key=lambda one: hypot(one.x - point["x"], one.y - point["y"]))
            return _nearest(far, values["json"]["language"])
        looked_for = wanted(values["address"]) if operation == "findAddresses" else None
        number = looked_for.number if looked_for else number_of(values["json"]["address"]["number"])
        other = next(one for one in self._town.buildings if one.house_number not in (number, ""))
        told = dict.fromkeys(("policeNumber", "postCode", "municipality", "streetName"), True)
        return _answer([_Candidate(other, "fr", 100.0, told)])

    def _candidates(self, asked: Wanted, language: str) -> Sequence[_Candidate]:
        alike = [(street, *_best_name(street, asked.street, language)) for street in self._by_street]
        least = max(like for _, _, like in alike) * _LIKE_BEST
        found = [
            self._candidate(asked, street, shown, like) for street, shown, like in alike if like >= least
        ]
        found.sort(key=lambda one: (-one.score, one.building.id))
        return found[:MOST]

    def _candidate(self, asked: Wanted, street: Street, language: str, like: float) -> _Candidate:
        building, same = self._at(street, asked.number)
        town = municipalities()[street.nis]
        postal = asked.postal_code == street.postal_code
        place = asked.municipality in (plain(town.fr), plain(town.nl))
        agree = (postal or not asked.postal_code) and (place or not asked.municipality)
        score = like * _STREET + same * _NUMBER + agree * _PLACE
        found = {"policeNumber": same, "postCode": postal, "municipality": place, "streetName": like == 1.0}
        return _Candidate(building, language, round(score, 2), found)

    def _at(self, street: Street, number: str) -> tuple[Building, bool]:
        """What stands at the number, or else the nearest number of the street."""
        here = self._by_street[street]
        for one in here:
            if number and number_of(one.house_number) == number:
                return one, True
        return min(here, key=lambda one: abs(_value(one.house_number) - _value(number))), False


def _best_name(street: Street, asked: str, language: str) -> tuple[str, float]:
    """In which language to show the street (that asked for, else the one more alike), and how alike it is."""
    by_language = {one: likeness(plain(street.names.label(one)), asked) for one in ("fr", "nl")}
    best = max(by_language, key=lambda one: by_language[one])
    return language or best, by_language[best]


def _value(number: str) -> int:
    digits = ""
    for character in number:
        if not character.isdigit():
            break
        digits += character
    return int(digits or "0")


def _answer(candidates: Sequence[_Candidate]) -> dict[str, Any]:
    result = [_written(one) for one in candidates]
    return {"result": result, "error": False, "status": "success", "version": VERSION}


def _written(one: _Candidate) -> dict[str, Any]:
    x, y = one.building.x, one.building.y
    return {
        "language": one.language,
        "address": _address(one.building, one.language),
        "adNc": one.building.address_key,
        "score": one.score,
        "point": {"x": x, "y": y},
        "extent": {"xmin": x - 10, "ymin": y - 10, "xmax": x + 10, "ymax": y + 10},
        "qualificationText": dict(_qualified(one.found, "Found", "Not found")),
        "qualificationCode": dict(_qualified(one.found, "1", "0")),
    }


def _qualified(found: Mapping[str, bool], yes: str, no: str) -> Iterator[tuple[str, str]]:
    for part, is_found in found.items():
        yield part, yes if is_found else no


def _nearest(building: Building, language: str) -> dict[str, Any]:
    result = {
        "address": _address(building, language),
        "adNc": building.address_key,
        "addresspointid": f"9{building.id}",
        "point": {"x": building.x, "y": building.y},
    }
    return {"result": result, "error": False, "status": "success", "version": VERSION}


def _address(building: Building, language: str) -> dict[str, Any]:
    street = building.street
    return {
        "street": {
            "name": street.names.label(language),
            "postCode": street.postal_code,
            "municipality": municipalities()[street.nis].label(language),
            "id": street.code,
        },
        "number": building.house_number,
    }
