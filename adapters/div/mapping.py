"""Between the vehicle register's words (contracts/div/openapi.yaml) and ours (formats.md §4).

What of the contract is seen and what is assumed: contracts/div/SOURCE.md. Nothing here opens a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from lxml import etree

from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.days import day_of, midnight
from adapters._lib.rows import (
    Column,
    at,
    coded,
    decimal,
    filled,
    flag,
    many,
    many_coded,
    text,
    texts,
    whole,
)
from adapters._lib.signed import Exchange
from adapters._lib.subjects import shown_by
from adapters._lib.tree import as_json
from fidus.asked import COUNTRY
from fidus.errors import SourceError, SourceFault, SourceUnavailable
from fidus.model import Absent, Answer, Found, Query, Subject, SubjectRole, SubjectType, Why

PAGE: Final = 100  # items a page, the most that the register gives
MOST: Final = 1_000  # registrations or changes of one answer

ROOT: Final = "/v1/mobility"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service is asked: operation of the contract, path below ROOT, and what a question in pages
    says beside its key (None: it comes in one)."""

    operation: str
    path: str
    more: Mapping[str, str] | None = None


PLACES: Final[Mapping[str, Place]] = {
    "div/vehicle": Place("registrations", "registrations"),
    "div/emission-norm": Place("registrations", "registrations"),
    "div/holder": Place("registrationsTitular", "registrationsTitular"),
    "div/vehicles-of": Place("registrationsHistory", "registrationsHistory", {"current": "true"}),
    "div/history": Place("registrationsHistory", "registrationsHistory", {}),
    "div/movements": Place("movements", "movementIndicators/transactions", {}),
}

Parts: TypeAlias = tuple[dict[str, Any], tuple[Subject, ...]]  # of an answer: fields and subjects

_SIMPLE: Final = (
    Column("plate", "license.plateNr", text),
    Column("plateType", "license.plateType.code", coded("plateType")),
    Column("since", "license.startSituationDate", text),
    Column("until", "license.endSituationDate", text),
    Column("status", "license.status", coded("registrationStatus")),
)
_IDENTITY: Final = (
    Column("vin", "vehicle.vin", text),
    Column("unifier", "vehicle.unifier", text),
    Column("category", "vehicle.category", coded("category")),
    Column("make", "vehicle.makeName", text),
    Column("model", "vehicle.commercialName", text),
)
_VEHICLE: Final = (
    # Both say what the body is, by the same codes (assumed); the list, where there is one, says more.
    Column("kinds", "vehicle.kind", lambda value, codes: many_coded("kind")([value], codes)),
    Column("kinds", "vehicle.codeForBodyWork", many_coded("kind")),
    Column("colours", "vehicle.colour", many_coded("colour")),
    Column("firstRegistrationDate", "vehicle.firstRegistrationDate", text),
    Column("inspectionValidUntil", "vehicle.techControlValidityDate", text),
)
_EMISSION: Final = (
    Column("fuel", "code", coded("fuel")),
    Column("euroNorm", "euroNormCode", text),
    # Of a plug-in hybrid the weighted value counts, so it takes the place of the other. The two test cycles
    # cannot be compared, so neither stands for the other.
    Column("co2Nedc", "combinedCO2", decimal),
    Column("co2Nedc", "weightedCombinedCO2", decimal),
    Column("co2Wltp", "WLTPCombinedCO2", decimal),
    Column("co2Wltp", "WLTPWeightedCombinedCO2", decimal),
)
_FUEL: Final = (*_EMISSION, Column("power", "maximumNetPower", decimal))
_TECHNICAL: Final = (
    Column("seats", "nrOfSeatingPositions", whole),
    Column("axles", "numberOfAxles", whole),
    Column("massInRunningOrder", "massOfTheVehicleInRunningOrder", whole),
    Column("maximumMass", "technicPermissibleMaxMass", whole),
    Column("length", "sizeLength", whole),
    Column("width", "sizeWidth", whole),
    Column("height", "sizeHeight", whole),
    Column(
        "engines",
        "engine",
        many(
            (
                Column("capacity", "engineCapacity", whole),
                Column("electric", "electricEngineIndicator", flag),
                Column("fuels", "fuel", many(_FUEL)),
            )
        ),
    ),
)
_PERSON: Final = (
    Column("ssin", "nationalNr", text),
    Column("name.familyName", "lastName", text),
    Column("name.givenNames", "firstName", texts),
)
_ENTERPRISE: Final = (
    Column("enterpriseNumber", "companyNr", text),
    Column("denomination", "organisationName", text),
)
_ADDRESS: Final = (
    Column("houseNumber", "houseNumber", text),
    Column("box", "box", text),
    Column("postalCode", "postalCode", text),
    Column("nisCode", "cityNisCode", text),
)


