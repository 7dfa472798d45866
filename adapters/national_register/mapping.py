"""Between the register's words (rn25, RetrieveTIGroups version 2) and ours (formats.md §4).

The contract and its codes: contracts/national-register/SOURCE.md; where each element goes, or why it is left
out: contracts/national-register/elements/. Nothing here opens a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from html import escape
from typing import Any

from lxml import etree

from adapters._lib.codes import NotAsAgreed
from adapters._lib.consultrn import RELATED, SEARCH
from adapters._lib.operation import Asking, NotTreated, Operation
from adapters._lib.rn25 import (
    LANGUAGE,
    RN25,
    Column,
    Places,
    Span,
    Tables,
    bare,
    coded,
    day,
    day_of_moment,
    filled,
    find,
    latest,
    many,
    municipality,
    name,
    names,
    of_today,
    one,
    only,
    place_abroad,
    spans,
    ssin,
    text_at,
    texts,
)
from fidus.identifiers import Ssin
from fidus.model import Absent, Answer, Found, Query, Subject, SubjectRole, SubjectType, Why

__all__ = [
    "HISTORY",
    "INTF",
    "OPERATIONS",
    "NotAsAgreed",
    "NotTreated",
    "Operation",
    "read_answer",
    "write_question",
]

INTF = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2"
HISTORY = "national-register/address-history"
_WITH_HISTORY = frozenset({HISTORY, "national-register/civil-status"})

# IT 001 holds one of these where no municipality keeps the file: gone abroad, deceased, struck off, …
_NO_MUNICIPALITY = frozenset({"992", "99990", "99991", "99992", "99996", "99997"})
_REFERENCE = "01"  # the family role of the reference person
_NS = {"rn": RN25}


@dataclass(frozen=True, slots=True)
class _File:
    """The file of the person who was asked about, and what is needed to read it."""

    node: etree._Element = field(repr=False)
    query: Query
    as_of: date
    tables: Tables


def write_question(query: Query, asking: Asking) -> bytes:
    """The content of the Body of a retrieveTIGroupsRequest."""
    history = "true" if query.service in _WITH_HISTORY else "false"
    return (
        f'<i:retrieveTIGroupsRequest xmlns:i="{INTF}"><informationCustomer>'
        f"<ticket>{escape(asking.ticket)}</ticket>"
        f"<timestampSent>{asking.now.astimezone(UTC).isoformat(timespec='milliseconds')}</timestampSent>"
        f"<customerIdentification><cbeNumber>{escape(asking.customer)}</cbeNumber></customerIdentification>"
        f"</informationCustomer><legalContext>{escape(asking.legal_context)}</legalContext><searchInformation>"
        f"<ssin>{escape(query.values['ssin'])}</ssin><language>{LANGUAGE}</language>"
        f"<history>{history}</history></searchInformation></i:retrieveTIGroupsRequest>"
    ).encode()


def read_answer(response: etree._Element, query: Query, tables: Tables, _: Asking | None = None) -> Answer:
    """What a valid retrieveTIGroupsResponse (checked against the schema) says about the query's subject.

    1. It is about the number asked, in the language asked.
    2. The status says unknown, replaced, no longer given; or a file follows.
    3. The file is that of the number asked, or of the one that replaced it.
    4. The service's reader makes of the file what the service gives.

    Raises NotAsAgreed and NotTreated.
    """
    asked = query.values["ssin"]
    parts = {part.tag: part for part in response}  # the schema has each once
    echoed, filed, status = (
        texts(parts.get(name)) for name in ("searchInformation", "informationCBSS", "status")
    )
    if echoed.get("ssin") != asked or echoed.get("language", LANGUAGE) != LANGUAGE:  # (1)
        raise NotAsAgreed("the answer is not about what was asked")
    as_of = day_of_moment(filed.get("timestampReply", ""))
    node = parts.get("rrn_it_implicit")
    if status.get("value") != "DATA_FOUND":  # (2)
        return _without_file(response, as_of, tables.synthetic)
    if node is None:
        raise NotAsAgreed("the answer announces a file and has none")
    number = text_at(node, "NationalNumber/NationalNumber/NationalNumber")
    if number != asked:  # (3)
        formers = node.iterfind("rn:FileReferences/rn:FileReference/rn:NationalNumber/rn:NationalNumber", _NS)
        if asked not in [former.text for former in formers]:
            raise NotAsAgreed("the answer is not about what was asked")
        return Absent(Why.REPLACED, as_of, _replacement(number, tables.synthetic))
    return _READERS[query.service](_File(node, query, as_of, tables))  # (4)


def _without_file(response: etree._Element, as_of: date, synthetic: bool) -> Absent:
    """MSG00006: replaced. MSG00005: never given. MSG00009: deceased, no longer given. Else by the value."""
    value, code = response.findtext("status/value"), response.findtext("status/code")
    if code == "MSG00006":
        for information in response.iterfind("status/information"):
            if information.findtext("fieldName") == "newSSIN":
                newer = information.findtext("fieldValue", "")
                return Absent(Why.REPLACED, as_of, _replacement(newer, synthetic))
        raise NotAsAgreed("the number was replaced and the answer does not say by which")
    if code == "MSG00009":
        return Absent(Why.NOTHING_IN_PERIOD, as_of)
    if code == "MSG00005" or value == "NO_DATA_FOUND":
        return Absent(Why.UNKNOWN_SUBJECT, as_of)
    raise NotTreated("the register did not treat the question")


def _replacement(number: str, synthetic: bool) -> Subject:
    try:
        return Subject(SubjectType.PERSON, Ssin.parse(number, synthetic).value, SubjectRole.ASKED)
    except ValueError:
        raise NotAsAgreed("the number that replaced the one asked is not an SSIN") from None


def _is_withheld(file: etree._Element, today: str) -> bool:
    """IT 252, in force unless it is certain that it is not: an unknown day counts for silence."""
    node = find(file, "NotCommunicable")
    if node is None:
        return False
    start, end, deleted = (day(find(node, name)) for name in ("StartDate", "EndDate", "DelDate"))
    starts_later = start is not None and start > today
    is_over = end is not None and latest(end) < today
    is_deleted = deleted is not None and latest(deleted) <= today
    return not (starts_later or is_over or is_deleted)


def _address_of_today(file: _File) -> Answer:
    """Whoever left, died or was struck off has no address today."""
    if _is_withheld(file.node, file.as_of.isoformat()):
        return Found({}, file.as_of, withheld=frozenset({"address"}))
    residence = _residence(file.node)
    stays = [stay for stay in _stays(file.node) if stay.until is None]
    if not stays or residence is None or _code(residence) in _NO_MUNICIPALITY:
        return Absent(Why.NOTHING_IN_PERIOD, file.as_of)
    if len(stays) > 1:
        raise NotAsAgreed("the file has more than one address of today")
    address = _address(stays[0], residence, file.tables.places)
    return Found({"address": address}, file.as_of, (_address_subject(address, "address"),))


def _addresses_over_time(file: _File) -> Answer:
    """Every address that held on a day of the period (both ends included), newest first."""
    if _is_withheld(file.node, file.as_of.isoformat()):
        return Found({}, file.as_of, withheld=frozenset({"addresses"}))
    stays = _newest_first(file, _stays(file.node))
    if not stays:
        return Absent(Why.NOTHING_IN_PERIOD, file.as_of)
    places = file.tables.places
    addresses = [_address(stay, _residence(file.node, stay), places) for stay in stays]
    subjects = tuple(_address_subject(address, "addresses") for address in addresses)
    return Found({"addresses": addresses}, file.as_of, subjects)


def _stays(file: etree._Element) -> Iterator[Span]:
    return spans(file, "LegalMainAddresses/LegalMainAddress")


def _residence(file: etree._Element, stay: Span | None = None) -> etree._Element | None:
    """IT 001: the one of today for today's address (a merger changes it without a move), else the one that
    held when the address began."""
    residences = spans(file, "FileOwner/Residences")
    if stay is None or stay.until is None:
        held = [one for one in residences if one.until is None]
    else:
        begun, ended = latest(stay.since), stay.until
        held = [one for one in residences if one.since <= begun and one.since < ended]
    return max(held, key=lambda one: one.since).node if held else None


def _address(stay: Span, residence: etree._Element | None, places: Places) -> dict[str, Any]:
    nis = "" if residence is None else _code(residence)
    if residence is None or nis in _NO_MUNICIPALITY or not nis:
        raise NotAsAgreed("an address of the file has no municipality")
    place, street = (texts(find(stay.node, path)) for path in ("Address", "Address/Street"))
    code = street.get("Code", "")
    label = street.get("Label") or street.get("Graphic", "")
    written = {
        "street": names(label, places.streets.get(nis, {}).get(code, {})),
        "municipality": names(text_at(residence, "Residence/Label"), places.municipalities.get(nis, {})),
        "houseNumber": place.get("HouseNumber"),
        "box": place.get("Box"),
        "postalCode": place.get("ZipCode"),
        "nisCode": nis,
        "streetCode": code,
        "country": "BE",  # a main address is always in Belgium
        "since": stay.since,
        "until": stay.until,
    }
    if not (written["street"] and written["houseNumber"] and written["postalCode"]):
        raise NotAsAgreed("an address of the file lacks its street, number or postal code")
    return {name: value for name, value in written.items() if value}


def _address_subject(address: Mapping[str, Any], group: str) -> Subject:
    """An address is shown once its house number is; without street code it has no identifier."""
    identifier = None
    if "streetCode" in address:
        parts = (address[name] for name in ("nisCode", "streetCode", "houseNumber"))
        identifier = "/".join([*parts, address.get("box", "")]).upper()
    shown_by = frozenset({f"{group}.houseNumber", f"{group}.box"})
    return Subject(SubjectType.ADDRESS, identifier, SubjectRole.DISCLOSED, shown_by)


def _code(residence: etree._Element) -> str:
    return text_at(residence, "Residence/Code")


def _newest_first(file: _File, items: Iterable[Span]) -> list[Span]:
    """Those that held on a day of the query's period, if it has one (both ends included)."""
    period = file.query.values.get("period") or {}
    first, last = period.get("startDate", "0000"), period.get("endDate", "9999")
    held = [one for one in items if one.since <= last and (one.until is None or latest(one.until) > first)]
    return sorted(held, key=lambda one: (one.since, one.until or "9999"), reverse=True)


