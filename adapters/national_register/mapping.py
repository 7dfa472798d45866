"""Between the register's words (rn25, RetrieveTIGroups version 2) and ours (formats.md §4).

The contract and its codes: contracts/national-register/SOURCE.md. Nothing here opens a connection.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from fidus.identifiers import Ssin, parse_incomplete_date
from fidus.model import Absent, Answer, Found, Query, Subject, SubjectRole, SubjectType, Why

INTF = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2"
RN25 = "http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema"
HISTORY = "national-register/address-history"
LANGUAGE = "fr"  # of the labels that are asked for; the other official language comes from Places

# IT 001 holds one of these where no municipality keeps the file: gone abroad, deceased, struck off, …
_NO_MUNICIPALITY = frozenset({"992", "99990", "99991", "99992", "99996", "99997"})
_BRUSSELS = ZoneInfo("Europe/Brussels")
_NS = {"rn": RN25}


class NotAsAgreed(ValueError):
    """The answer is against its contract, or not about what was asked. The text is a fixed phrase."""


class NotTreated(ValueError):
    """The register says that it could not treat the question. The text is a fixed phrase."""


@dataclass(frozen=True, slots=True)
class Places:
    """Names of municipalities by NIS code, and of streets by NIS code and street code: language -> name."""

    municipalities: Mapping[str, Mapping[str, str]]
    streets: Mapping[str, Mapping[str, Mapping[str, str]]]

    @classmethod
    def load(cls, folder: Path) -> Places:
        """From the two files of the contract."""
        read = [
            tomllib.loads((folder / name).read_text(encoding="utf-8"))
            for name in ("municipalities.toml", "streets.toml")
        ]
        return cls(municipalities=read[0], streets=read[1])


@dataclass(frozen=True, slots=True)
class _Span:
    """One information type's item, and the days from and until which it holds (incomplete dates)."""

    node: etree._Element = field(repr=False)
    since: str
    until: str | None


def write_question(query: Query, *, customer: str, legal_context: str, ticket: str, now: datetime) -> bytes:
    """The content of the Body. `customer`: our enterprise number; `ticket`: a UUID of ours."""
    history = "true" if query.service == HISTORY else "false"
    return (
        f'<i:retrieveTIGroupsRequest xmlns:i="{INTF}"><informationCustomer><ticket>{escape(ticket)}</ticket>'
        f"<timestampSent>{now.astimezone(UTC).isoformat(timespec='milliseconds')}</timestampSent>"
        f"<customerIdentification><cbeNumber>{escape(customer)}</cbeNumber></customerIdentification>"
        f"</informationCustomer><legalContext>{escape(legal_context)}</legalContext><searchInformation>"
        f"<ssin>{escape(query.values['ssin'])}</ssin><language>{LANGUAGE}</language>"
        f"<history>{history}</history></searchInformation></i:retrieveTIGroupsRequest>"
    ).encode()


def read_answer(response: etree._Element, query: Query, places: Places, *, synthetic: bool) -> Answer:
    """What a valid retrieveTIGroupsResponse (checked against the schema) says about the query's subject.

    1. It is about the number asked, in the language asked.
    2. The status says unknown, replaced, no longer given; or a file follows.
    3. The file is that of the number asked, or of the one that replaced it.
    4. An address that may not be communicated is withheld: the register leaves that to its readers.
    5. The address of today; or all in the period, newest first.

    Raises NotAsAgreed and NotTreated.
    """
    asked = query.values["ssin"]
    language = response.findtext("searchInformation/language", LANGUAGE)
    if response.findtext("searchInformation/ssin") != asked or language != LANGUAGE:  # (1)
        raise NotAsAgreed("the answer is not about what was asked")
    as_of = _day_of_reply(response)
    file = response.find("rrn_it_implicit")
    if response.findtext("status/value") != "DATA_FOUND":  # (2)
        return _without_file(response, as_of, synthetic)
    if file is None:
        raise NotAsAgreed("the answer announces a file and has none")
    number = file.findtext("rn:NationalNumber/rn:NationalNumber/rn:NationalNumber", "", _NS)
    if number != asked:  # (3)
        formers = file.iterfind("rn:FileReferences/rn:FileReference/rn:NationalNumber/rn:NationalNumber", _NS)
        if asked not in [former.text for former in formers]:
            raise NotAsAgreed("the answer is not about what was asked")
        return Absent(Why.REPLACED, as_of, _replacement(number, synthetic))
    history = query.service == HISTORY
    if _is_withheld(file, as_of.isoformat()):  # (4)
        return Found({}, as_of, withheld=frozenset({"addresses" if history else "address"}))
    if history:  # (5)
        return _over_time(file, query.values.get("period") or {}, places, as_of)
    return _of_today(file, places, as_of)


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


def _day_of_reply(response: etree._Element) -> date:
    text = response.findtext("informationCBSS/timestampReply", "")
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotAsAgreed("the answer does not say when it was given") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=_BRUSSELS)).astimezone(_BRUSSELS).date()


def _is_withheld(file: etree._Element, today: str) -> bool:
    """IT 252, in force unless it is certain that it is not: an unknown day counts for silence."""
    node = file.find("rn:NotCommunicable", _NS)
    if node is None:
        return False
    start, end, deleted = (
        _date(node.find(f"rn:{name}", _NS)) for name in ("StartDate", "EndDate", "DelDate")
    )
    starts_later = start is not None and start > today
    is_over = end is not None and _latest(end) < today
    is_deleted = deleted is not None and _latest(deleted) <= today
    return not (starts_later or is_over or is_deleted)


