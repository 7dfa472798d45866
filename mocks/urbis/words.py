"""Addresses as people type them: what is street, number and place in a text, and how alike two names are."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

_BOX = re.compile(r"\b(?:boite|bte|bus|box)\s+\S+")
_APART = re.compile(r"\b(\d{1,4})\s+([a-z])(?=\s|$)")  # 12 b
_NUMBER = re.compile(r"\d{1,4}[a-z]?(?:-\d{1,4}[a-z]?)?")
_POSTAL_CODE = re.compile(r"1[012]\d\d")  # of the Region, and of nowhere else


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """What is looked for, in plain words; "" where nothing was told."""

    street: str
    number: str
    postal_code: str = ""
    municipality: str = ""


def plain(text: str) -> str:
    """In small letters without accents, apostrophes and other marks, single blanks between words."""
    spread = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("œ", "oe"))
    letters = "".join(one for one in spread if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^a-z0-9/-]+", " ", letters).split())


def likeness(one: str, other: str) -> float:
    """How alike two plain texts are, from 0 to 1, which only equal ones have."""
    return 1.0 if one == other else min(0.99, SequenceMatcher(None, one, other, autojunk=False).ratio())


def number_of(text: str) -> str:
    """A house number in one spelling: 12 b is 12B."""
    return plain(text).replace(" ", "").upper()


def wanted(text: str) -> Wanted:
    """What a text asks for: `12 rue X, 1000 Bruxelles`, `X-straat 12 bus 3 1000 Brussel` or less."""
    parts = _APART.sub(r"\1\2", _BOX.sub(" ", plain(text))).split()
    numbers = [at for at, part in enumerate(parts) if _NUMBER.fullmatch(part)]
    postal_code, municipality = "", ""
    if len(numbers) > 1 and _POSTAL_CODE.fullmatch(parts[numbers[-1]]):
        last = numbers.pop()
        postal_code, municipality = parts[last], " ".join(parts[last + 1 :])
        parts = parts[:last]
    if not numbers:
        return Wanted(" ".join(parts), "", postal_code, municipality)
    at = numbers[0] if numbers[0] == 0 else numbers[-1]
    street = parts[1:] if at == 0 else parts[:at]
    behind = [] if at == 0 else parts[at + 1 :]
    return Wanted(" ".join(street), parts[at].upper(), postal_code, municipality or " ".join(behind))
