"""The open data files of the Crossroads Bank, full and update, written as a stream: SOURCE.md, "Open data".

Assumed beyond it: establishments are dotted as 8.999.000.145; code.csv names languages FR, NL, DE, EN.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from mocks.cbe.labels import CODES, LANGUAGES

Row: TypeAlias = Sequence[str]

TABLES: Mapping[str, Row] = {
    "enterprise": (
        "EnterpriseNumber",
        "Status",
        "JuridicalSituation",
        "TypeOfEnterprise",
        "JuridicalForm",
        "JuridicalFormCAC",
        "StartDate",
    ),
    "establishment": ("EstablishmentNumber", "StartDate", "EnterpriseNumber"),
    "branch": ("Id", "StartDate", "EnterpriseNumber"),
    "denomination": ("EntityNumber", "Language", "TypeOfDenomination", "Denomination"),
    "contact": ("EntityNumber", "EntityContact", "ContactType", "Value"),
    "address": (
        "EntityNumber",
        "TypeOfAddress",
        "CountryNL",
        "CountryFR",
        "Zipcode",
        "MunicipalityNL",
        "MunicipalityFR",
        "StreetNL",
        "StreetFR",
        "HouseNumber",
        "Box",
        "ExtraAddressInfo",
        "DateStrikingOff",
    ),
    "activity": ("EntityNumber", "ActivityGroup", "NaceVersion", "NaceCode", "Classification"),
}
"""Table -> columns. The first one is the key by which an update deletes."""

_CODE = ("Category", "Code", "Language", "Description")
_META = ("Variable", "Value")
_VERSION = "1.0.0"


class Register(Protocol):
    """What stands in the tables."""

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table of TABLES, as they are written."""
        ...


class Change(Protocol):
    """What an update changes: first the keys of which every row goes, then the rows that come."""

    def deleted(self, table: str) -> Iterable[str]:
        """Keys, each once."""
        ...

    def inserted(self, table: str) -> Iterator[Row]:
        """Rows."""
        ...


@dataclass(frozen=True, slots=True)
class Extract:
    """Which extract it is: of the state at the beginning of `day`, the `number`th."""

    day: date
    number: int

    def name(self, *, update: bool) -> str:
        """As such a file is called."""
        kind = "Update" if update else "Full"
        return f"KboOpenData_{self.number:04d}_{self.day:%Y}_{self.day:%m}_{kind}.zip"

    def meta(self, *, update: bool) -> list[Row]:
        """The rows of meta.csv."""
        return [
            ("SnapshotDate", written(self.day)),
            ("ExtractTimestamp", f"{written(self.day)} 06:00:00"),
            ("ExtractType", "update" if update else "full"),
            ("ExtractNumber", str(self.number)),
            ("Version", _VERSION),
        ]


def write_full(file: Path, register: Register, extract: Extract) -> None:
    """Write a full extract; whole under its name, or not there. Raises OSError."""
    with _Zip(file, extract.day) as made:
        made.table("meta.csv", _META, extract.meta(update=False))
        made.table("code.csv", _CODE, _codes())
        for table, columns in TABLES.items():
            made.table(f"{table}.csv", columns, register.rows(table))


def write_update(file: Path, change: Change, extract: Extract) -> None:
    """Write an update; whole under its name, or not there. Raises OSError."""
    with _Zip(file, extract.day) as made:
        made.table("meta.csv", _META, extract.meta(update=True))
        made.table("code.csv", _CODE, _codes())
        for table, columns in TABLES.items():
            made.table(f"{table}_delete.csv", columns[:1], ((key,) for key in change.deleted(table)))
            made.table(f"{table}_insert.csv", columns, change.inserted(table))


def written(day: date) -> str:
    """`31-01-2026`."""
    return f"{day:%d-%m-%Y}"


def dotted(number: str) -> str:
    """Ten digits with dots: 0999.200.012, or 8.999.000.145 for an establishment or a branch."""
    last = f"{number[-6:-3]}.{number[-3:]}"
    return f"{number[:4]}.{last}" if number[0] in "01" else f"{number[0]}.{number[1:4]}.{last}"


def _codes() -> Iterator[Row]:
    for category, labels in CODES.items():
        for code, words in labels.items():
            for language, text in zip(LANGUAGES, words, strict=True):
                yield category, code, language.upper(), text


class _Zip:
    """A zip in the making, beside its name; of what goes into it only a buffer is held."""

    def __init__(self, file: Path, day: date) -> None:
        self._file = file
        self._part = file.with_name(f"{file.name}.part")
        self._when = (day.year, day.month, day.day, 6, 0, 0)

    def __enter__(self) -> _Zip:
        self._zip = ZipFile(self._part, "w", ZIP_DEFLATED, compresslevel=1)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._zip.close()
            if kind is None:
                self._part.replace(self._file)
        finally:
            self._part.unlink(missing_ok=True)

    def table(self, name: str, columns: Row, rows: Iterable[Row]) -> None:
        """Add one file of comma-separated values."""
        entry = ZipInfo(name, self._when)
        entry.compress_type = ZIP_DEFLATED
        with (
            self._zip.open(entry, "w", force_zip64=True) as raw,
            io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=False) as text,
        ):
            writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
