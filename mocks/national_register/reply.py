"""The Body of an answer: what was asked, the status, and the file where there is one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from lxml import etree

from mocks.national_register import labels
from mocks.national_register.file import File
from mocks.numbers import well_formed
from mocks.people import Person
from mocks.places import CONTRACT
from mocks.population import Closed, NeverGiven, NoFile, Population, ReplacedBy
from mocks.soap import Refusal

INTF = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2"
REQUEST, RESPONSE, FAULT = (f"{{{INTF}}}retrieveTIGroups{kind}" for kind in ("Request", "Response", "Fault"))


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """A valid question. `content`: its element in the Body, of which the answer repeats parts."""

    content: etree._Element
    number: str
    language: str
    history: bool


@dataclass(frozen=True, slots=True, repr=False)
class Status:
    """The outcome as the contract's table has it."""

    value: str
    code: str
    information: tuple[str, str] | None = None


class Schema:
    """The contract's schema; also for the mock's own messages."""

    def __init__(self) -> None:
        self._schema = etree.XMLSchema(etree.parse(CONTRACT / "RetrieveTIGroupsServiceV2.xsd"))

    def faults(self, content: etree._Element) -> list[str]:
        """What is wrong with the content of a Body: path and rule, never a value."""
        if self._schema.validate(content):
            return []
        return [f"{error.path}: {error.type_name}" for error in self._schema.error_log]  # type: ignore[attr-defined]


def question(content: etree._Element, schema: Schema) -> Question:
    """Read the content of a Body. Raises Refusal that names the element and the rule."""
    if content.tag != REQUEST:
        raise Refusal("soapenv:Client", f"The Body does not hold a retrieveTIGroupsRequest of {INTF}")
    wrong = schema.faults(content)
    if wrong:
        raise Refusal("soapenv:Client", f"The question is not valid: {'; '.join(wrong)[:200]}")
    return Question(
        content=content,
        number=content.findtext("searchInformation/ssin", ""),
        language=content.findtext("searchInformation/language", "fr").strip(),
        history=content.findtext("searchInformation/history", "false").strip() in ("true", "1"),
    )


def status(number: str, population: Population) -> Status:
    """What the register says about a number."""
    if not well_formed(number):
        return Status("NO_RESULT", "MSG00011")
    match population.known(number):
        case Person():
            return Status("DATA_FOUND", "MSG00000")
        case ReplacedBy(newer):
            return Status("NO_RESULT", "MSG00006", ("newSSIN", newer))
        case Closed(day):
            return Status("NO_DATA_FOUND", "MSG00009", ("deceiseDate", str(day)))
        case NoFile():
            return Status("NO_DATA_FOUND", "MSG00100")
        case NeverGiven():
            return Status("NO_RESULT", "MSG00005")


def response(
    asked: Question, population: Population, received: datetime, number: str | None = None
) -> etree._Element:
    """The answer to a question; `number` answers with another person's file instead."""
    about = asked.number if number is None else number
    outcome = status(about, population)
    root = etree.Element(RESPONSE, nsmap={"intf": INTF})
    for name in ("informationCustomer", "legalContext", "searchInformation"):
        found = asked.content.find(name)
        assert found is not None, "the schema asks for it"
        root.append(copy.deepcopy(found))
    root.insert(1, filed(received))
    root.append(_status(outcome, asked.language))
    person = population.known(about)
    if outcome.value == "DATA_FOUND" and isinstance(person, Person):
        root.append(File(person, population, asked.language, asked.history).write())
    return root


def filed(received: datetime) -> etree._Element:
    """`informationCBSS`: a ticket of our own, and the times."""
    values = {
        "ticketCBSS": str(uuid4()),
        "timestampReceive": received.isoformat(),
        "timestampReply": datetime.now(UTC).isoformat(),
    }
    return _element("informationCBSS", values)


def fault_detail(refusal: Refusal, received: datetime) -> etree._Element:
    """`retrieveTIGroupsFault`, which goes into the detail of a SOAP fault."""
    root = etree.Element(FAULT, nsmap={"intf": INTF})
    root.append(filed(received))
    values = {
        "severity": "FATAL",
        "reasonCode": refusal.reason,
        "diagnostic": refusal.text[:256],
        "authorCode": "national-register",
    }
    root.append(_element("detail", values))
    return root


def _status(outcome: Status, language: str) -> etree._Element:
    text = labels.label(labels.STATUS, outcome.code, language)
    node = _element("status", {"value": outcome.value, "code": outcome.code, "description": text})
    if outcome.information is not None:
        name, value = outcome.information
        node.append(_element("information", {"fieldName": name, "fieldValue": value}))
    return node


def _element(name: str, values: Mapping[str, str]) -> etree._Element:
    node = etree.Element(name)
    for child, text in values.items():
        etree.SubElement(node, child).text = text
    return node
