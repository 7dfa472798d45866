"""Identifiers of persons, enterprises and vehicles, and dates: parsed once at the edge, a proof inside.

None of these types shows its value by `str` or `repr`: whoever needs it writes `.value`. Errors name the rule
and never the value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

_SSIN = re.compile(r"[0-9]{11}")
_ENTERPRISE_NUMBER = re.compile(r"[01][0-9]{9}")
_ESTABLISHMENT_NUMBER = re.compile(r"[2-8][0-9]{9}")
_PLATE = re.compile(r"[A-Z0-9]{1,10}")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_INCOMPLETE_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SEPARATORS = str.maketrans("", "", " .-/")

_ADDED_TO_REAL_MONTHS = (0, 20, 40)  # national; bis, sex not known; bis, sex known
_ADDED_TO_SYNTHETIC_MONTHS = (60, 80)  # national; bis


@dataclass(frozen=True, slots=True)
class Ssin:
    """Social security identification number: 11 digits `YYMMDD SSS CC`, national or bis.

    CC = 97 - (first nine digits mod 97), for births from 2000 with a 2 put in front of the nine (Belgif
    openapi-person-identifier). Bis numbers add 20 or 40 to the month. Synthetic numbers, which no register
    ever gives, add 60 (bis: 80), so they can never be a real person's. Month 0: not known. The day is any two
    digits: the register counts on with it when a date is not known or its numbers are used up.
    """

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str, synthetic: bool) -> Ssin:
        """From 11 digits; blanks, dots, dashes and slashes between them are allowed.

        `synthetic` true takes synthetic numbers only, false takes none of them. Raises ValueError.
        """
        digits = text if _SSIN.fullmatch(text) else text.translate(_SEPARATORS)
        if not _SSIN.fullmatch(digits):
            raise ValueError("An SSIN has 11 digits")
        month = int(digits[2:4]) % 20
        added = int(digits[2:4]) - month
        if added not in (_ADDED_TO_SYNTHETIC_MONTHS if synthetic else _ADDED_TO_REAL_MONTHS):
            raise ValueError(f"Only {'synthetic' if synthetic else 'real'} SSINs are taken here")
        if month > 12:
            raise ValueError("The month of birth in this SSIN does not exist")
        if int(digits[9:]) not in (check_digits(digits[:9], 1900), check_digits(digits[:9], 2000)):
            raise ValueError("The check digits of this SSIN do not match")
        return cls(digits)

    @property
    def is_bis(self) -> bool:
        """True for a bis number: a person who is known but not registered in the National Register."""
        return int(self.value[2:4]) % 60 > 12

    def __str__(self) -> str:
        return "Ssin(hidden)"


def check_digits(nine: str, century: int) -> int:
    """The last two digits of an SSIN with these first nine, 1..97. `century` of birth: 1900 or 2000."""
    return 97 - int(("2" if century == 2000 else "") + nine) % 97


def _ten_digits(text: str, form: re.Pattern[str], what: str, first: str) -> str:
    """Ten digits of this form, the last two 97 - (the first eight mod 97). Raises ValueError."""
    digits = text.translate(_SEPARATORS)
    if not form.fullmatch(digits):
        raise ValueError(f"An {what} has 10 digits, the first {first}")
    if int(digits[8:]) != 97 - int(digits[:8]) % 97:
        raise ValueError(f"The check digits of this {what} do not match")
    return digits


@dataclass(frozen=True, slots=True)
class EnterpriseNumber:
    """Enterprise number: 10 digits, first 0 or 1, last two = 97 - (first eight mod 97) (Belgif
    openapi-organization-identifier)."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> EnterpriseNumber:
        """From ten digits; blanks, dots, dashes and slashes between them are allowed. Raises ValueError."""
        return cls(_ten_digits(text, _ENTERPRISE_NUMBER, "enterprise number", "0 or 1"))


@dataclass(frozen=True, slots=True)
class EstablishmentNumber:
    """Establishment unit number: 10 digits, first 2 to 8, check digits as of an enterprise number (Belgif
    openapi-organization-identifier)."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> EstablishmentNumber:
        """From ten digits; blanks, dots, dashes and slashes between them are allowed. Raises ValueError."""
        return cls(_ten_digits(text, _ESTABLISHMENT_NUMBER, "establishment number", "from 2 to 8"))


@dataclass(frozen=True, slots=True)
class Plate:
    """A registration plate without separators, in capitals: 1 to 10 letters and digits. There is no check
    digit, and personal plates follow no pattern (royal decree of 20 July 2001, art. 21 and following)."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Plate:
        """Blanks, dots, dashes and slashes are left out, small letters made large. Raises ValueError."""
        plate = text.translate(_SEPARATORS).upper()
        if not text.isascii() or not _PLATE.fullmatch(plate):  # the capital of ß is SS
            raise ValueError("A plate has 1 to 10 letters (A to Z) and digits")
        return cls(plate)


@dataclass(frozen=True, slots=True)
class Vin:
    """Vehicle identification number: 17 letters and digits without I, O and Q (ISO 3779). Its check character
    is not required of European vehicles, so none is checked."""

    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Vin:
        """Small letters are made large. Raises ValueError."""
        vin = text.upper()
        if not text.isascii() or not _VIN.fullmatch(vin):
            raise ValueError("A VIN has 17 letters and digits, without I, O and Q")
        return cls(vin)


def parse_incomplete_date(text: str) -> str:
    """`yyyy-mm-dd`, `yyyy-mm-00` or `yyyy-00-00`, unchanged (Belgif openapi-time, IncompleteDate).

    Raises ValueError.
    """
    found = _INCOMPLETE_DATE.fullmatch(text)
    if found is None:
        raise ValueError("A date reads yyyy-mm-dd, with 00 for what is not known")
    year, month, day = (int(part) for part in found.groups())
    if month == 0 and day != 0:
        raise ValueError("A date without month has no day")
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise ValueError("This date does not exist") from None
    return text
