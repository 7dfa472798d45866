"""Rows of a table, read and checked: numbers by their check digits, days by the calendar, each fault by line.

Rows of one entity that stand together are kept together, as JSON: nearly all do, and the store then has one
row where the file has ten.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from fidus.cbe.archive import Archive, Line
from fidus.cbe.tables import CODES, ENTERPRISE, META, Table

MOST_TOGETHER = 200  # rows of one entity that are kept in one


@dataclass(frozen=True, slots=True)
class Batch:
    """Some thousands of rows. `rows`: (number, line, JSON of rows without their number), `done`: rows of the
    file so far, `upto`: its bytes."""

    rows: list[tuple[int, int, str]] = field(repr=False)
    done: int
    upto: int


class Unfit(ValueError):
    """One row is not as it must be. The text is a fixed phrase and never quotes the row."""


def batches(archive: Archive, member: str, table: Table, skip: int = 0) -> Iterator[Batch]:
    """The rows of a table after the first `skip`, which were read before. Raises ConfigurationInvalid."""
    for lines, rows in _parsed(archive, member, table.columns, skip):
        try:
            yield Batch(_grouped(rows, lines.number, table), lines.number - 2 + len(rows), lines.upto)
        except Unfit as unfit:
            raise _located(archive, member, lines, table, unfit) from None


def keys(archive: Archive, member: str, table: Table, skip: int = 0) -> Iterator[tuple[list[int], int, int]]:
    """The numbers of a `_delete.csv`, with rows and bytes so far. Raises ConfigurationInvalid."""
    for lines, rows in _parsed(archive, member, table.columns[:1], skip):
        numbers = []
        for nth, row in enumerate(rows):
            try:
                numbers.append(number_of(row[0], table.firsts))
            except (Unfit, IndexError):
                raise archive.fault(member, lines.number + nth, "its number is none", _CURE) from None
        yield numbers, lines.number - 2 + len(rows), lines.upto


def plain(archive: Archive, member: str, columns: tuple[str, ...]) -> Iterator[list[list[str]]]:
    """Rows as they are, of a table without numbers. Raises ConfigurationInvalid."""
    for lines, rows in _parsed(archive, member, columns, 0):
        for nth, row in enumerate(rows):
            if len(row) != len(columns):
                raise archive.fault(
                    member, lines.number + nth, "the row has another number of columns", _CURE
                )
        yield rows


def codes(archive: Archive) -> Iterator[list[list[str]]]:
    """code.csv."""
    return plain(archive, "code.csv", CODES)


def meta(archive: Archive) -> dict[str, str]:
    """meta.csv. Raises ConfigurationInvalid."""
    return {row[0]: row[1] for rows in plain(archive, "meta.csv", META) for row in rows}


def _parsed(
    archive: Archive, member: str, columns: tuple[str, ...], skip: int
) -> Iterator[tuple[Line, list[list[str]]]]:
    """Lines and rows, without the header, which must name these columns, and without the first `skip`."""
    headed = False
    for line in archive.lines(member):
        texts, number = line.texts, line.number
        if not headed:
            headed = True
            header = next(csv.reader([texts[0].removeprefix("\ufeff")]), [])
            if tuple(header) != columns:
                problem = f"the columns are not {', '.join(columns)}"
                raise archive.fault(member, 1, problem, "Load a file of version 1.0.0")
            texts, number = texts[1:], 2
        if number + len(texts) <= skip + 2:
            continue
        past = max(0, skip + 2 - number)
        rest = Line(number + past, texts[past:], line.upto)
        yield rest, _rows(archive, member, rest)


def _rows(archive: Archive, member: str, line: Line) -> list[list[str]]:
    try:
        rows = list(csv.reader(line.texts, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != len(line.texts):
        at = line.number + _first_unfit(line.texts)
        raise archive.fault(member, at, "the line is no row of quoted columns", _CURE)
    return rows


def _first_unfit(texts: Sequence[str]) -> int:
    """Which of these lines is no row by itself."""
    return next((nth for nth, text in enumerate(texts) if not _is_row(text)), 0)


def _is_row(text: str) -> bool:
    try:
        return len(list(csv.reader([text], strict=True))) == 1
    except csv.Error:
        return False


def _grouped(rows: list[list[str]], first: int, table: Table) -> list[tuple[int, int, str]]:
    """Rows that stand together under one number, as one. Raises Unfit."""
    width, days, enterprises = len(table.columns), table.days, table.enterprises
    made: list[tuple[int, int, str]] = []
    key, number, begun = "\n", 0, first  # which no field holds
    group: list[list[str]] = []
    for nth, row in enumerate(rows):
        if len(row) != width:
            raise Unfit("the row has another number of columns")
        for column in days:
            if row[column]:
                row[column] = day_of(row[column])
        for column in enterprises:
            number_of(row[column], ENTERPRISE)
        if row[0] != key or len(group) == MOST_TOGETHER:
            if group:
                made.append((number, begun, _ENCODE(group)))
            key, number, begun, group = row[0], number_of(row[0], table.firsts), first + nth, []
        group.append(row[1:])
    if group:
        made.append((number, begun, _ENCODE(group)))
    return made


def _located(archive: Archive, member: str, lines: Line, table: Table, unfit: Unfit) -> Exception:
    """The fault with its line: the first row that does not fit by itself."""
    at = next(nth for nth, text in enumerate(lines.texts) if not _fits(text, table))
    return archive.fault(member, lines.number + at, str(unfit), _CURE)


def _fits(text: str, table: Table) -> bool:
    try:
        _grouped(list(csv.reader([text])), 1, table)
    except Unfit:
        return False
    return True


def number_of(text: str, firsts: str) -> int:
    """`0200.065.765` as a number. Raises Unfit: not ten digits, another first one, other check digits."""
    digits = text.replace(".", "")
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit() or digits[0] not in firsts:
        raise Unfit("its number is none")
    number = int(digits)
    if 97 - number // 100 % 97 != number % 100:
        raise Unfit("the check digits of its number do not match")
    return number


def day_of(text: str) -> str:
    """`dd-mm-yyyy` as `yyyy-mm-dd`. Raises Unfit."""
    try:
        day, month, year = text.split("-")
        if len(year) != 4 or not text.isascii():
            raise ValueError
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Unfit("a day in it does not exist") from None


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_CURE = "Download the file again; nothing of it is in use"