_SOMEBODY = (
    Column("ssin", "NationalNumber/NationalNumber", ssin),
    Column("birthDate", "NationalNumber/Date", day),
    Column("sex", "NationalNumber/Sex", bare("sex")),
    Column("name", "Name", name),
)
_SINCE = Column("since", "Date", day)
_STATUS = (Column("status", "CivilState", coded("civilStatus")), _SINCE)
_STATUSES = (
    *_STATUS,
    Column("until", "DelDate", day),
    *(Column(f"spouse.{part.to}", f"Spouse/{part.path}", part.read) for part in _SOMEBODY),
    Column("place", "Lieu/Place1", municipality),
    Column("place", "Lieu/Place2", place_abroad),
)
_DEATH = (
    Column("date", "Date", day),
    Column("place", "Decease/Place1", municipality),
    Column("place", "Decease/Place2", place_abroad),
)
_PERSON = (
    Column("ssin", "NationalNumber/NationalNumber/NationalNumber", ssin),
    Column("name", "Names", only("Name", "Name", name)),
    Column("birth.date", "NationalNumber/NationalNumber/Date", day),
    Column("birth.place", "BirthPlace/Place1", municipality),
    Column("birth.place", "BirthPlace/Place2", place_abroad),
    Column("sex", "NationalNumber/NationalNumber/Sex", bare("sex")),
    Column(
        "nationalities",
        "Nationalities",
        many("Nationality", (Column("nationality", "Nationality", coded("country")), _SINCE)),
    ),
    Column("civilStatus", "CivilStates", one("CivilState", _STATUS)),
    Column("death", "Deceases", one("Decease", _DEATH)),
    Column(
        "register",
        "RegistrationRegisters",
        only("RegistrationRegister", "RegistrationRegister", coded("register")),
    ),
)
_HOUSING = Column("housing", "Housing", coded("housing"))
_ROLE = Column("role", "FamilyRole", coded("familyRole"))
_KINSHIP = (Column("filiation", "FiliationType", coded("filiation")), _SINCE)


