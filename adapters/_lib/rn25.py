"""The words of an rn25 file (the register's transaction 25), whoever gives one: texts, days, names, codes.

Elements: contracts/national-register/rn25.xsd. What a service makes of them is a table of `Column`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree

from adapters._lib.codes import Codes, Names, NotAsAgreed
from adapters._lib.days import BRUSSELS
from fidus.identifiers import Ssin, parse_incomplete_date

RN25 = "http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema"
LANGUAGE = "fr"  # of the labels that are asked for; other languages come from Places and Codes
_NS = {"rn": RN25}
_BELGIUM = "150"


@dataclass(frozen=True, slots=True)
class Places:
    """Names of municipalities by NIS code, and of streets by NIS code and street code: language -> name."""

    municipalities: Mapping[str, Names]
    streets: Mapping[str, Mapping[str, Names]]

    @classmethod
    def load(cls, folder: Path) -> Places:
        """From the two files of the contract."""
        return cls(_table(folder / "municipalities.toml"), _table(folder / "streets.toml"))


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known beside the files. `synthetic`: whether persons have synthetic numbers."""

    places: Places
    codes: Codes
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Span:
    """One information type's item, and the days from and until which it holds (incomplete dates)."""

    node: etree._Element = field(repr=False)
    since: str
    until: str | None