_MOVEMENTS: Final = (
    Column("plate", "plateNr", text),
    Column("vin", "vin", text),
    Column("unifier", "unifier", text),
    Column("movement", "typeCode", coded("movement")),
    Column("moment", "dateTime", text),
)
SLUG: Final = "div"
_SERVICE: Final = "http://fsb.belgium.be/vehicleRegistrationAndTechnicalDataService"
_MESSAGES: Final = f"{_SERVICE}/messages/v1_00"
SOAP_PATH: Final = "/VehicleRegistrationAndTechnicalDataService/v1_00"
EXCHANGE: Final = Exchange(
    f"{_SERVICE}/v1_00/getVehicleRegistration", f"{{{_MESSAGES}}}getVehicleRegistrationResponse"
)
# What the older service's status codes mean: None is found. One that is not here is a fault.
STATUS: Final[Mapping[str, Why | type[SourceError] | None]] = {
    "00000": None,
    "10001": Why.UNKNOWN_SUBJECT,
    "10002": Why.NOTHING_IN_PERIOD,
    "20001": SourceFault,
    "30001": SourceUnavailable,
}
# Our names of what may be asked for -> theirs, and where an answer repeats it.
_KEYS: Final[Mapping[str, tuple[str, str]]] = {
    "plate": ("plateNr", "license.plateNr"),
    "vin": ("vin", "vehicle.vin"),
    "unifier": ("unifier", "vehicle.unifier"),
    "ssin": ("INSZ", "titular.person.nationalNr"),
    "enterpriseNumber": ("KBO", "titular.organisation.companyNr"),
}


def target(query: Query, after: str | None = None) -> str:
    """Path and parameters by which the register finds what is asked. `after`: where a further page begins."""
    place = PLACES[query.service]
    names = {own: theirs for own, (theirs, _) in _KEYS.items()} | {"referenceDate": "referenceDate"}
    asked = [(name, query.values[own]) for own, name in names.items() if own in query.values]
    pages = [] if place.more is None else [*place.more.items(), ("pageSize", str(PAGE))]
    cursor = [] if after is None else [("after", after)]
    return f"{ROOT}/{place.path}?{urlencode(asked + _moments(query) + pages + cursor)}"


def _moments(query: Query) -> list[tuple[str, str]]:
    """From the first moment of a period's first day in Brussels to before the first of the day after it."""
    if _name(query) != "movements":
        return []  # a period of registrations is one in which they stood, not in which they were written
    period = query.values["period"]
    told = [("dateTimeFrom", midnight(date.fromisoformat(period["startDate"])))]
    if "endDate" in period:
        after = date.fromisoformat(period["endDate"]) + timedelta(days=1)
        told.append(("dateTimeTo", midnight(after)))
    return told


def read(items: Sequence[Any], query: Query, codes: Codes, synthetic: bool, today: date) -> Answer:
    """The answer that these items of the register make. Raises NotAsAgreed."""
    name = _name(query)
    if name == "movements":
        return _movements(items, query, codes, today)
    one_or_many = _one if name in _ONE else _many
    return one_or_many(items, query, codes, synthetic, today)


def write_soap(query: Query, customer: str) -> bytes:
    """The question about a holder for the older service. `customer`: our enterprise number."""
    root = etree.Element(f"{{{_MESSAGES}}}getVehicleRegistrationRequest", nsmap={"mes": _MESSAGES})
    parts = {"userContext": {"enterpriseNumber": customer, "language": "fr"}, "criteria": _criteria(query)}
    for name, members in parts.items():
        part = etree.SubElement(root, name)
        for member, value in members.items():
            etree.SubElement(part, member).text = value
    return etree.tostring(root)


def _criteria(query: Query) -> dict[str, str]:
    names = {"plate": "plateNumber", "vin": "vin", "unifier": "unifier", "referenceDate": "referenceDate"}
    return {theirs: query.values[own] for own, theirs in names.items() if own in query.values}


