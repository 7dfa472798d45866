"""Between the words of UrbIS (contracts/urbis/openapi.yaml) and ours (formats.md §4).

What of the contract is seen and what is assumed: contracts/urbis/SOURCE.md. Nothing here opens a connection.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.rows import Column, decimal, filled, text
from adapters._lib.wfs import MOST as MOST_FEATURES
from fidus.model import Query, Subject, SubjectRole, SubjectType

LOCALIZE: Final = "/localization/Rest/Localize"
WFS: Final = "/geoserver/urbisvector/wfs"
LAMBERT_72: Final = "31370"  # EPSG; elsewhere one client found x and y swapped
ADDRESSES, BUILDINGS, PARCELS = (f"urbisvector:{name}" for name in ("Addresses", "Buildings", "Capa"))
MOST: Final = 10  # addresses or buildings of one answer, each of which costs further questions
NEAR_M: Final = 5_000.0  # nothing farther away is an answer about a point
TRUSTED: Final = "1"  # a qualification code that says: found

RETURNS: Final[Mapping[tuple[bool, str], bool]] = {(False, "success"): True}
"""(error, status) of an answer of the REST family -> whether it is one. Any other says that it failed."""

Properties: TypeAlias = Mapping[str, Any]  # of one feature

_LANGUAGE: Final = "fr"  # of what is told, where one must be named; names are looked for in both (assumed)
_NIS_CODE: Final = re.compile(r"[0-9]{5}")
_ONE: Final = (  # of what all features of one address agree on
    Column("street.fr", "STRNAMEFRE", text),
    Column("street.nl", "STRNAMEDUT", text),
    Column("houseNumber", "POLICENUM", text),
    Column("postalCode", "ZIPCODE", text),
    Column("streetCode", "STREET_ID", text),
)
_BUILDING: Final = (
    Column("buildingId", "BU_ID", text),
    Column("uri", "INSPIRE_ID", text),
    Column("block", "BLOCK_ID", text),
    Column("area", "AREA", decimal),
    Column("height", "HEIGHT", decimal),
    Column("versionDate", "VERSIONDATE", text),
)
_PARCEL: Final = (Column("parcelKey", "CAPAKEY", text), Column("area", "AREA", decimal))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address of the REST family. `key` leads to its features."""

    key: str
    street: str
    language: str
    number: str
    postal_code: str
    municipality: str
    street_code: str
    x: float
    y: float


def is_answer(answer: Any) -> bool:
    """Whether an answer of the REST family is one; else it says that it failed."""
    return RETURNS.get((answer["error"], answer["status"]), False)


def question(query: Query) -> tuple[str, str]:
    """Operation of the contract and target of the first question to the REST family."""
    values = query.values
    if "addressText" in values:
        asked = {"language": "", "address": values["addressText"], "spatialReference": LAMBERT_72}
        return "findAddresses", f"{LOCALIZE}/getaddresses?{urlencode(asked)}"
    if "x" in values:
        point = {"x": values["x"], "y": values["y"]}
        told: dict[str, Any] = {"language": _LANGUAGE, "point": point, "SRS_In": LAMBERT_72}
        return "reverse", f"{LOCALIZE}/getaddressfromxy?{_json(told)}"
    street = {"name": values["street"], "postcode": values["postalCode"]}
    told = {
        "language": _LANGUAGE,
        "address": {"number": values["houseNumber"], "street": street},
        "spatialReference": LAMBERT_72,
    }
    return "validateAddress", f"{LOCALIZE}/getaddressesfields?{_json(told)}"


def _json(value: Any) -> str:
    return urlencode({"json": json.dumps(value, ensure_ascii=False, separators=(",", ":"))})


def trusted(answer: Mapping[str, Any], query: Query) -> list[Candidate]:
    """Candidates that are what was asked for, in the source's order: the search always gives something.

    Trusted: street's name and police number were found, and the postal code, where one was asked, is that
    one. Raises NotAsAgreed for one that is said to be found and has another number than was asked for.
    """
    found = []
    for one in answer["result"]:
        codes = one["qualificationCode"]
        if (codes.get("streetName"), codes.get("policeNumber")) != (TRUSTED, TRUSTED):
            continue
        candidate = _candidate(one, one.get("language", _LANGUAGE))
        if not _asks_for(query, candidate.number):
            raise NotAsAgreed("the answer is not about what was asked")
        if query.values.get("postalCode", candidate.postal_code) == candidate.postal_code:
            found.append(candidate)
    return list({one.key: one for one in found}.values())


def nearest(answer: Mapping[str, Any], query: Query) -> tuple[Candidate, float] | None:
    """The address nearest to the point that was asked, and how far away it is, in metres; None where there is
    none. Raises NotAsAgreed where it is not near at all."""
    if "result" not in answer:
        return None
    candidate = _candidate(answer["result"], _LANGUAGE)
    distance = hypot(candidate.x - query.values["x"], candidate.y - query.values["y"])
    if distance > NEAR_M:
        raise NotAsAgreed("the answer is not about what was asked")
    return candidate, round(distance, 2)


def _candidate(one: Mapping[str, Any], language: str) -> Candidate:
    street, point = one["address"]["street"], one["point"]
    return Candidate(
        key=one["adNc"],
        street=street["name"].strip(),
        language=language if language in ("fr", "nl") else _LANGUAGE,
        number=one["address"]["number"].strip(),
        postal_code=street["postCode"].strip(),
        municipality=street["municipality"].strip(),
        street_code=street.get("id", "").strip(),
        x=float(point["x"]),
        y=float(point["y"]),
    )


