"""The Body of a phonetic search and of a question for related numbers, and of their answers.

Words and rules: SOURCE.md, "Search and related numbers".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from lxml import etree

from mocks.days import Day
from mocks.national_register.sounds import key
from mocks.numbers import well_formed
from mocks.people import Person
from mocks.places import CONTRACT
from mocks.population import Population, ReplacedBy
from mocks.soap import Refusal

PERSON = "urn:be:fgov:ehealth:rn:personservice:protocol:v1"
HISTORY = "urn:be:fgov:ehealth:consultrn:ssinhistory:protocol:v1"
CORE = "urn:be:fgov:ehealth:rn:personservice:core:v1"
BASE = "urn:be:fgov:ehealth:rn:baselegaldata:v1"
HISTORY_CORE = "urn:be:fgov:ehealth:consultrn:ssinhistory:core:v1"
STATUS = "urn:be:fgov:ehealth:commons:core:v2"
_CODES = "urn:be:fgov:ehealth:2.0:status:"
MOST = 100
_NS = {"p": PERSON, "h": HISTORY, "c": CORE}
Node = etree._Element


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """Who is looked for. `variation`: years before and after."""

    identifier: str
    family_name: str
    given_name: str
    birth: Day
    variation: int

    def finds(self, person: Person) -> bool:
        """Whether this person may be meant."""
        alike = key(person.family_name) == key(self.family_name) and (
            key(person.given_names[0]) == key(self.given_name)
        )
        return alike and self._born(person.birth)

    def _born(self, known: Day) -> bool:
        if self.variation:
            return abs(known.year - self.birth.year) <= self.variation
        pairs = ((known.month, self.birth.month), (known.day, self.birth.day))
        return known.year == self.birth.year and all(
            one == other or 0 in (one, other) for one, other in pairs
        )


@dataclass(frozen=True, slots=True, repr=False)
class Numbers:
    """Whose numbers are asked for."""

    identifier: str
    number: str


class Schemas:
    """The contract's two schemas; also for the mock's own messages."""

    def __init__(self) -> None:
        folder = CONTRACT / "consultrn"
        self._schemas = {
            namespace: etree.XMLSchema(etree.parse(folder / f"{name}-protocol.xsd"))
            for namespace, name in ((PERSON, "personservice"), (HISTORY, "ssinhistory"))
        }

    def faults(self, content: Node) -> list[str]:
        """What is wrong with the content of a Body: path and rule, never a value."""
        schema = self._schemas[etree.QName(content).namespace or ""]
        if schema.validate(content):
            return []
        return [f"{error.path}: {error.type_name}" for error in schema.error_log]  # type: ignore[attr-defined]


def read(content: Node, schemas: Schemas) -> Search | Numbers:
    """The question in a Body. Raises Refusal for one that is not valid."""
    wrong = schemas.faults(content)
    if wrong:
        raise Refusal("soapenv:Client", f"The question is not valid: {'; '.join(wrong)[:200]}")
    identifier = content.get("Id", "")
    if content.tag == f"{{{HISTORY}}}ConsultRelatedSsinsRequest":
        return Numbers(identifier, content.findtext("h:Ssin", "", _NS))
    year, month, day = (
        int(part) for part in content.findtext("p:Criteria/c:Birth/c:BirthDate", "", _NS).split("-")
    )
    return Search(
        identifier=identifier,
        family_name=content.findtext("p:Criteria/c:Name/c:LastName", "", _NS),
        given_name=content.findtext("p:Criteria/c:Name/c:GivenName", "", _NS),
        birth=Day(year, month, day),
        variation=int(content.findtext("p:Criteria/c:Birth/c:Variation", "0", _NS)),
    )


def answer(asked: Search | Numbers, population: Population, *, about_others: bool = False) -> Node:
    """The answer; `about_others` answers with somebody who was not asked for."""
    if isinstance(asked, Numbers):
        return _numbers(asked, population, about_others)
    if about_others:
        found = [one for one in population.persons.values() if abs(one.birth.year - asked.birth.year) > 20][
            :1
        ]
    else:
        found = [one for one in population.persons.values() if asked.finds(one)]
    root = _root(f"{{{PERSON}}}SearchPersonPhoneticallyResponse", asked.identifier)
    if not found or len(found) > MOST or not 0 <= asked.variation <= 10:
        code = "TooManyResults" if found else "DataNotFound"
        _status(root, "Requester", "InvalidInput" if asked.variation > 10 else code)
        return root
    _status(root, "Success")
    result = etree.SubElement(root, f"{{{PERSON}}}Result")
    people = etree.SubElement(result, f"{{{CORE}}}PersonIdentifications")
    people.extend(_person(one) for one in found)
    return root


def _numbers(asked: Numbers, population: Population, about_others: bool) -> Node:
    root = _root(f"{{{HISTORY}}}ConsultRelatedSsinsResponse", asked.identifier)
    number = asked.number
    if about_others:
        number = next(
            one for one in population.persons if one not in (number, population.replaced.get(number))
        )
    if not well_formed(number):
        _status(root, "Requester", "InvalidInput")
        return root
    known = population.known(number)
    current = known.number if isinstance(known, ReplacedBy) else number
    person = population.persons.get(current)
    if person is None:
        _status(root, "Requester", "DataNotFound")
        return root
    _status(root, "Success")
    told = etree.SubElement(root, f"{{{HISTORY}}}Ssin", Canceled="false")
    told.text = current
    if number != current:
        told.set("Replaces", number)
    if person.formers:
        related = etree.SubElement(root, f"{{{HISTORY}}}RelatedSsins")
        for former in person.formers:
            etree.SubElement(related, f"{{{HISTORY_CORE}}}RelatedSsin").text = former.number
    return root


def _person(person: Person) -> Node:
    node = etree.Element(f"{{{BASE}}}PersonIdentification", Deceased=str(person.decease is not None).lower())
    etree.SubElement(node, f"{{{BASE}}}Ssin").text = person.number
    name = etree.SubElement(node, f"{{{BASE}}}Name")
    etree.SubElement(name, f"{{{BASE}}}LastName").text = person.family_name
    for place, given in enumerate(person.given_names, 1):
        etree.SubElement(name, f"{{{BASE}}}GivenName", Sequence=str(place)).text = given
    birth = etree.SubElement(node, f"{{{BASE}}}Birth")
    etree.SubElement(birth, f"{{{BASE}}}BirthDate").text = str(person.birth)
    gender = etree.SubElement(node, f"{{{BASE}}}Gender")
    etree.SubElement(gender, f"{{{BASE}}}GenderCode").text = str(person.sex)
    return node


def _root(tag: str, in_response_to: str) -> Node:
    prefixes = {"p": PERSON, "h": HISTORY, "c": CORE, "b": BASE, "status": STATUS}
    return etree.Element(
        tag,
        {
            "Id": f"_{uuid4()}",
            "InResponseTo": in_response_to,
            "IssueInstant": datetime.now(UTC).isoformat(),
        },
        nsmap=dict(_used(prefixes, tag)),
    )


def _used(prefixes: dict[str, str], tag: str) -> Iterator[tuple[str, str]]:
    """The prefixes that an answer of this kind has need of."""
    search = tag.startswith(f"{{{PERSON}}}")
    for prefix, namespace in prefixes.items():
        if namespace == STATUS or (namespace != HISTORY) is search:
            yield prefix, namespace


def _status(root: Node, *codes: str) -> None:
    parent = etree.SubElement(root, f"{{{STATUS}}}Status")
    for code in codes:
        parent = etree.SubElement(parent, f"{{{STATUS}}}StatusCode", Value=f"{_CODES}{code}")