def _person(file: _File) -> Answer:
    """Who somebody is; what no longer holds is left out."""
    return Found(filled(file.node, _PERSON, file.tables), file.as_of)


def _household(file: _File) -> Answer:
    """With whom somebody lives. The reference person's file names all others (IT 140); the file of another
    names the reference person only (IT 141), and then the household is not `complete`. Who has an address and
    neither of them lives alone."""
    members = of_today(file.node, "FamilyMembers/FamilyMember")
    heads = of_today(file.node, "HeadOfFamily/HeadOfFamily")
    lives = any(stay.until is None for stay in _stays(file.node))
    if not (members or heads or lives):
        return Absent(Why.NOTHING_IN_PERIOD, file.as_of)
    reference = {"role": file.tables.codes.value("familyRole", _REFERENCE)}
    rows = [filled(one, (*_SOMEBODY, _ROLE, _SINCE), file.tables) for one in members or heads]
    own = reference
    if heads and not members:
        own = {name: value for name, value in rows[0].items() if name == "role"}
        rows = [row | reference for row in rows[:1]]
    known = {"complete": True, "size": 1 + len(rows)} if own is reference else {"complete": False}
    housing = filled((members or heads)[0], (_HOUSING,), file.tables) if rows else {}
    household = {**own, **housing, **known, "members": rows}
    return Found({"household": household}, file.as_of, _shown(rows, "household.members"))


