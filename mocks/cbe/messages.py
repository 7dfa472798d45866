"""Questions as the contract allows them, and the envelope of what is answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lxml import etree

from mocks.soap import SOAP, Refusal, fault, to_bytes

CONTRACT = Path(__file__).parent.parent.parent / "contracts" / "cbe"
MES = "http://economie.fgov.be/kbopub/webservices/v1/messages"
DAT = "http://economie.fgov.be/kbopub/webservices/v1/datamodel"
CONTEXT, REPLY_CONTEXT = f"{{{MES}}}RequestContext", f"{{{MES}}}ReplyContext"
ENTERPRISE, ESTABLISHMENTS, PHONEME = (
    "ReadEnterprise",
    "ReadEstablishmentByEnterpriseNumber",
    "ReadEnterpriseByPhoneme",
)
ACTIONS: Mapping[str, str] = {
    f"http://fgov.economie.be/kbopub/{one}": one for one in (ENTERPRISE, ESTABLISHMENTS, PHONEME)
}
"""SOAPAction -> operation. The words of the host are swapped: so it is."""

UNKNOWN, FORMAT, TOO_MANY = "1", "2", "3"
EMPTY, LOCKED, CREDENTIALS, BUSY = "10", "11", "12", "20"
MOST = 100
_PREFIXES = {"mes": MES, "dat": DAT}
_NAMESPACE = re.compile(r"\{[^}]*\}")
_COMPLAINT = re.compile(r"Element '([^']{1,60})'")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( [^)]*\)")


@dataclass(frozen=True, slots=True, repr=False)
class Read:
    """One enterprise."""

    number: str
    language: str

    @property
    def key(self) -> str:
        """What it is about."""
        return self.number


@dataclass(frozen=True, slots=True, repr=False)
class ReadPlaces(Read):
    """The establishments of an enterprise; `long`: with status and activities."""

    long: bool


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """Enterprises whose name sounds so; `most` of them are told."""

    name: str
    postal_code: str | None
    most: int
    language: str

    @property
    def key(self) -> str:
        """What it is about."""
        return self.name


Question: TypeAlias = Read | ReadPlaces | Search


class Schema:
    """The contract's schema, for questions and for the mock's own answers."""

    def __init__(self) -> None:
        self._schema = etree.XMLSchema(etree.parse(CONTRACT / "messages.xsd"))

    def faults(self, node: etree._Element) -> list[str]:
        """What is wrong with an element: names and rules, never a value."""
        if self._schema.validate(node):
            return []
        return [_told(error.message, error.type_name) for error in self._schema.error_log]  # type: ignore[attr-defined]


def _told(message: str, rule: str) -> str:
    plain = _NAMESPACE.sub("", message)
    where, expected = _COMPLAINT.match(plain), _EXPECTED.search(plain)
    wanted = "" if expected is None else f" ({expected[0]})"
    return f"{'the message' if where is None else where[1]}: {rule}{wanted}"


def context(header: etree._Element, schema: Schema) -> tuple[str, str]:
    """Id and language of the RequestContext. Raises Refusal."""
    found = header.findall(CONTEXT)
    if len(found) != 1:
        raise _wrong(f"The Header has {len(found)} RequestContext, there must be exactly one")
    _require(schema, found[0])
    return found[0].findtext("mes:Id", "", _PREFIXES), found[0].findtext("mes:Language", "", _PREFIXES)


def question(operation: str, content: etree._Element, language: str, schema: Schema) -> Question:
    """The content of a Body as a question. Raises Refusal that names element and rule."""
    if content.tag != f"{{{MES}}}{operation}Request":
        raise _wrong(f"The Body does not hold a {operation}Request of {MES}, as SOAPAction announces")
    _require(schema, content)
    if operation == PHONEME:
        most = content.findtext("mes:MaximumResults", f"{MOST}", _PREFIXES)
        postal_code = content.findtext("mes:Zipcode", None, _PREFIXES)
        return Search(content.findtext("mes:Name", "", _PREFIXES), postal_code, int(most), language)
    number = content.findtext("dat:EnterpriseNumber", "", _PREFIXES)
    if int(number[8:]) != 97 - int(number[:8]) % 97:
        raise _wrong("EnterpriseNumber: its last two digits do not fit the first eight")
    if operation == ENTERPRISE:
        return Read(number, language)
    return ReadPlaces(number, language, content.findtext("mes:TypeOfResult", "", _PREFIXES) == "long")


def message(content: etree._Element, identifier: str, balance: int | None) -> bytes:
    """A whole answer: ReplyContext with the Id of the request and what is left of the account, and a Body."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, **_PREFIXES})
    told = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Header"), REPLY_CONTEXT)
    etree.SubElement(told, f"{{{MES}}}Id").text = identifier
    if balance is not None:
        etree.SubElement(told, f"{{{MES}}}AccountBalance").text = str(balance)
    etree.SubElement(root, f"{{{SOAP}}}Body").append(content)
    return to_bytes(root)


def error(refusal: Refusal) -> etree._Element:
    """The SOAP fault with the service's own Error in its detail."""
    detail = etree.Element(f"{{{MES}}}Error", nsmap={"mes": MES})
    etree.SubElement(detail, f"{{{MES}}}Code").text = code(refusal)
    etree.SubElement(detail, f"{{{MES}}}Message").text = refusal.text
    return fault(refusal.code, refusal.text, detail)


def code(refusal: Refusal) -> str:
    """The service's code for a refusal: its own, or by what the SOAP fault says."""
    if refusal.code.startswith("wsse:"):
        return CREDENTIALS
    return refusal.reason if refusal.reason.isdecimal() else FORMAT


def _require(schema: Schema, node: etree._Element) -> None:
    wrong = schema.faults(node)
    if wrong:
        raise _wrong("; ".join(wrong)[:400])


def _wrong(text: str) -> Refusal:
    return Refusal("soapenv:Client", text, reason=FORMAT)