def _asks_for(query: Query, number: str) -> bool:
    """Whether a question asks for this house number: itself, or one end of it where it is a range."""
    asked = _spelled(query.values.get("houseNumber") or query.values["addressText"])
    whole = "houseNumber" in query.values
    for one in {number, *number.split("-")}:
        parts = re.findall(r"[0-9]+|[^0-9\s]+", _spelled(one))
        if not parts:
            continue
        pattern = r"\s*".join(map(re.escape, parts))
        if whole and re.fullmatch(rf"\s*{pattern}\s*", asked):
            return True
        if not whole and re.search(rf"(?<![0-9]){pattern}(?![0-9A-Z])", asked):
            return True
    return False


def _spelled(number: str) -> str:
    return unicodedata.normalize("NFKC", number).upper()


def check_features(answer: Mapping[str, Any], layer: str, attribute: str, value: str) -> list[Properties]:
    """Properties of all features that match, each of this layer and with the value that was asked for.

    Raises NotAsAgreed.
    """
    features = answer["features"]
    if not answer.get("numberMatched", 0) <= len(features) <= MOST_FEATURES:
        raise NotAsAgreed("the list is longer than is taken")
    kind = f"{layer.partition(':')[2]}."
    if any(one["properties"].get(attribute) != value or not one["id"].startswith(kind) for one in features):
        raise NotAsAgreed("the answer is not about what was asked")
    return [one["properties"] for one in features]


def one_address(features: Sequence[Properties], candidate: Candidate | None, towns: Codes) -> dict[str, Any]:
    """An address by its features: the house number and its boxes. Without any, as the search told it.

    Raises NotAsAgreed where its features are of several addresses.
    """
    if not features:
        assert candidate is not None, "what was found by features has one"
        return _as_told(candidate)
    rows = [filled(one, _ONE, towns) for one in features]
    nis_codes = {one["STATNISCODE"].strip()[:5] for one in features}
    if any(row != rows[0] for row in rows) or len(nis_codes) > 1:
        raise NotAsAgreed("the features of one address differ")
    (nis_code,) = nis_codes
    if not _NIS_CODE.fullmatch(nis_code):
        raise NotAsAgreed("a code of a municipality in the answer is none")
    made = {**rows[0], "nisCode": nis_code}
    municipality = _municipality(nis_code, candidate, towns)
    made |= {"municipality": municipality} if municipality else {}
    for name, attribute in (("boxes", "BOXNUMBER"), ("buildingIds", "BU_ID"), ("parcelKeys", "CAPAKEY")):
        made |= {name: values} if (values := _each(features, attribute)) else {}
    point = next(
        ({"x": one["XL72"], "y": one["YL72"]} for one in features if {"XL72", "YL72"} <= one.keys()), {}
    )
    if candidate is not None:
        point = point or {"x": candidate.x, "y": candidate.y}
        made |= (
            {"streetCode": candidate.street_code}
            if "streetCode" not in made and candidate.street_code
            else {}
        )
    return made | ({"point": {axis: float(value) for axis, value in point.items()}} if point else {})


def _as_told(candidate: Candidate) -> dict[str, Any]:
    told = {
        "street": {candidate.language: candidate.street},
        "municipality": {candidate.language: candidate.municipality},
        "houseNumber": candidate.number,
        "postalCode": candidate.postal_code,
        "streetCode": candidate.street_code,
        "point": {"x": candidate.x, "y": candidate.y},
    }
    return {name: value for name, value in told.items() if value not in ("", {candidate.language: ""})}


def _municipality(nis_code: str, candidate: Candidate | None, towns: Codes) -> dict[str, str]:
    """Its names; of one that is not known here, what the search told."""
    known = towns.tables["municipality"].get(nis_code)
    if known is not None:
        return dict(known)
    towns.unknown("municipality")
    told = candidate.municipality if candidate is not None else ""
    return {candidate.language: told} if candidate is not None and told else {}


def _each(features: Iterable[Properties], attribute: str) -> list[str]:
    return sorted({value for one in features if (value := one.get(attribute, "").strip())})


def by_address(features: Iterable[Properties]) -> Iterator[list[Properties]]:
    """Features of several addresses, apart by what an address is."""
    found: dict[tuple[str, ...], list[Properties]] = {}
    for one in features:
        place = (one["STATNISCODE"][:5], one.get("STREET_ID", ""), one["STRNAMEFRE"], one["POLICENUM"])
        found.setdefault((*place, one["ZIPCODE"]), []).append(one)
    yield from found.values()


def filled_building(properties: Properties, codes: Codes) -> dict[str, Any]:
    """A building by its feature, without its parcel and addresses."""
    return filled(properties, _BUILDING, codes)


def filled_parcel(properties: Properties, codes: Codes) -> dict[str, Any]:
    """A parcel by its feature."""
    return filled(properties, _PARCEL, codes)


def subject(address: Mapping[str, Any], role: SubjectRole, *leaves: str) -> Subject:
    """An address as a seal names it (formats.md §2); without a number where a part of that is not known."""
    parts = [str(address.get(name, "")) for name in ("nisCode", "streetCode", "houseNumber")]
    known = all(parts) and not any("/" in part for part in parts)
    identifier = "/".join((*parts, "")).upper() if known else None
    return Subject(SubjectType.ADDRESS, identifier, role, frozenset(leaves))


def each_once(subjects: Iterable[Subject], known: Iterable[Subject] = ()) -> list[Subject]:
    """Subjects with a number once each, without those that are known already; all without one."""
    seen = {one.id for one in known}
    found = []
    for one in subjects:
        if one.id is None or one.id not in seen:
            found.append(one)
            seen.add(one.id)
    return found