def _filiation(file: _File) -> Answer:
    """Parents (IT 110) and children (IT 114), as far as they are recorded; not all of former times are."""
    parents = [
        filled(item, _KINSHIP, file.tables) | filled(parent, _SOMEBODY, file.tables)
        for item in of_today(file.node, "Filiations/Filiation")
        for parent in (find(item, "Parent1"), find(item, "Parent2"))
        if parent is not None
    ]
    children = [
        filled(item, _KINSHIP, file.tables) | filled(child, _SOMEBODY, file.tables)
        for item in of_today(file.node, "DescendentFiliations/DescendentFiliation")
        if (child := find(item, "Child")) is not None
    ]
    if not (parents or children):
        return Absent(Why.NOTHING_IN_PERIOD, file.as_of)
    fields = {"parents": parents, "children": children}
    subjects = (*_shown(parents, "parents"), *_shown(children, "children"))
    return Found(fields, file.as_of, subjects)


def _civil_statuses(file: _File) -> Answer:
    """Every civil status, newest first, each with the spouse of the time."""
    held = _newest_first(file, spans(file.node, "CivilStates/CivilState"))
    if not held:
        return Absent(Why.NOTHING_IN_PERIOD, file.as_of)
    rows = [filled(one.node, _STATUSES, file.tables) for one in held]
    spouses = [row["spouse"] for row in rows if "spouse" in row]
    return Found({"civilStatuses": rows}, file.as_of, _shown(spouses, "civilStatuses.spouse"))


def _shown(people: Iterable[Mapping[str, Any]], by: str) -> tuple[Subject, ...]:
    """Persons whom the answer shows as soon as anything `by` these leaves is handed over, each once."""
    fields = frozenset({by})
    numbers = [row.get("ssin") for row in people]
    distinct = [number for number in dict.fromkeys(numbers) if number is not None]
    unnumbered = [None] * numbers.count(None)
    return tuple(
        Subject(SubjectType.PERSON, number, SubjectRole.DISCLOSED, fields)
        for number in (*distinct, *unnumbered)
    )


_READERS: Mapping[str, Callable[[_File], Answer]] = {
    "national-register/address": _address_of_today,
    HISTORY: _addresses_over_time,
    "national-register/person": _person,
    "national-register/household": _household,
    "national-register/filiation": _filiation,
    "national-register/civil-status": _civil_statuses,
}


_RETRIEVE = Operation(
    "http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI",
    "RetrieveTIGroupsServiceV2.xsd",
    f"{{{INTF}}}retrieveTIGroupsResponse",
    write_question,
    read_answer,
)
OPERATIONS: Mapping[str, Operation] = dict.fromkeys(_READERS, _RETRIEVE) | {
    "national-register/search": SEARCH,
    "national-register/ssin-history": RELATED,
}
"""By service: each is given by one operation."""
