"""Vehicles of the synthetic world, their plates and who holds them.

No plate and no vehicle here can be real: plates begin with the index 0, which is on none (assumed: indices in
use are 1 to 9), and vehicle identification numbers with 0, which stands for no region of makers (ISO 3780).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mocks.days import Day
from mocks.enterprises import Enterprise
from mocks.households import WORLD_DAY
from mocks.people import Person

_LETTERS = "ABCDEFGHJKLNPRSTUVWXYZ"
_CONSONANTS = "BCDFGHJKLNPRSTVWXZ"  # no word comes out of them

REGISTERED, STRUCK_OFF, SUSPENDED = "REG", "DEL", "SUS"
NORMAL_PLATE = "NM"
PETROL, DIESEL, LPG, CNG, ELECTRIC, HYDROGEN, ETHANOL = "10", "20", "30", "40", "60", "50", "16"
DIPLOMATIC, COURT, INTERNATIONAL = "CD", "CR", "IE"


@dataclass(frozen=True, slots=True)
class Model:
    """What a maker builds. Masses in kg, capacity in cm³, power in kW. `fuels`: several for a hybrid."""

    make: str
    name: str
    category: str
    body: str
    fuels: tuple[str, ...]
    capacity: int
    power: int
    mass: int
    most_mass: int
    seats: int


_MODELS: Sequence[tuple[int, Model]] = (
    (26, Model("BRABO", "Senne", "M1", "AB", (PETROL,), 1199, 74, 1150, 1640, 5)),
    (20, Model("BRABO", "Senne D", "M1", "AC", (DIESEL,), 1499, 85, 1320, 1860, 5)),
    (12, Model("SONIANA", "Volt", "M1", "AB", (ELECTRIC,), 0, 150, 1680, 2150, 5)),
    (10, Model("SONIANA", "Duo", "M1", "AA", (PETROL, ELECTRIC), 1598, 132, 1540, 2040, 5)),
    (4, Model("SONIANA", "Duo D", "M1", "AC", (DIESEL, ELECTRIC), 1968, 140, 1760, 2300, 5)),
    (3, Model("BRABO", "Gaz", "M1", "AB", (PETROL, LPG), 1199, 74, 1190, 1640, 5)),
    (2, Model("BRABO", "Méthane", "M1", "AC", (PETROL, CNG), 1395, 81, 1310, 1800, 5)),
    (1, Model("SONIANA", "H", "M1", "AA", (HYDROGEN,), 0, 134, 1850, 2415, 5)),
    (1, Model("BRABO", "Flex", "M1", "AB", (PETROL, ETHANOL), 1199, 74, 1160, 1640, 5)),
    (9, Model("CANAL", "Porteur", "N1", "BB", (DIESEL,), 1968, 103, 1980, 3200, 3)),
    (3, Model("CANAL", "Lourd", "N3", "BA", (DIESEL,), 12_800, 330, 9_100, 40_000, 2)),
    (1, Model("CANAL", "Ligne", "M3", "CA", (DIESEL,), 9_200, 235, 12_000, 19_000, 45)),
    (5, Model("ZENNE", "Moto", "L3e", "", (PETROL,), 649, 55, 205, 385, 2)),
    (3, Model("ZENNE", "Tractée", "O1", "", (), 0, 0, 180, 750, 0)),
)
_CHOICES, _WEIGHTS = [one for _, one in _MODELS], [weight for weight, _ in _MODELS]
_CLASS = {"L3e": "M", "O1": "Q"}  # the letter after the index
_NORMS: Sequence[tuple[date, str, str]] = (  # from when, light, heavy
    (date(1993, 1, 1), "1", "I"),
    (date(1997, 1, 1), "2", "II"),
    (date(2001, 1, 1), "3", "III"),
    (date(2006, 1, 1), "4", "IV"),
    (date(2011, 1, 1), "5a", "V"),
    (date(2013, 1, 1), "5b", "V"),
    (date(2015, 9, 1), "6b", "VI"),
    (date(2018, 9, 1), "6d", "VI"),
    (date(2024, 1, 1), "6ei", "VI"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Vehicle:
    """`norm`: Euro norm as the register writes it, None where there is no engine or none applies."""

    vin: str
    unifier: str
    model: Model
    first_used: Day
    colour: str
    norm: str | None
    co2: int | None
    imported: bool = False

    @property
    def fuels(self) -> tuple[str, ...]:
        """Codes, the main one first."""
        return self.model.fuels


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """One plate on one vehicle for one holder. `holder`: SSIN (11 digits) or enterprise number (10).
    `driver`: SSIN of the usual driver of an enterprise's vehicle."""

    plate: str
    plate_type: str
    certificate: str
    vehicle: Vehicle
    holder: str
    since: Day
    until: Day | None
    status: str
    driver: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Foreign:
    """A vehicle that our register does not know. `country`: ISO 3166-1 alpha-2. The plates cannot be real:
    a French number has no 000, a German one does not begin with 0."""

    country: str
    plate: str


def foreigners(random: Random, count: int) -> Iterator[Foreign]:
    """`count` of them, about two in three French."""
    for nth in range(count):
        a, b, c, d = random.choices(_CONSONANTS, k=4)
        if random.random() < 0.66:
            yield Foreign("FR", f"{a}{b}000{c}{d}")
        else:
            yield Foreign("DE", f"{a}{b}{c}0{nth % 1_000:03d}")


