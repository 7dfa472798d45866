"""As many enterprises as wanted, for measuring: made row by row from their place in the row, never kept.

Their numbers begin with 15 to 19 (establishments with 80 to 88), which the Crossroads Bank never gave
(assumed, as in `mocks.enterprises`). For each there are about 0.9 establishments, 1.8 names, 1.5 addresses, 5
activities and 0.4 contacts, which is about the shape of the real files (assumed).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mocks.cbe.labels import CODES
from mocks.cbe.opendata import Row, dotted, written
from mocks.enterprises import checked
from mocks.places import municipalities, streets

MOST = 4_900_000
_FIRST, _FIRST_PLACE, _FIRST_BRANCH = 15_000_000, 80_000_000, 90_000_000
_PLACES = (1, 1, 1, 1, 0, 1, 2, 1, 0, 1)
"""How many establishments each of ten enterprises has; with `_BEFORE`, how many those before it have."""
_BEFORE = tuple(sum(_PLACES[:nth]) for nth in range(len(_PLACES)))
_FORMS = ("610", "610", "014", "017", "706")
_BEGIN = date(1990, 1, 1)
_WORDS = ("Atelier", "Bureau", "Comptoir", "Depot", "Fabriek", "Maison", "Studio", "Winkel")


@dataclass(frozen=True, slots=True)
class Many:
    """`count` enterprises, the first of them at place `first`. `changed`: of another name and situation."""

    count: int
    first: int = 0
    changed: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.first + self.count <= MOST:
            raise ValueError(f"there are numbers for {MOST} enterprises only")

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, enterprise by enterprise."""
        make = getattr(self, f"_{table}")
        for nth in range(self.first, self.first + self.count):
            yield from make(nth)

    def keys(self, table: str) -> Iterator[str]:
        """The keys that have rows in a table, each once."""
        former = ""
        for row in self.rows(table):
            if row[0] != former:
                former = row[0]
                yield former

    def _enterprise(self, nth: int) -> Iterator[Row]:
        natural = _natural(nth)
        form = "" if natural else _FORMS[_mixed(nth, 1) % len(_FORMS)]
        situation = "012" if self.changed else "000"
        yield _number(nth), "AC", situation, "1" if natural else "2", form, "", _start(nth, 0)

    def _establishment(self, nth: int) -> Iterator[Row]:
        for turn, place in enumerate(_places(nth)):
            yield place, _start(nth, turn), _number(nth)

    def _branch(self, nth: int) -> Iterator[Row]:
        if nth % 300 == 7:
            yield dotted(checked(f"{_FIRST_BRANCH + nth // 300}")), _start(nth, 1), _number(nth)

    def _denomination(self, nth: int) -> Iterator[Row]:
        word = _WORDS[_mixed(nth, 2) % len(_WORDS)]
        name = f"{word} {'nouveau ' if self.changed else ''}{nth}"
        number = _number(nth)
        yield number, "1" if nth % 2 else "2", "001", name
        if nth % 3 == 0:
            yield number, "2" if nth % 2 else "1", "001", f"{name} bis"
        for turn, place in enumerate(_places(nth)):
            if (nth + turn) % 2:
                yield place, "1", "003", f'{word} "{nth}/{turn}", magasin'

    def _contact(self, nth: int) -> Iterator[Row]:
        number = _number(nth)
        if nth % 4 == 0:
            yield number, "ENT", "EMAIL", f"info@m{nth}.example"
        if nth % 8 == 0:
            yield number, "ENT", "WEB", f"https://m{nth}.example"

    def _address(self, nth: int) -> Iterator[Row]:
        if not _natural(nth):
            yield (_number(nth), "REGO", *_where(_mixed(nth, 3)))
        for turn, place in enumerate(_places(nth)):
            yield (place, "BAET", *_where(_mixed(nth, 4 + turn)))

    def _activity(self, nth: int) -> Iterator[Row]:
        trades = _TRADES[_mixed(nth, 6) % (len(_TRADES) - 2) :][:3]
        number = _number(nth)
        for group in ("001", "003", "006")[: 2 + nth % 2]:
            yield number, group, "2008", trades[0], "MAIN"
        for trade in trades[1:]:
            yield number, "003", "2008", trade, "SECO"
        for place in _places(nth):
            yield place, "003", "2008", trades[0], "MAIN"


@dataclass(frozen=True, slots=True)
class ManyChanges:
    """An update to `count` of them: one in fifty is changed, one in 200 is gone, and one in 100 is new."""

    count: int

    @property
    def _parts(self) -> tuple[Many, Many, Many]:
        """What is changed, what is gone, what is new."""
        changed, gone = self.count // 50, self.count // 200
        return (
            Many(changed, changed=True),
            Many(gone, changed),
            Many(self.count // 100, self.count),
        )

    def deleted(self, table: str) -> Iterator[str]:
        """Keys of what is gone, in every table, and of what is changed where it is."""
        changed, gone, _ = self._parts
        if table in _CHANGING:
            yield from changed.keys(table)
        yield from gone.keys(table)

    def inserted(self, table: str) -> Iterator[Row]:
        """Rows of what is changed, where it is, and of what is new, in every table."""
        changed, _, new = self._parts
        if table in _CHANGING:
            yield from changed.rows(table)
        yield from new.rows(table)


_CHANGING = ("enterprise", "denomination")
_TRADES: Sequence[str] = (*CODES["Nace2008"], *tuple(CODES["Nace2008"])[:2])


def _mixed(nth: int, salt: int) -> int:
    """A number that looks like chance and costs next to nothing: multiplicative hashing."""
    return (nth * 2_654_435_761 + salt * 40_503) % 4_294_967_296 >> 8


def _natural(nth: int) -> bool:
    return nth % 5 in (1, 3)


def _number(nth: int) -> str:
    return dotted(checked(f"{_FIRST + nth}"))


def _places(nth: int) -> list[str]:
    ten, place = divmod(nth, len(_PLACES))
    before = _FIRST_PLACE + ten * sum(_PLACES) + _BEFORE[place]
    return [dotted(checked(f"{before + turn}")) for turn in range(_PLACES[place])]


def _start(nth: int, turn: int) -> str:
    return _DAYS[(_mixed(nth, 7) + turn * 400) % len(_DAYS)]


_DAYS = tuple(written(_BEGIN + timedelta(days=days)) for days in range(12_000))


def _where(chance: int) -> Row:
    """Countries, postal code, municipality, street, house, box, and nothing more."""
    street = streets()[chance % len(streets())]
    town = _TOWNS[street.nis]
    box = str(chance % 7) if chance % 3 == 0 else ""
    named = (street.postal_code, *town, street.names.nl, street.names.fr)
    return ("", "", *named, str(1 + chance % 320), box, "", "")


_TOWNS: Mapping[str, tuple[str, str]] = {nis: (names.nl, names.fr) for nis, names in municipalities().items()}