def read_soap(response: etree._Element, query: Query, codes: Codes, synthetic: bool, today: date) -> Answer:
    """The answer that the older service's message makes. Raises NotAsAgreed, SourceError."""
    told = as_json(response, {"lastName", "firstName"})
    meaning = STATUS.get(told["status"]["code"], SourceFault)
    items = [told["registration"]] if "registration" in told else []
    if told["criteria"] != _criteria(query) or bool(items) is not (meaning is None):
        raise NotAsAgreed("the answer is not about what was asked, or its status says something else")
    if isinstance(meaning, Why):
        return Absent(meaning, today)
    if meaning is not None:
        raise meaning(SLUG, "it says so in its status")
    return read(items, query, codes, synthetic, today)


def _one(items: Sequence[Any], query: Query, codes: Codes, synthetic: bool, today: date) -> Answer:
    """The registration of one vehicle. Raises NotAsAgreed: several, another's, or not as it must be."""
    if not items:
        return Absent(Why.UNKNOWN_SUBJECT, today)
    if len(items) > 1:
        raise NotAsAgreed("the answer has several registrations of one vehicle at one time")
    _check_about(items, query)
    fields, subjects = _ONE[_name(query)](items[0], codes, synthetic)
    return Found(fields, today, (*_further(items[0], query), *subjects))


def _many(items: Sequence[Any], query: Query, codes: Codes, synthetic: bool, today: date) -> Answer:
    """Several registrations, newest first. Raises NotAsAgreed where one is another's."""
    _check_about(items, query)
    held = [one for one in items if _held(one, query.values.get("period") or {})]
    if not held:
        nothing = items or _name(query) == "vehicles-of"
        return Absent(Why.NOTHING_IN_PERIOD if nothing else Why.UNKNOWN_SUBJECT, today)
    held.sort(key=lambda one: str(one["license"]["startSituationDate"]), reverse=True)
    fields, subjects = _MANY[_name(query)](held, codes, synthetic)
    known = {subject.id for subject in query.subjects}
    return Found(fields, today, tuple(one for one in subjects if one.id is None or one.id not in known))


def _movements(items: Sequence[Any], query: Query, codes: Codes, today: date) -> Answer:
    """Keys of what changed, in the register's order. Raises NotAsAgreed for a change outside the period."""
    if not items:
        return Absent(Why.NOTHING_IN_PERIOD, today)
    period = query.values["period"]
    for item in items:
        day = day_of(item["dateTime"])
        if not period["startDate"] <= day <= period.get("endDate", day):
            raise NotAsAgreed("the answer tells of another time than was asked about")
    listed = [
        _listed(identifier, leaf)
        for item in items
        for identifier, leaf in _identifiers(item["plateNr"], item.get("vin"), "movements")
    ]
    rows = [filled(item, _MOVEMENTS, codes) for item in items]
    return Found({"movements": rows}, today, tuple(dict.fromkeys(listed)))


def _name(query: Query) -> str:
    return query.service.partition("/")[2]


def _held(item: Any, period: Mapping[str, str]) -> bool:
    since, until = item["license"]["startSituationDate"], item["license"].get("endSituationDate")
    ended = until is not None and until < period.get("startDate", "")
    return not ended and since <= period.get("endDate", "9999")


def _check_about(items: Iterable[Any], query: Query) -> None:
    """Every item is about what was asked: plate, vehicle or holder."""
    for item in items:
        for name, (_, path) in _KEYS.items():
            if name in query.values and at(item, path) != query.values[name]:
                raise NotAsAgreed("the answer is not about what was asked")


def _identifiers(plate: str, vin: str | None, place: str) -> Iterator[tuple[str, str]]:
    """A vehicle by each of its names, as a seal spells them, with the leaf that shows it."""
    yield f"plate:{COUNTRY}:{plate}", f"{place}.plate"
    if vin is not None:
        yield f"vin:{vin}", f"{place}.vin"


def _further(item: Any, query: Query) -> Iterator[Subject]:
    """The vehicle asked about, under the name by which it was not asked."""
    known = {subject.id for subject in query.subjects}
    for identifier, _ in _identifiers(item["license"]["plateNr"], item["vehicle"]["vin"], ""):
        if identifier not in known:
            yield Subject(SubjectType.VEHICLE, identifier, SubjectRole.ASKED)


