"""Between the words of the Crossroads Bank for Enterprises (contracts/cbe) and ours (formats.md §4).

What of the contract is seen and what is assumed: contracts/cbe/SOURCE.md; where each element goes, or why it
is left out: contracts/cbe/elements/. Nothing here opens a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Final

from lxml import etree

from adapters._lib import kbo, kbo_rows
from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.kbo import NS, Words, text
from adapters._lib.operation import Asking, Operation
from fidus.errors import SourceFault, SourceUnavailable
from fidus.model import Absent, Answer, Found, Query, Subject, SubjectRole, SubjectType, Why
from fidus.opendata import OpenData

MES: Final = "http://economie.fgov.be/kbopub/webservices/v1/messages"
ERROR: Final = f"{{{MES}}}Error"
MOST: Final = 100  # enterprises of one search
MOST_CHANGES: Final = 1_000  # of one answer
NATURAL: Final = "1"  # kind of an enterprise that is a person

# What an error of the service means, by its code (SOURCE.md: assumed): an answer, or the cause of an error.
ERRORS: Final[Mapping[str, Why | tuple[type[SourceFault | SourceUnavailable], str]]] = {
    "1": Why.UNKNOWN_SUBJECT,
    "2": (SourceFault, "it takes the number for malformed"),
    "3": Why.TOO_MANY_CANDIDATES,
    "10": (SourceFault, "the account has no calls left: buy some"),
    "11": (SourceFault, "the account is locked: ask the Crossroads Bank why"),
    "12": (SourceFault, "it does not take name and password of the account"),
    "20": (SourceUnavailable, "it says so itself"),
}
OTHER_ERROR: Final = (SourceFault, "it answered with a SOAP fault")

_ENTERPRISE, _PERSON, _ADDRESS = SubjectType.ENTERPRISE, SubjectType.PERSON, SubjectType.ADDRESS
_DISCLOSED: Final = SubjectRole.DISCLOSED


def _write(operation: str, *parts: tuple[str, str]) -> bytes:
    written = "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in parts)
    return (
        f'<m:{operation}Request xmlns:m="{MES}" xmlns:d="{kbo.DAT}">{written}</m:{operation}Request>'.encode()
    )


def _write_enterprise(query: Query, _: Asking) -> bytes:
    return _write("ReadEnterprise", ("d:EnterpriseNumber", query.values["enterpriseNumber"]))


def _write_establishments(query: Query, _: Asking) -> bytes:
    number = ("d:EnterpriseNumber", query.values["enterpriseNumber"])
    return _write("ReadEstablishmentByEnterpriseNumber", number, ("m:TypeOfResult", "long"))


def _write_search(query: Query, _: Asking) -> bytes:
    postal = [("m:Zipcode", query.values["postalCode"])] if "postalCode" in query.values else []
    name = ("m:Name", query.values["name"])
    return _write("ReadEnterpriseByPhoneme", name, *postal, ("m:MaximumResults", str(MOST)))


def _asked(reply: etree._Element, query: Query) -> etree._Element:
    """The enterprise of a reply, which must be the one that was asked about."""
    node = reply.find("m:Enterprise", {"m": MES})
    if node is None or text(node, "d:Number") != query.values["enterpriseNumber"]:
        raise NotAsAgreed("the answer is not about what was asked")
    return node


def _read_enterprise(reply: etree._Element, query: Query, words: Words, _: Asking) -> Answer:
    """Who it is. Raises NotAsAgreed."""
    node = _asked(reply, query)
    fields = {
        "enterprise": _basics(node, words) | kbo.period(node, "Period"),
        "legal": _legal(node, words),
        "denominations": kbo.denominations(node, words),
        "addresses": [kbo.address(one, words) for one in node.iterfind("d:Address", NS)],
        "activities": kbo.activities(node, words),
    }
    return Found(_told(fields), words.today, tuple(enterprise_subjects(fields)))


def _basics(node: etree._Element, words: Words) -> dict[str, Any]:
    return {
        "enterpriseNumber": kbo.enterprise_number(text(node, "d:Number")),
        "enterpriseKind": _coded(node, "TypeOfEnterprise", "enterpriseKind", words),
        "status": _coded(node, "Status", "status", words),
    }


def _coded(node: etree._Element, name: str, table: str, words: Words) -> dict[str, Any]:
    found = node.find(f"d:{name}", NS)
    if found is None:
        raise NotAsAgreed("the answer lacks a part that it must have")
    return kbo.coded(found, table, words)


def _legal(node: etree._Element, words: Words) -> dict[str, Any]:
    """Situation and form of today, each with the day since when."""
    made: dict[str, Any] = {}
    for name, table in (("JuridicalSituation", "situation"), ("JuridicalForm", "form")):
        found = kbo.newest(node.iterfind(f"d:{name}", NS), words)
        if found is not None:
            made[table] = kbo.coded(found[0], table, words)
            if "since" in found[1]:
                made[f"{table}Since"] = found[1]["since"]
    return made


def enterprise_subjects(fields: Mapping[str, Any]) -> Iterator[Subject]:
    """Whom an answer about one enterprise shows beside it: its addresses, and who it is if it is a person;
    neither has a number here."""
    yield from _addresses(fields.get("addresses", ()), "addresses")
    if fields["enterprise"]["enterpriseKind"]["code"] == NATURAL:
        yield Subject(_PERSON, None, _DISCLOSED, frozenset({"denominations"}))


def _addresses(rows: Iterable[Mapping[str, Any]], place: str) -> Iterator[Subject]:
    shown_by = frozenset({f"{place}.houseNumber", f"{place}.box"})
    for row in rows:
        if "houseNumber" in row:
            yield Subject(_ADDRESS, None, _DISCLOSED, shown_by)


def _read_establishments(reply: etree._Element, query: Query, words: Words, _: Asking) -> Answer:
    """Where it works. Raises NotAsAgreed: an establishment of another, or one twice."""
    rows = []
    for node in reply.iterfind("m:Establishment", {"m": MES}):
        if text(node, "d:EnterpriseNumber") != query.values["enterpriseNumber"]:
            raise NotAsAgreed("the answer is not about what was asked")
        place, status = node.find("d:Address", NS), node.find("d:Status", NS)
        row = {
            "establishmentNumber": kbo.establishment_number(text(node, "d:Number")),
            "status": None if status is None else kbo.coded(status, "status", words),
            **kbo.period(node, "Period"),
            "denominations": kbo.denominations(node, words),
            "address": None if place is None else kbo.address(place, words),
            "activities": kbo.activities(node, words),
        }
        rows.append(_told(row))
    if not rows:
        return Absent(Why.NOTHING_IN_PERIOD, words.today)
    return Found({"establishments": rows}, words.today, tuple(establishment_subjects(rows)))


def establishment_subjects(rows: Sequence[Mapping[str, Any]]) -> Iterator[Subject]:
    """Each establishment, and its address. Raises NotAsAgreed for one that is there twice."""
    numbers = [row["establishmentNumber"] for row in rows]
    if len(set(numbers)) < len(numbers):
        raise NotAsAgreed("the answer has an establishment twice")
    for number in numbers:
        yield Subject(SubjectType.ESTABLISHMENT, number, _DISCLOSED, frozenset({"establishments"}))
    places = [row["address"] for row in rows if "address" in row]
    yield from _addresses(places, "establishments.address")


def _read_functions(reply: etree._Element, query: Query, words: Words, _: Asking) -> Answer:
    """Who directs it, now and before, and with which enterprises it is linked. Raises NotAsAgreed."""
    node = _asked(reply, query)
    functions = [_function(one, words) for one in node.iterfind("d:Function", NS)]
    links = [_link(one, words) for one in node.iterfind("d:LinkedEnterprise", NS)]
    qualifications = [
        {"qualification": kbo.coded(one, "qualification", words), **kbo.period(one, "Period")}
        for one in node.iterfind("d:Qualification", NS)
    ]
    fields = _told({"functions": functions, "qualifications": qualifications, "links": links})
    if not fields:
        return Absent(Why.NOTHING_IN_PERIOD, words.today)
    subjects = _holders(functions, links, query.values["enterpriseNumber"])
    return Found(fields, words.today, tuple(subjects))


def _function(node: etree._Element, words: Words) -> dict[str, Any]:
    row: dict[str, Any] = {"function": kbo.coded(node, "function", words), **kbo.period(node, "Period")}
    number = text(node, "d:Enterprise")
    if number:
        return row | {"enterpriseNumber": kbo.enterprise_number(number)}
    given = text(node, "d:Person/d:GivenName")
    name = {"familyName": text(node, "d:Person/d:Surname"), "givenNames": [given] if given else []}
    return _told(row | {"name": _told(name)})


def _link(node: etree._Element, words: Words) -> dict[str, Any]:
    return {
        "link": words.codes.value("link", kbo.code(node)),
        "subjectEnterprise": kbo.enterprise_number(text(node, "d:EnterpriseNumberSubject")),
        "objectEnterprise": kbo.enterprise_number(text(node, "d:EnterpriseNumberObject")),
        **kbo.period(node, "Period"),
    }


def _holders(
    functions: Sequence[Mapping[str, Any]], links: Sequence[Mapping[str, Any]], asked: str
) -> Iterator[Subject]:
    """Enterprises by number, each once for each place; persons come by name alone, each of them counted."""
    numbers = [(row["enterpriseNumber"], "functions") for row in functions if "enterpriseNumber" in row]
    numbers += [(row[end], "links") for row in links for end in ("subjectEnterprise", "objectEnterprise")]
    for number, place in dict.fromkeys(numbers):
        if number != asked:
            yield Subject(_ENTERPRISE, number, _DISCLOSED, frozenset({place}))
    for row in functions:
        if "enterpriseNumber" not in row:
            yield Subject(_PERSON, None, _DISCLOSED, frozenset({"functions"}))


def _read_search(reply: etree._Element, _query: Query, words: Words, _: Asking) -> Answer:
    """Which enterprises may be meant, each listed under its number. Raises NotAsAgreed."""
    nodes = reply.findall("m:Enterprise", {"m": MES})
    if not nodes:
        return Absent(Why.UNKNOWN_SUBJECT, words.today)
    rows = []
    for node in nodes:
        seats = [kbo.address(one, words) for one in node.iterfind("d:Address", NS)]
        row = _basics(node, words) | _legal(node, words) | kbo.period(node, "Period")
        row["denominations"] = kbo.denominations(node, words)
        rows.append(_told({**row, "addresses": seats}))
    numbers = [row["enterpriseNumber"] for row in rows]
    if len(set(numbers)) < len(numbers):
        raise NotAsAgreed("the answer lists an enterprise twice")
    return Found({"candidates": rows}, words.today, tuple(_listed(rows)))


def _listed(rows: Sequence[Mapping[str, Any]]) -> Iterator[Subject]:
    for row in rows:
        shown = frozenset({"candidates"})
        yield Subject(_ENTERPRISE, row["enterpriseNumber"], SubjectRole.LISTED, shown)
        if row["enterpriseKind"]["code"] == NATURAL:
            by_name = frozenset({"candidates.denominations"})
            yield Subject(_PERSON, None, SubjectRole.LISTED, by_name)
        for one in _addresses(row.get("addresses", ()), "candidates.addresses"):
            yield Subject(one.type, None, SubjectRole.LISTED, one.fields)


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in row.items() if value not in (None, "", [], {})}


def _operation(
    name: str,
    write: Callable[[Query, Asking], bytes],
    read: Callable[[etree._Element, Query, Any, Asking], Answer],
) -> Operation:
    action = f"http://fgov.economie.be/kbopub/{name}"  # the words of the host are swapped there
    return Operation(action, "messages.xsd", f"{{{MES}}}{name}Reply", write, read)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "cbe/enterprise": _operation("ReadEnterprise", _write_enterprise, _read_enterprise),
    "cbe/establishments": _operation(
        "ReadEstablishmentByEnterpriseNumber", _write_establishments, _read_establishments
    ),
    "cbe/functions": _operation("ReadEnterprise", _write_enterprise, _read_functions),
    "cbe/search": _operation("ReadEnterpriseByPhoneme", _write_search, _read_search),
}
"""By service: each is given by one operation."""


def _held_enterprise(data: OpenData, query: Query, codes: Codes, oldest: date) -> Answer | None:
    """Who it is by the open data; None where they do not have it: it may have been stopped."""
    held = data.enterprise(query.values["enterpriseNumber"])
    if held is None or not held.records or held.as_of <= oldest:
        return None
    fields = kbo_rows.enterprise(held.records[0], kbo_rows.explaining(held, codes))
    return Found(fields, held.as_of, tuple(enterprise_subjects(fields)))


def _held_establishments(data: OpenData, query: Query, codes: Codes, oldest: date) -> Answer | None:
    """Where it works by the open data; None where they tell of no establishment of it."""
    held = data.establishments(query.values["enterpriseNumber"])
    if held is None or not held.records or held.as_of <= oldest:
        return None
    explained = kbo_rows.explaining(held, codes)
    rows = [kbo_rows.establishment(record, explained) for record in held.records]
    return Found({"establishments": rows}, held.as_of, tuple(establishment_subjects(rows)))


def _changes(data: OpenData, query: Query, codes: Codes, _: date) -> Answer:
    """What updates of the open data changed, of whatever age.

    Raises SourceUnavailable where nothing was loaded, or nothing yet of these days; SourceFault for days
    before those that are known.
    """
    period = query.values["period"]
    last, number = period.get("endDate", "9999-12-31"), query.values.get("enterpriseNumber")
    found = data.changes(period["startDate"], last, number, MOST_CHANGES + 1)
    if found is None:
        raise SourceUnavailable("cbe", "no open data are loaded")
    if period["startDate"] <= found.after.isoformat():
        raise SourceFault("cbe", "changes of so early a day were not loaded")
    if period["startDate"] > found.as_of.isoformat():
        raise SourceUnavailable("cbe", "changes of so late a day are not loaded yet")
    if not found.changes:
        return Absent(Why.NOTHING_IN_PERIOD, found.as_of)
    if len(found.changes) > MOST_CHANGES:
        return Absent(Why.TOO_MANY_CANDIDATES, found.as_of)
    rows = [
        {
            "date": one.day,
            _number_of(one.number): one.number,
            "changedParts": [codes.value("changedPart", part) for part in one.parts],
            "removed": one.removed,
        }
        for one in found.changes
    ]
    asked = {subject.id for subject in query.subjects}
    listed = (number for number in dict.fromkeys(one.number for one in found.changes) if number not in asked)
    return Found({"changes": rows}, found.as_of, tuple(map(_changed, listed)))


def _changed(number: str) -> Subject:
    type_ = _ENTERPRISE if _number_of(number) == "enterpriseNumber" else SubjectType.ESTABLISHMENT
    return Subject(type_, number, SubjectRole.LISTED, frozenset({"changes"}))


def _number_of(number: str) -> str:
    """By its first digit (Belgif openapi-organization-identifier)."""
    return "enterpriseNumber" if number[0] in "01" else "establishmentNumber"


def context(asking: Asking, language: str) -> str:
    """The header by which an answer names its question."""
    return (
        f'<m:RequestContext xmlns:m="{MES}"><m:Id>{asking.ticket}</m:Id>'
        f"<m:Language>{language}</m:Language></m:RequestContext>"
    )


def related(header: etree._Element | None) -> list[str]:
    """The Id of each ReplyContext of an answer."""
    found = [] if header is None else header.findall(f"{{{MES}}}ReplyContext")
    return [one.findtext(f"{{{MES}}}Id", "") for one in found]


def refused(fault: etree._Element) -> Why | tuple[type[SourceFault | SourceUnavailable], str]:
    """What a SOAP fault means: that nothing is there, or an error with its cause."""
    return ERRORS.get((fault.findtext(f"detail/{ERROR}/{{{MES}}}Code") or "").strip(), OTHER_ERROR)


HELD: Final[Mapping[str, Callable[[OpenData, Query, Codes, date], Answer | None]]] = {
    "cbe/enterprise": _held_enterprise,
    "cbe/establishments": _held_establishments,
    "cbe/changes": _changes,
}
"""By service: what the open data tell, unless they are of that day or older; None: the bank has to be asked.
Each blocks, and raises SourceUnavailable where our store cannot be read."""