def _of_today(file: etree._Element, places: Places, as_of: date) -> Answer:
    """Whoever left, died or was struck off has no address today."""
    residence = _residence(file)
    stays = [stay for stay in _stays(file) if stay.until is None]
    if not stays or residence is None or _code(residence) in _NO_MUNICIPALITY:
        return Absent(Why.NOTHING_IN_PERIOD, as_of)
    if len(stays) > 1:
        raise NotAsAgreed("the file has more than one address of today")
    address = _address(stays[0], residence, places)
    return Found({"address": address}, as_of, (_subject(address, "address"),))


def _over_time(file: etree._Element, period: Mapping[str, str], places: Places, as_of: date) -> Answer:
    """Every address that held on a day of the period (both ends included), newest first."""
    first, last = period.get("startDate", "0000"), period.get("endDate", "9999")
    stays = [
        stay
        for stay in _stays(file)
        if stay.since <= last and (stay.until is None or _latest(stay.until) > first)
    ]
    if not stays:
        return Absent(Why.NOTHING_IN_PERIOD, as_of)
    stays.sort(key=lambda stay: (stay.since, stay.until or "9999"), reverse=True)
    addresses = [_address(stay, _residence(file, stay), places) for stay in stays]
    subjects = tuple(_subject(address, "addresses") for address in addresses)
    return Found({"addresses": addresses}, as_of, subjects)


def _stays(file: etree._Element) -> Iterator[_Span]:
    return _spans(file, "rn:LegalMainAddresses/rn:LegalMainAddress")


def _residence(file: etree._Element, stay: _Span | None = None) -> etree._Element | None:
    """IT 001: the one of today for today's address (a merger changes it without a move), else the one that
    held when the address began."""
    residences = _spans(file, "rn:FileOwner/rn:Residences")
    if stay is None or stay.until is None:
        held = [one for one in residences if one.until is None]
    else:
        begun, ended = _latest(stay.since), stay.until
        held = [one for one in residences if one.since <= begun and one.since < ended]
    return max(held, key=lambda one: one.since).node if held else None


def _spans(file: etree._Element, path: str) -> Iterator[_Span]:
    for node in file.iterfind(path, _NS):
        since = _date(node.find("rn:Date", _NS))
        if since is None:
            raise NotAsAgreed("an item of the file does not say since when it holds")
        yield _Span(node, since, _date(node.find("rn:DelDate", _NS)))


def _address(stay: _Span, residence: etree._Element | None, places: Places) -> dict[str, Any]:
    nis = "" if residence is None else _code(residence)
    if residence is None or nis in _NO_MUNICIPALITY or not nis:
        raise NotAsAgreed("an address of the file has no municipality")
    code = _text(stay.node, "Address/Street/Code")
    label = _text(stay.node, "Address/Street/Label") or _text(stay.node, "Address/Street/Graphic")
    written = {
        "street": _names(label, places.streets.get(nis, {}).get(code, {})),
        "municipality": _names(_text(residence, "Residence/Label"), places.municipalities.get(nis, {})),
        "houseNumber": _text(stay.node, "Address/HouseNumber"),
        "box": _text(stay.node, "Address/Box"),
        "postalCode": _text(stay.node, "Address/ZipCode"),
        "nisCode": nis,
        "streetCode": code,
        "country": "BE",  # a main address is always in Belgium
        "since": stay.since,
        "until": stay.until,
    }
    if not (written["street"] and written["houseNumber"] and written["postalCode"]):
        raise NotAsAgreed("an address of the file lacks its street, number or postal code")
    return {name: value for name, value in written.items() if value}


def _names(label: str, known: Mapping[str, str]) -> dict[str, str]:
    """The register's own label, and the name in the other language where the code is known."""
    names = {language: known[language] for language in ("fr", "nl", "de") if language in known}
    return names | ({LANGUAGE: label} if label else {})


def _subject(address: Mapping[str, Any], group: str) -> Subject:
    """An address is shown once its house number is; without street code it has no identifier."""
    identifier = None
    if "streetCode" in address:
        parts = (address[name] for name in ("nisCode", "streetCode", "houseNumber"))
        identifier = "/".join([*parts, address.get("box", "")]).upper()
    shown_by = frozenset({f"{group}.houseNumber", f"{group}.box"})
    return Subject(SubjectType.ADDRESS, identifier, SubjectRole.DISCLOSED, shown_by)


def _code(residence: etree._Element) -> str:
    return _text(residence, "Residence/Code")


def _text(node: etree._Element, path: str) -> str:
    steps = "/".join(f"rn:{step}" for step in path.split("/"))
    return node.findtext(steps, "", _NS).strip()


def _date(node: etree._Element | None) -> str | None:
    """`yyyy-mm-dd` with 00 for what is not known; None where not even the year is."""
    if node is None:
        return None
    century, year, month, day = (_text(node, part) for part in ("Century", "Year", "Month", "Day"))
    if not century or not year:
        return None
    try:
        return parse_incomplete_date(f"{century}{year}-{month or '00'}-{day or '00'}")
    except ValueError:
        raise NotAsAgreed("a date of the file does not exist") from None


def _latest(day: str) -> str:
    """The last day that an incomplete date may mean, for comparison as text."""
    return day.replace("-00", "-99")
