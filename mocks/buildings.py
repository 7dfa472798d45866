"""Buildings, parcels and address points: wherever somebody lives or works, something stands.

Places on the map are made up: each street lies on a line of its own within a box of the Region, its house
numbers along it (Belgian Lambert 72, metres). Parcel keys have the form of the cadastre's (division, section,
number); their divisions are 21 900 and above, which no division has (assumed).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from mocks.places import Address, Street, streets

_WEST, _SOUTH = 141_000, 161_500  # about the south-west corner of the Region
_BETWEEN_STREETS_M, _ROW = 1_100, 14
_PER_NUMBER_M = 6.0
_TURNS = 350  # house numbers after which a long street goes on one row further north


@dataclass(frozen=True, slots=True)
class Parcel:
    """`capakey` such as 21901A0012/00B000; `area` in m²."""

    capakey: str
    area: int


@dataclass(frozen=True, slots=True)
class Building:
    """What stands at one house number. `area` in m², `height` and coordinates in m; `boxes` in it."""

    id: str
    block: str
    street: Street
    house_number: str
    parcel: Parcel
    x: float
    y: float
    area: int
    height: int
    boxes: tuple[str, ...] = ()

    @property
    def inspire_id(self) -> str:
        """The name of the object as the Region writes it."""
        return f"https://databrussels.be/id/building/{self.id}"

    @property
    def address_key(self) -> str:
        """The key of the address as text, with the blanks that the real ones have."""
        return f"{self.street.nis}{self.street.code} {self.house_number:>6}"


@dataclass(frozen=True)
class Town:
    """Every building, by street and house number."""

    buildings: tuple[Building, ...]

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str, str], Building]:
        """(NIS code, street code, house number) -> building."""
        return {(one.street.nis, one.street.code, one.house_number): one for one in self.buildings}

    @cached_property
    def by_id(self) -> Mapping[str, Building]:
        """Building id -> building."""
        return {one.id: one for one in self.buildings}

    def at(self, address: Address) -> Building | None:
        """What stands there, None where nothing does."""
        return self.by_place.get((address.street.nis, address.street.code, address.house_number))


def town(addresses: Iterable[Address]) -> Town:
    """Buildings for all these addresses, and the empty house beside each fifth."""
    boxes: dict[tuple[Street, str], set[str]] = {}
    for address in addresses:
        if address.written is None:
            found = boxes.setdefault((address.street, address.house_number), set())
            if address.box is not None:
                found.add(address.box)
    for nth, (street, number) in enumerate(sorted(boxes, key=_order)):
        if nth % 5 == 0:
            boxes.setdefault((street, f"{_plain(number) + 2}"), set())
    return Town(tuple(_buildings(boxes)))


def _buildings(boxes: Mapping[tuple[Street, str], set[str]]) -> Iterator[Building]:
    places = {street: nth for nth, street in enumerate(streets())}
    ids = count(100_001)
    for street, number in sorted(boxes, key=_order):
        nth, along = places[street], _plain(number)
        letter = _mark(number)
        west = _WEST + (nth % _ROW) * _BETWEEN_STREETS_M
        south = _SOUTH + (nth // _ROW) * _BETWEEN_STREETS_M
        identity = next(ids)
        yield Building(
            id=str(identity),
            block=f"{nth + 1:03d}{along // 40:02d}",
            street=street,
            house_number=number,
            parcel=Parcel(_capakey(nth, along, letter), 90 + identity % 400),
            x=round(west + along % _TURNS * _PER_NUMBER_M / 2 + letter / 8, 3),
            y=float(south + along // _TURNS * 40 + along % 2 * 18),
            area=60 + identity % 240,
            height=6 + identity % 24,
            boxes=tuple(sorted(boxes[street, number])),
        )


def _capakey(street: int, number: int, letter: int) -> str:
    """Division, section, ground number / bis number, letter exponent (`_`: none), number exponent."""
    exponent = chr(64 + letter) if letter else "_"
    return f"{21_900 + street % 60}{chr(65 + street // 60)}{number:04d}/{letter:02d}{exponent}000"


def _order(place: tuple[Street, str]) -> tuple[str, str, int, str]:
    street, number = place
    return (street.nis, street.code, _plain(number), number)


def _mark(number: str) -> int:
    """0 for a plain number, 1 to 25 for its letter, 26 for any other writing (a range, for instance)."""
    if number.isdigit():
        return 0
    last = number[-1].upper()
    return min(ord(last) - 64, 25) if "A" <= last <= "Z" else 26


def _plain(number: str) -> int:
    """The number without what stands behind it."""
    digits = number
    while digits and not digits.isdigit():
        digits = digits[:-1]
    return int(digits or "0")