Read: TypeAlias = Callable[[etree._Element, Tables], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One member of ours: `read` from the element at `path` (steps with `/`), put at `to` (dots nest)."""

    to: str
    path: str
    read: Read


def filled(node: etree._Element, columns: Iterable[Column], tables: Tables) -> dict[str, Any]:
    """What the node holds of these columns; what is not there, or says nothing, is left out."""
    row: dict[str, Any] = {}
    for column in columns:
        found = find(node, column.path)
        value = None if found is None else column.read(found, tables)
        if value not in (None, "", {}, []):
            *outer, last = column.to.split(".")
            place = row
            for name in outer:
                place = place.setdefault(name, {})
            place[last] = value
    return row


def find(node: etree._Element, path: str) -> etree._Element | None:
    """The first element at these steps below the node."""
    return _first(node, _steps(path))


def text_at(node: etree._Element, path: str) -> str:
    """The text there without blanks around it; "" where there is none."""
    found = _first(node, _steps(path))
    return "" if found is None else (found.text or "").strip()


def texts(node: etree._Element | None) -> dict[str, str]:
    """The texts of the children by local name, as `text_at` gives each; of several of one name the first.

    For two children and more: a path to one costs 2 µs, all children of a date or an address together 3 to 4.
    """
    children = () if node is None else node.iterchildren(reversed=True)
    return {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in children}


def day_of_moment(text: str) -> date:
    """The day in Brussels of an xs:dateTime; without time zone, it is of Brussels. Raises NotAsAgreed."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotAsAgreed("the answer does not say when it was given") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=BRUSSELS)).astimezone(BRUSSELS).date()


def text(node: etree._Element, _: Tables) -> str:
    """The text of the element itself."""
    return (node.text or "").strip()


def day(node: etree._Element | None, _: object = None) -> str | None:
    """`yyyy-mm-dd` with 00 for what is not known; None where not even the year is. Raises NotAsAgreed."""
    if node is None:
        return None
    told = texts(node)
    century, year, month, number = (told.get(part) for part in ("Century", "Year", "Month", "Day"))
    if not century or not year:
        return None
    try:
        return parse_incomplete_date(f"{century}{year}-{month or '00'}-{number or '00'}")
    except ValueError:
        raise NotAsAgreed("a date of the file does not exist") from None


def latest(known: str) -> str:
    """The last day that an incomplete date may mean, for comparison as text."""
    return known.replace("-00", "-99")


def name(node: etree._Element, _: Tables) -> dict[str, Any]:
    """NameType as {familyName, givenNames}; what has no label is left out."""
    family = " ".join(filter(None, (text_at(one, "Label") for one in node.iterfind("rn:LastName", _NS))))
    given = [label for one in node.iterfind("rn:FirstName", _NS) if (label := text_at(one, "Label"))]
    return {part: value for part, value in (("familyName", family), ("givenNames", given)) if value}


def coded(table: str) -> Read:
    """Reads {Code, Label} by this table."""

    def read(node: etree._Element, tables: Tables) -> dict[str, Any] | None:
        code = text_at(node, "Code")
        return tables.codes.value(table, code, _told(text_at(node, "Label"))) if code else None

    return read


def _told(label: str) -> Names:
    return {LANGUAGE: label} if label else {}


def bare(table: str) -> Read:
    """Reads an element whose text is the code."""
    return lambda node, tables: tables.codes.value(table, text(node, tables))


def ssin(node: etree._Element, tables: Tables) -> str | None:
    """A person's number; None for what stands in its place where there is none, such as zeros."""
    try:
        return Ssin.parse(text(node, tables), tables.synthetic).value
    except ValueError:
        return None


def one(item: str, columns: Iterable[Column]) -> Read:
    """Reads a container: the first of its items that holds today."""
    told = many(item, columns)
    return lambda node, tables: next(iter(told(node, tables)), None)


def many(item: str, columns: Iterable[Column]) -> Read:
    """Reads a container: all of its items that hold today."""
    table = tuple(columns)
    return lambda node, tables: [filled(found, table, tables) for found in of_today(node, item)]


def only(item: str, path: str, read: Read) -> Read:
    """Reads a container: of the first item that holds today, one part."""
    told = one(item, (Column("only", path, read),))
    return lambda node, tables: (told(node, tables) or {}).get("only")


def municipality(node: etree._Element, tables: Tables) -> dict[str, Any]:
    """PlaceType, a municipality in Belgium: {nisCode, municipality, country}."""
    code = text_at(node, "Code")
    told = names(text_at(node, "Label"), tables.places.municipalities.get(code, {}))
    return {"nisCode": code, "municipality": told, "country": tables.codes.value("country", _BELGIUM)}


def place_abroad(node: etree._Element, tables: Tables) -> dict[str, Any]:
    """GraphicPlaceType: {country, text}."""
    where = (Column("country", "Country", coded("country")), Column("text", "Graphic", text))
    return filled(node, where, tables)


def names(label: str, known: Names) -> dict[str, str]:
    """The register's own label, and the name in other languages where the code is known."""
    told = {language: known[language] for language in ("fr", "nl", "de") if language in known}
    return told | ({LANGUAGE: label} if label else {})


def spans(file: etree._Element, path: str) -> Iterator[Span]:
    """All items at this path, with the days that they hold. Raises NotAsAgreed for one without."""
    for node in _all(file, _steps(path)):
        since = day(find(node, "Date"))
        if since is None:
            raise NotAsAgreed("an item of the file does not say since when it holds")
        yield Span(node, since, day(find(node, "DelDate")))


def of_today(file: etree._Element, path: str) -> list[etree._Element]:
    """The items at this path that still hold, in the file's order."""
    return [node for node in _all(file, _steps(path)) if find(node, "DelDate") is None]


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(f"{{{RN25}}}{step}" for step in path.split("/")) if path else ()


def _first(node: etree._Element, steps: tuple[str, ...]) -> etree._Element | None:
    """As `node.find` of lxml, which interprets a path each time: a file is read by a hundred of them."""
    if not steps:
        return node
    for child in node.iterchildren(steps[0]):
        found = child if len(steps) == 1 else _first(child, steps[1:])
        if found is not None:
            return found
    return None


def _all(node: etree._Element, steps: tuple[str, ...]) -> Iterator[etree._Element]:
    if not steps:
        yield node
        return
    for child in node.iterchildren(steps[0]):
        yield from _all(child, steps[1:])


def _table(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
