"""The ConsultRN words of the eHealth platform: a phonetic search, and all numbers of a person.

Elements and codes: contracts/national-register/consultrn/ and SOURCE.md beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date
from html import escape
from typing import Any, Final

from lxml import etree

from adapters._lib.codes import NotAsAgreed
from adapters._lib.operation import Asking, NotTreated, Operation
from adapters._lib.rn25 import Tables, day_of_moment
from fidus.identifiers import Ssin
from fidus.model import Absent, Answer, Found, Query, Subject, SubjectRole, SubjectType, Why

PERSON: Final = "urn:be:fgov:ehealth:rn:personservice:protocol:v1"
NUMBERS: Final = "urn:be:fgov:ehealth:consultrn:ssinhistory:protocol:v1"
MOST_CANDIDATES: Final = 100
_STATUS: Final = "urn:be:fgov:ehealth:2.0:status:"  # and the codes below: assumed (SOURCE.md)
_SUCCESS, _NOBODY, _TOO_MANY = (f"{_STATUS}{name}" for name in ("Success", "DataNotFound", "TooManyResults"))
_ABSENT: Final = {_NOBODY: Why.UNKNOWN_SUBJECT, _TOO_MANY: Why.TOO_MANY_CANDIDATES}
_MATCHING: Final = "FIRST"
_NS: Final = {
    "p": PERSON,
    "s": NUMBERS,
    "h": "urn:be:fgov:ehealth:consultrn:ssinhistory:core:v1",
    "c": "urn:be:fgov:ehealth:rn:personservice:core:v1",
    "b": "urn:be:fgov:ehealth:rn:baselegaldata:v1",
    "status": "urn:be:fgov:ehealth:commons:core:v2",
}


def write_search(query: Query, asking: Asking) -> bytes:
    """The question for people of this name and birth date; `toleranceYears` may widen it."""
    values = query.values
    variation = f"<c:Variation>{values['toleranceYears']}</c:Variation>" if "toleranceYears" in values else ""
    return (
        f'<p:SearchPersonPhoneticallyRequest xmlns:p="{PERSON}" xmlns:c="{_NS["c"]}" {_attributes(asking)}>'
        f"<p:ApplicationId>{escape(asking.legal_context)}</p:ApplicationId><p:Criteria><c:Name><c:LastName>"
        f"{escape(values['familyName'])}</c:LastName><c:GivenName>{escape(values['givenName'])}</c:GivenName>"
        f"<c:GivenNameMatching>{_MATCHING}</c:GivenNameMatching></c:Name><c:Birth><c:BirthDate>"
        f"{values['birthDate']}</c:BirthDate>{variation}</c:Birth>"
        f"<c:maximumResultCount>{MOST_CANDIDATES}</c:maximumResultCount>"
        "</p:Criteria></p:SearchPersonPhoneticallyRequest>"
    ).encode()


def read_search(response: etree._Element, query: Query, tables: Tables, asking: Asking) -> Answer:
    """Who may be meant, each listed under the number in use.

    There are at most 100, each once, each born when the question says. Raises NotAsAgreed and NotTreated.
    """
    as_of, why = _opened(response, asking)
    if why is not None:
        return Absent(why, as_of)
    people = response.findall("p:Result/c:PersonIdentifications/b:PersonIdentification", _NS)
    if not 0 < len(people) <= MOST_CANDIDATES:
        raise NotAsAgreed("the answer lists nobody, or more than may be listed")
    candidates = [_candidate(person, tables) for person in people]
    numbers = [candidate["ssin"] for candidate in candidates]
    if len(set(numbers)) < len(numbers):
        raise NotAsAgreed("the answer lists somebody twice")
    if not all(_may_be_born(candidate.get("birthDate", ""), query) for candidate in candidates):
        raise NotAsAgreed("the answer lists somebody who was not looked for")
    shown = frozenset({"candidates"})
    subjects = (Subject(SubjectType.PERSON, number, SubjectRole.LISTED, shown) for number in numbers)
    return Found({"candidates": candidates}, as_of, tuple(subjects))


def write_numbers(query: Query, asking: Asking) -> bytes:
    """The question for all numbers of whoever has, or had, the number asked."""
    return (
        f'<s:ConsultRelatedSsinsRequest xmlns:s="{NUMBERS}" {_attributes(asking)}>'
        f"<s:Ssin>{escape(query.values['ssin'])}</s:Ssin></s:ConsultRelatedSsinsRequest>"
    ).encode()


def read_numbers(response: etree._Element, query: Query, tables: Tables, asking: Asking) -> Answer:
    """The number in use and all others; the one asked is among them. It is one person, asked under each.

    Raises NotAsAgreed and NotTreated.
    """
    as_of, why = _opened(response, asking)
    if why is not None:
        return Absent(why, as_of)
    current = response.find("s:Ssin", _NS)
    if current is None:
        raise NotAsAgreed("the answer does not say which number is in use")
    texts = (one.text or "" for one in response.iterfind("s:RelatedSsins/h:RelatedSsin", _NS))
    related = [_number(text, tables) for text in texts]
    numbers: dict[str, Any] = {"current": _number(current.text or "", tables), "related": related}
    if "Canceled" in current.attrib:
        numbers["canceled"] = _is_true(current.attrib["Canceled"])
    if "Replaces" in current.attrib:
        numbers["replaces"] = _number(str(current.attrib["Replaces"]), tables)
    every = dict.fromkeys((numbers["current"], *related, numbers.get("replaces", numbers["current"])))
    if query.values["ssin"] not in every:
        raise NotAsAgreed("the answer is not about what was asked")
    return Found({"numbers": numbers}, as_of, _others(every, query.values["ssin"]))


def _others(numbers: Iterable[str], asked: str) -> tuple[Subject, ...]:
    return tuple(
        Subject(SubjectType.PERSON, number, SubjectRole.ASKED) for number in numbers if number != asked
    )


def _attributes(asking: Asking) -> str:
    return f'Id="{_identifier(asking)}" IssueInstant="{asking.now.astimezone(UTC).isoformat()}"'


def _identifier(asking: Asking) -> str:
    return f"_{asking.ticket}"


def _opened(response: etree._Element, asking: Asking) -> tuple[date, Why | None]:
    """The day of an answer to our question, and why it holds nobody, if it does not."""
    if response.get("InResponseTo") != _identifier(asking):
        raise NotAsAgreed("the answer is not to what was asked")
    as_of = day_of_moment(response.get("IssueInstant", ""))
    codes = [code.get("Value", "") for code in response.iterfind("status:Status//status:StatusCode", _NS)]
    if codes[0] == _SUCCESS:
        return as_of, None
    why = _ABSENT.get(codes[-1])
    if why is None:
        raise NotTreated("the register did not treat the question")
    return as_of, why


def _candidate(person: etree._Element, tables: Tables) -> dict[str, Any]:
    firsts = sorted(person.iterfind("b:Name/b:GivenName", _NS), key=lambda one: int(one.get("Sequence", "0")))
    given = [one.text for one in firsts if one.text]
    name = {"familyName": person.findtext("b:Name/b:LastName", "", _NS), "givenNames": given}
    gender = person.findtext("b:Gender/b:GenderCode", "", _NS)
    told = {
        "ssin": _number(person.findtext("b:Ssin", "", _NS), tables),
        "name": {part: value for part, value in name.items() if value},
        "birthDate": person.findtext("b:Birth/b:BirthDate", "", _NS),
        "sex": tables.codes.value("sex", gender) if gender else None,
        "deceased": _is_true(person.attrib["Deceased"]) if "Deceased" in person.attrib else None,
    }
    return {part: value for part, value in told.items() if value not in (None, "", {})}


def _number(text: str, tables: Tables) -> str:
    try:
        return Ssin.parse(text, tables.synthetic).value
    except ValueError:
        raise NotAsAgreed("a number in the answer is no SSIN") from None


def _may_be_born(known: str, query: Query) -> bool:
    """Whether somebody born on this day, as far as it is known, is one whom the question means."""
    asked, tolerance = query.values["birthDate"], query.values.get("toleranceYears", 0)
    if not known:
        return False
    if tolerance:
        return bool(abs(int(known[:4]) - int(asked[:4])) <= tolerance)
    pairs = zip(known.split("-"), asked.split("-"), strict=True)
    return all(one == other or "00" in (one, other) for one, other in pairs)


def _is_true(text: str | bytes) -> bool:
    return str(text).strip() in ("true", "1")


SEARCH: Final = Operation(
    f"{PERSON}:SearchPersonPhonetically",
    "consultrn/personservice-protocol.xsd",
    f"{{{PERSON}}}SearchPersonPhoneticallyResponse",
    write_search,
    read_search,
)
RELATED: Final = Operation(
    f"{NUMBERS}:ConsultRelatedSsins",
    "consultrn/ssinhistory-protocol.xsd",
    f"{{{NUMBERS}}}ConsultRelatedSsinsResponse",
    write_numbers,
    read_numbers,
)
