"""The world's enterprises as the open data tell them on a day, and what changed between two days.

Only what is active is told; a natural person's own address is not (assumed). What ends is gone a day later.
Contacts are made up from the number: some have an address for mail, and a web site after their first year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mocks.cbe.opendata import TABLES, Register, Row, dotted, written
from mocks.cbe.writer import MAIN, NACE, NAME, PLACE, SEAT
from mocks.days import Day
from mocks.enterprises import ACTIVE, LEGAL, Enterprise, Establishment
from mocks.places import Address, Names, municipalities
from mocks.world import World

FRENCH, DUTCH = "1", "2"
_GROUPS = ("001", "003")
_FIRST_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is active at the beginning of `day`."""

    world: World
    day: date

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, enterprise by enterprise."""
        for one in self.world.enterprises.values():
            if self._active(one.since, one.until):
                yield from _ROWS[table](self, one)

    def enterprise(self, one: Enterprise) -> Iterator[Row]:
        """Its one row."""
        situation = next(part.code for part in reversed(one.situations) if part.since.first() <= self.day)
        start = written(one.since.first())
        yield dotted(one.number), ACTIVE, situation, one.kind, one.form or "", "", start

    def establishment(self, one: Enterprise) -> Iterator[Row]:
        """One row for each."""
        for place in self._places(one):
            yield dotted(place.number), written(place.since.first()), dotted(one.number)

    def denomination(self, one: Enterprise) -> Iterator[Row]:
        """A row for each language, of the enterprise and of each establishment."""
        for number, names in self._named(one):
            yield dotted(number), FRENCH, NAME, names.fr
            yield dotted(number), DUTCH, NAME, names.nl

    def contact(self, one: Enterprise) -> Iterator[Row]:
        """Of one enterprise in three."""
        if int(one.number[4:8]) % 3:
            return
        number = dotted(one.number)
        yield number, "ENT", "EMAIL", f"info@e{one.number}.example"
        if one.since.first() + _FIRST_YEAR <= self.day:
            yield number, "ENT", "WEB", f"https://e{one.number}.example"

    def address(self, one: Enterprise) -> Iterator[Row]:
        """Of the seat of a legal person, and of each establishment."""
        if one.kind == LEGAL:
            yield _address(one.number, SEAT, one.seat)
        for place in self._places(one):
            yield _address(place.number, PLACE, place.address)

    def activity(self, one: Enterprise) -> Iterator[Row]:
        """Of the enterprise, as for its VAT and otherwise, and of each establishment."""
        for group in _GROUPS:
            yield dotted(one.number), group, NACE, one.trade, MAIN
        for place in self._places(one):
            yield dotted(place.number), _GROUPS[1], NACE, place.trade, MAIN

    def _places(self, one: Enterprise) -> Iterator[Establishment]:
        return (place for place in one.establishments if self._active(place.since, place.until))

    def _named(self, one: Enterprise) -> Iterator[tuple[str, Names]]:
        yield one.number, one.names
        for place in self._places(one):
            yield place.number, place.names

    def _active(self, since: Day, until: Day | None) -> bool:
        return since.first() < self.day and (until is None or until.first() >= self.day)


_ROWS: Mapping[str, Callable[[Snapshot, Enterprise], Iterable[Row]]] = {
    "enterprise": Snapshot.enterprise,
    "establishment": Snapshot.establishment,
    "branch": lambda _, __: (),
    "denomination": Snapshot.denomination,
    "contact": Snapshot.contact,
    "address": Snapshot.address,
    "activity": Snapshot.activity,
}


class Difference:
    """What to delete from `before` and to insert to have `after`: every row of each key that differs."""

    def __init__(self, before: Register, after: Register) -> None:
        self._tables = {table: (_by_key(before, table), _by_key(after, table)) for table in TABLES}

    def deleted(self, table: str) -> Iterable[str]:
        """Keys that are no more, or whose rows are others."""
        before, after = self._tables[table]
        return [key for key, rows in before.items() if after.get(key) != rows]

    def inserted(self, table: str) -> Iterator[Row]:
        """The rows of keys that are new, or whose rows are others."""
        before, after = self._tables[table]
        for key, rows in after.items():
            if before.get(key) != rows:
                yield from rows


def _by_key(register: Register, table: str) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in register.rows(table):
        found.setdefault(row[0], []).append(row)
    return found


def _address(number: str, kind: str, one: Address) -> Row:
    street = one.street.names if one.written is None else Names(one.written, one.written)
    town = municipalities()[one.street.nis]
    inside = (one.street.postal_code, town.nl, town.fr, street.nl, street.fr, one.house_number, one.box or "")
    return (dotted(number), kind, "", "", *inside, "", "")
