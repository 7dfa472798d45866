"""The words of the Crossroads Bank's open data: rows of its tables as the members that SOAP gives (kbo.py).

Columns: contracts/cbe/SOURCE.md, without the number that a row is found by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from adapters._lib.codes import Codes
from adapters._lib.kbo import explained
from fidus.opendata import Held, Record, Row

_LANGUAGES: Final = {"1": "fr", "2": "nl", "3": "de", "4": "en"}  # 0: not known
ACTIVE: Final = "AC"  # only what is active stands in the open data


class Explained:
    """Codes, by our tables first and else as the source's own code.csv explains them."""

    def __init__(self, codes: Codes, labels: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
        self._codes = codes
        self._labels = labels

    def value(self, table: str, category: str, code: str) -> dict[str, Any] | None:
        """{code, label, known}; None for a code that is not told."""
        return self._codes.value(table, code, self._labels.get((category, code))) if code else None

    def activity(self, version: str, code: str) -> dict[str, Any]:
        """As `kbo.explained`."""
        return explained(code, dict(self._labels.get((f"Nace{version}", code), {})))


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in row.items() if value not in (None, "", [], {})}


def enterprise(record: Record, codes: Explained) -> dict[str, Any]:
    """All that an answer about one enterprise tells."""
    status, situation, kind, form, _form_of_authorities, start = record.rows["enterprise"][0]
    return told(
        {
            "enterprise": {
                "enterpriseNumber": record.number,
                "enterpriseKind": codes.value("enterpriseKind", "TypeOfEnterprise", kind or "0"),
                "status": codes.value("status", "Status", status or ACTIVE),
                **({"since": start} if start else {}),
            },
            "legal": told(
                {
                    "situation": codes.value("situation", "JuridicalSituation", situation),
                    "form": codes.value("form", "JuridicalForm", form),
                }
            ),
            "denominations": _denominations(record, codes),
            "addresses": _addresses(record, codes),
            "activities": _activities(record, codes),
        }
    )


def establishment(record: Record, codes: Explained) -> dict[str, Any]:
    """One row of an answer about establishments."""
    start, _enterprise = record.rows["establishment"][0]
    return told(
        {
            "establishmentNumber": record.number,
            "status": codes.value("status", "Status", ACTIVE),
            "since": start,
            "denominations": _denominations(record, codes),
            "address": next(iter(_addresses(record, codes)), None),
            "activities": _activities(record, codes),
        }
    )


def explaining(held: Held, codes: Codes) -> Explained:
    """The codes of what is held."""
    return Explained(codes, held.labels)


def _rows(record: Record, table: str) -> Sequence[Row]:
    return record.rows.get(table, ())


def _denominations(record: Record, codes: Explained) -> list[dict[str, Any]]:
    return [
        told(
            {
                "denomination": text.strip(),
                "denominationKind": codes.value("denominationKind", "TypeOfDenomination", kind),
                "language": _LANGUAGES.get(language),
            }
        )
        for language, kind, text in _rows(record, "denomination")
        if text.strip()
    ]


def _addresses(record: Record, codes: Explained) -> list[dict[str, Any]]:
    return [_address(row, codes) for row in _rows(record, "address")]


def _address(row: Row, codes: Explained) -> dict[str, Any]:
    kind, land, pays, postal, town, ville, straat, rue, house, box, _more, struck_off = row
    return told(
        {
            "addressKind": codes.value("addressKind", "TypeOfAddress", kind),
            "street": _names((("fr", rue), ("nl", straat))),
            "houseNumber": house.strip(),
            "box": box.strip(),
            "postalCode": postal.strip(),
            "municipality": _names((("fr", ville), ("nl", town))),
            "countryName": _names((("fr", pays), ("nl", land))),
            "until": struck_off,
        }
    )


def _names(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {language: text.strip() for language, text in named if text.strip()}


def _activities(record: Record, codes: Explained) -> list[dict[str, Any]]:
    return [
        told(
            {
                "activity": codes.activity(version, code),
                "activityGroup": codes.value("activityGroup", "ActivityGroup", group),
                "naceVersion": version,
                "classification": codes.value("classification", "Classification", weight),
            }
        )
        for group, version, code, weight in _rows(record, "activity")
        if code
    ]