def _listed(identifier: str, leaf: str) -> Subject:
    return Subject(SubjectType.VEHICLE, identifier, SubjectRole.LISTED, frozenset({leaf}))


def _vehicle(item: Any, codes: Codes, _synthetic: bool) -> Parts:
    registration = filled(item, _SIMPLE, codes)
    certificates = item.get("certificates", [])
    if certificates:
        registration["certificate"] = max(certificates, key=lambda one: one["beginDate"])["id"]
    fields = {
        "registration": registration,
        "vehicle": filled(item, (*_IDENTITY, *_VEHICLE), codes),
        "technical": filled(item["vehicle"], _TECHNICAL, codes),
    }
    return fields, ()


def _emission(item: Any, codes: Codes, _synthetic: bool) -> Parts:
    fuels = [fuel for engine in item["vehicle"].get("engine", []) for fuel in engine.get("fuel", [])]
    columns = (
        Column("category", "category", coded("category")),
        Column("firstRegistrationDate", "firstRegistrationDate", text),
        Column("exhaustDirective", "exhaustDirectiveRefCode", text),
    )
    emission = filled(item["vehicle"], columns, codes)
    told = [row for fuel in fuels if (row := filled(fuel, _EMISSION, codes))]
    return {"emission": emission | ({"fuels": told} if told else {})}, ()


def _holder(item: Any, codes: Codes, synthetic: bool) -> Parts:
    if "titular" not in item:
        raise NotAsAgreed("the answer does not say who holds the registration")
    fields = {"registration": filled(item, _SIMPLE, codes), "holder": _who(item, codes)}
    subjects = [shown_by(fields["holder"], "holder", synthetic)]
    if "driver" in item:
        fields["driver"] = filled(item["driver"]["person"], _PERSON, codes)
        subjects.append(shown_by(fields["driver"], "driver", synthetic))
    return fields, tuple(subjects)


def _vehicles(items: Sequence[Any], codes: Codes, _synthetic: bool) -> Parts:
    rows = [filled(item, (*_SIMPLE, *_IDENTITY), codes) for item in items]
    subjects = [one for item in items for one in _shown(item, "vehicles")]
    return {"vehicles": rows}, tuple(dict.fromkeys(subjects))


def _history(items: Sequence[Any], codes: Codes, synthetic: bool) -> Parts:
    rows: list[dict[str, Any]] = []
    subjects: list[Subject] = []
    for item in items:
        row = filled(item, (*_SIMPLE, *_IDENTITY[:2]), codes)
        if "titular" in item:
            row["holder"] = _who(item, codes, with_address=False)
            subjects.append(shown_by(row["holder"], "registrations.holder", synthetic))
        rows.append(row)
        subjects += _shown(item, "registrations")
    return {"registrations": rows}, tuple(dict.fromkeys(subjects))


_ONE: Final[Mapping[str, Callable[[Any, Codes, bool], Parts]]] = {
    "vehicle": _vehicle,
    "holder": _holder,
    "emission-norm": _emission,
}
_MANY: Final[Mapping[str, Callable[[Sequence[Any], Codes, bool], Parts]]] = {
    "vehicles-of": _vehicles,
    "history": _history,
}


def _who(item: Any, codes: Codes, *, with_address: bool = True) -> dict[str, Any]:
    titular = item["titular"]
    who = {"holderKind": codes.value("holderKind", titular["type"])}
    who |= filled(titular.get("person"), _PERSON, codes) | filled(
        titular.get("organisation"), _ENTERPRISE, codes
    )
    address = at(titular, "contactInfo.address") or titular.get("registrationAddress")
    if with_address and address:
        who["address"] = _address(address, item["license"].get("languageCode", "fr"), codes)
    return who


def _address(address: Any, language: str, codes: Codes) -> dict[str, Any]:
    """Names of streets and towns come in the language of the registration alone."""
    named = {"street": address.get("streetName"), "municipality": address.get("cityName")}
    texts_ = {name: {language: value.strip()} for name, value in named.items() if value and value.strip()}
    return filled(address, _ADDRESS, codes) | texts_


def _shown(item: Any, place: str) -> Iterator[Subject]:
    """The vehicle by each of its names that a handed-over leaf shows."""
    for identifier, leaf in _identifiers(item["license"]["plateNr"], item["vehicle"]["vin"], place):
        yield Subject(SubjectType.VEHICLE, identifier, SubjectRole.DISCLOSED, frozenset({leaf}))
