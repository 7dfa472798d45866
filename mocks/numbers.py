"""Numbers of persons who cannot exist: birth month + 60, bis numbers + 80, with right check digits."""

from __future__ import annotations

from random import Random

from mocks.days import Day

NATIONAL, BIS = 60, 80
_LAST_SERIAL = 997


def number(birth: Day, serial: int, added: int = NATIONAL) -> str:
    """Eleven digits for a birth day and a serial number 1..997. `added`: NATIONAL or BIS.

    The last two are 97 - (the first nine mod 97), with a 2 before the nine for births from 2000.
    """
    nine = f"{birth.year % 100:02d}{birth.month + added:02d}{birth.day:02d}{serial:03d}"
    return f"{nine}{check_digits(nine, birth.year):02d}"


def check_digits(nine: str, year: int) -> int:
    """The check number, 1..97, for the first nine digits of someone born in `year`."""
    return 97 - int(("2" if year >= 2000 else "") + nine) % 97


def well_formed(text: str) -> bool:
    """True for a synthetic number: 11 digits, a month that exists once lowered, right check digits."""
    if len(text) != 11 or not text.isascii() or not text.isdigit():
        return False
    month, day = int(text[2:4]), int(text[4:6])
    months = (*range(NATIONAL, NATIONAL + 13), *range(BIS, BIS + 13))
    checks = {check_digits(text[:9], year) for year in (1999, 2000)}
    return month in months and day <= 31 and int(text[9:]) in checks


class Numbers:
    """Gives every number once. Odd serials are for men, even ones for women."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given: set[str] = set()

    def beside(self, random: Random) -> Numbers:
        """Another giver, of a chance of its own, that gives none of these."""
        other = Numbers(random)
        other._given = self._given
        return other

    def give(self, birth: Day, sex: int, added: int = NATIONAL) -> str:
        """A number that was not given before. `sex` 1 male, 2 female."""
        while True:
            serial = self._random.randrange(2 - sex % 2, _LAST_SERIAL + 1, 2)
            made = number(birth, serial, added)
            # Another century can give the same eleven digits; those would name two people.
            if made not in self._given:
                self._given.add(made)
                return made
