"""The words of the Crossroads Bank for Enterprises in SOAP: descriptions, codes, periods, names, addresses.

Elements: contracts/cbe/datamodel.xsd. What a service makes of them: adapters/cbe/mapping.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from lxml import etree

from adapters._lib.codes import Codes, NotAsAgreed
from fidus.identifiers import EnterpriseNumber, EstablishmentNumber

DAT: Final = "http://economie.fgov.be/kbopub/webservices/v1/datamodel"
NS: Final = {"d": DAT}
LANGUAGES: Final = ("fr", "nl", "de")  # of names of places
_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Words:
    """What is known beside an answer. `language`: of descriptions that do not say theirs, which is the one
    that was asked for. `today`: in Brussels."""

    codes: Codes
    language: str
    today: date


def text(node: etree._Element, path: str) -> str:
    """The text at these steps, without blanks around it; "" where there is none."""
    return str(node.findtext(path, "", NS)).strip()


def day(node: etree._Element, path: str) -> str | None:
    """An xs:date, whose time zone says nothing of a day in Belgium. Raises NotAsAgreed for the year 12000."""
    told = text(node, path)
    if not told:
        return None
    match = _DATE.fullmatch(told)
    try:
        return date.fromisoformat(match[1] if match else "").isoformat()
    except ValueError:
        raise NotAsAgreed("a date in the answer is none of our calendar") from None


def described(node: etree._Element, words: Words) -> dict[str, str]:
    """Its descriptions, language -> text."""
    told: dict[str, str] = {}
    for one in node.iterfind("d:Description", NS):
        value = text(one, "d:Value")
        if value:
            told.setdefault(text(one, "d:Language") or words.language, value)
    return told


def code(node: etree._Element, path: str = "d:Code") -> str:
    """A code at these steps. Raises NotAsAgreed where there is none, or one of blanks."""
    told = text(node, path)
    if not told:
        raise NotAsAgreed("a code in the answer is blank")
    return told


def coded(node: etree._Element, table: str, words: Words) -> dict[str, Any]:
    """{Code, Description*} by this table. Raises NotAsAgreed."""
    return words.codes.value(table, code(node), described(node, words))


def explained(code: str, told: dict[str, str]) -> dict[str, Any]:
    """A code of a list that the source explains itself each time, such as activities (NACE)."""
    return {"code": code, "label": told, "known": bool(told)}


def period(node: etree._Element, name: str) -> dict[str, str]:
    """{since, until} of a period, as far as it is told."""
    told = {"since": day(node, f"d:{name}/d:Begin"), "until": day(node, f"d:{name}/d:End")}
    return {part: value for part, value in told.items() if value is not None}


def holds(span: dict[str, str], today: date) -> bool:
    """Whether it holds today: its last day is included (assumed)."""
    return span.get("since", "") <= today.isoformat() <= span.get("until", "9999")


def newest(nodes: Iterable[etree._Element], words: Words) -> tuple[etree._Element, dict[str, str]] | None:
    """The one of these codes in a period that holds today, with its period; the latest of several."""
    spans = [(node, period(node, "ValidityPeriod")) for node in nodes]
    held = [one for one in spans if holds(one[1], words.today)] or spans
    return max(held, key=lambda one: one[1].get("since", ""), default=None)


def enterprise_number(told: str) -> str:
    """Ten digits. Raises NotAsAgreed."""
    return _number(EnterpriseNumber.parse, told)


def establishment_number(told: str) -> str:
    """Ten digits. Raises NotAsAgreed."""
    return _number(EstablishmentNumber.parse, told)


def _number(parse: Callable[[str], EnterpriseNumber | EstablishmentNumber], told: str) -> str:
    try:
        return parse(told).value
    except ValueError:
        raise NotAsAgreed("a number in the answer is none") from None


def denominations(node: etree._Element, words: Words) -> list[dict[str, Any]]:
    """Names that hold today, one row for each language in which one is told."""
    rows = []
    for one in node.iterfind("d:Denomination", NS):
        if holds(period(one, "ValidityPeriod"), words.today):
            kind = words.codes.value("denominationKind", code(one))
            told = described(one, words)
            rows += [
                {"denomination": name, "denominationKind": kind, "language": language}
                for language, name in told.items()
            ]
    return rows


def address(node: etree._Element, words: Words) -> dict[str, Any]:
    """AddressType: names of places in the languages that are told."""
    row: dict[str, Any] = {
        "addressKind": words.codes.value("addressKind", code(node, "d:TypeOfAddress")),
        "street": _place(node, "Street", words),
        "houseNumber": text(node, "d:HouseNumber"),
        "box": text(node, "d:Box"),
        "postalCode": text(node, "d:Zipcode"),
        "municipality": _place(node, "Municipality", words),
        "countryName": _place(node, "Country", words),
        "since": day(node, "d:Begin"),
        "until": day(node, "d:End"),
    }
    return {name: value for name, value in row.items() if value}


def _place(node: etree._Element, name: str, words: Words) -> dict[str, str]:
    found = node.find(f"d:{name}", NS)
    told = {} if found is None else described(found, words)
    return {language: told[language] for language in LANGUAGES if language in told}


def activities(node: etree._Element, words: Words) -> list[dict[str, Any]]:
    """What it does, as far as it still does so."""
    rows = []
    for one in node.iterfind("d:Activity", NS):
        span = period(one, "Period")
        if not holds(span, words.today):
            continue
        kind = text(one, "d:Classification")
        row = {
            "activity": explained(code(one), described(one, words)),
            "naceVersion": text(one, "d:NaceVersion"),
            "classification": words.codes.value("classification", kind) if kind else None,
            **span,
        }
        rows.append({name: value for name, value in row.items() if value})
    return rows