def fleet(
    random: Random, people: Sequence[Person], firms: Sequence[Enterprise], count: int
) -> Iterator[Registration]:
    """Registrations of `count` vehicles, each vehicle's from its first holder to its present one."""
    holders = _Holders(
        [one for one in people if one.decease is None],
        [one for one in firms if one.until is None],
    )
    plates, certificates = _Plates(random), iter(range(100_000_000, 999_999_999, 7))
    for nth in range(count):
        vehicle = _vehicle(random, nth)
        for since, until in _ownerships(random, vehicle):
            holder, driver = holders.one(random, since)
            gone = until is not None
            yield Registration(
                plate=plates.give(vehicle),
                plate_type=_plate_type(random, vehicle),
                certificate=str(next(certificates)),
                vehicle=vehicle,
                holder=holder,
                since=Day.of(since),
                until=Day.of(until) if until is not None else None,
                status=STRUCK_OFF if gone else (SUSPENDED if random.random() < 0.01 else REGISTERED),
                driver=driver,
            )


def _vehicle(random: Random, nth: int) -> Vehicle:
    model = random.choices(_CHOICES, _WEIGHTS)[0]
    used = _first_use(random, nth)
    if ELECTRIC in model.fuels or HYDROGEN in model.fuels:
        used = max(used, date(2016, 1, 1) + timedelta(days=random.randint(0, 3_000)))
    used = min(used, date(2025, 12, 20))
    burns = [fuel for fuel in model.fuels if fuel not in (ELECTRIC, HYDROGEN)]
    heavy = model.category in ("N3", "M3")
    norm = _norm(used, heavy=heavy) if burns and model.category != "L3e" else None
    clean = model.fuels and not burns
    co2 = (
        0
        if clean
        else (int(70 + model.capacity / 25 + random.randint(-9, 9)) if burns and not heavy else None)
    )
    vin = f"0{random.choice(_LETTERS)}{model.make[0]}" + "".join(random.choices(_LETTERS, k=6)) + f"{nth:08d}"
    return Vehicle(
        vin.replace("I", "J").replace("O", "P").replace("Q", "R"),
        f"{random.randint(1, 99):02d}",
        model,
        Day.of(used),
        random.choice(("1", "4", "6", "7", "8", "8", "10", "10", "10", "3", "2", "9")),
        norm,
        co2,
        random.random() < 0.06,
    )


def _first_use(random: Random, nth: int) -> date:
    """More of late than long ago; the first vehicles go through every norm, so that none is missing."""
    begin = date(1993, 6, 1)
    if nth < 4 * len(_NORMS):
        return _NORMS[nth % len(_NORMS)][0] + timedelta(days=random.randint(0, 90))
    return begin + timedelta(days=int(random.betavariate(4, 1.4) * (WORLD_DAY - begin).days))


def _norm(used: date, *, heavy: bool) -> str:
    begun = [(light, roman) for since, light, roman in _NORMS if since <= used]
    return begun[-1][1 if heavy else 0]


def _ownerships(random: Random, vehicle: Vehicle) -> Iterator[tuple[date, date | None]]:
    """From when until when each holder had it; the last one may have let it be struck off."""
    start = vehicle.first_used.first()
    while True:
        end = start + timedelta(days=300 + int(random.expovariate(1 / 1_800)))
        if end >= WORLD_DAY or random.random() < 0.35:
            gone = end < WORLD_DAY and random.random() < 0.3
            yield start, (end if gone else None)
            return
        yield start, end
        start = min(end + timedelta(days=random.randint(0, 40)), WORLD_DAY - timedelta(days=1))


class _Holders:
    """Who could hold a vehicle on a day: grown-ups, and enterprises that had begun."""

    def __init__(self, people: Sequence[Person], firms: Sequence[Enterprise]) -> None:
        self._people = sorted(people, key=lambda one: one.birth.year)
        self._firms = sorted(firms, key=lambda one: one.since)
        self._lessors = [one for one in self._firms if one.leases]

    def one(self, random: Random, day: date) -> tuple[str, str | None]:
        """A person, an enterprise, or a lessor whose vehicle somebody drives."""
        driver = self._grown_up(random, day).number
        chance = random.random()
        if chance < 0.72:
            return driver, None
        firms = self._lessors if chance > 0.85 else self._firms
        begun = bisect_right(firms, Day.of(day), key=lambda one: one.since)
        if not begun:
            return driver, None
        return firms[random.randrange(begun)].number, driver if random.random() < 0.7 else None

    def _grown_up(self, random: Random, day: date) -> Person:
        count = bisect_right(self._people, day.year - 18, key=lambda one: one.birth.year)
        return self._people[random.randrange(count)]


def _plate_type(random: Random, vehicle: Vehicle) -> str:
    if vehicle.model.category != "M1" or random.random() < 0.97:
        return NORMAL_PLATE
    return random.choice((DIPLOMATIC, COURT, INTERNATIONAL))


class _Plates:
    """Gives every plate once: index 0, three letters, three digits."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given: set[str] = set()

    def give(self, vehicle: Vehicle) -> str:
        first = _CLASS.get(vehicle.model.category)
        while True:
            letters = "".join(self._random.choices(_CONSONANTS, k=3))
            letters = letters if first is None else first + letters[1:]
            plate = f"0{letters}{self._random.randint(1, 999):03d}"
            if plate not in self._given:
                self._given.add(plate)
                return plate
