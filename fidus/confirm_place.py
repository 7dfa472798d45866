"""Postal codes and municipalities."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fidus.comparable import Verdict, all_of
from fidus.confirm_places import MUNICIPALITIES, NINETEEN, PARTS
from fidus.confirm_text import fold, words

_CODE = re.compile(r"(?:be?[\s-]*)?([0-9]{4})")
_CODE_IN_FRONT = re.compile(r"(?:be?[\s-]*)?([0-9]{4})(?![0-9])[\s,-]*(.*)")
_CITY_WORDS = frozenset({"ville", "de", "stad", "city", "of", "commune", "gemeente", "stadt", "cite"})
_SAINTS = {"saint": "st", "sint": "st", "sankt": "st", "sainte": "ste", "sinte": "ste"}


def same_postal_code(asked: str, registered: str) -> Verdict:
    """Whether both are the same four digits; `B-` or `BE-` in front means nothing."""
    if not registered:
        return Verdict.UNKNOWN
    return Verdict.YES if _code(asked) == _code(registered) else Verdict.NO


def _code(text: str) -> str:
    folded = fold(text)
    found = _CODE.fullmatch(folded)
    return found[1] if found else folded


def same_municipality(asked: str, registered: Mapping[str, str], code: str) -> Verdict:
    """Whether `asked` names the municipality registered, in any of its languages; `code` is the registered
    postal code.

    - A part of a municipality (Laken) stands for it under its own postal code.
    - "Bruxelles" stands for each of the nineteen municipalities of the region, as on letters; "Ville de
      Bruxelles" for the city only. The postal code tells them apart.
    - A name that the hub does not know is unknown: it may be a part of the one registered.
    """
    folded = fold(asked)
    if folded in map(fold, registered.values()):
        return Verdict.YES
    found = _CODE_IN_FRONT.fullmatch(folded)
    name = found[2] if found else folded
    verdicts = [_same_name(part, registered, code) for part in re.split(r"[()/,]", name) if words(part)]
    if found:
        verdicts.append(same_postal_code(found[1], code))
    return all_of(verdicts)


def _same_name(name: str, registered: Mapping[str, str], code: str) -> Verdict:
    ours = {_known(fold(text)) for text in registered.values() if words(fold(text))}
    if not ours:
        return Verdict.UNKNOWN
    key = _known(name)
    if key in ours:
        return Verdict.YES
    if key in PARTS:
        municipality, own_code = PARTS[key]
        return Verdict.YES if municipality in ours and own_code == _code(code) else Verdict.NO
    if key == "bruxelles" and not _says_city(name) and not NINETEEN.isdisjoint(ours):
        return Verdict.YES
    return Verdict.NO if key in _KNOWN_KEYS else Verdict.UNKNOWN


def _says_city(name: str) -> bool:
    return not _CITY_WORDS.isdisjoint(words(name))


def _known(name: str) -> str:
    """The one name that stands for this one: that of the table where it is known, else itself, reduced."""
    reduced = _reduced(name)
    return _BY_SPELLING.get(reduced, reduced)


def _reduced(name: str) -> str:
    found = words(fold(name))
    kept = [word for word in found if word not in _CITY_WORDS] or found
    return "".join(_SAINTS.get(word, word) for word in kept)


_BY_SPELLING = {_reduced(name): key for key, names in MUNICIPALITIES.items() for name in names}
_KNOWN_KEYS = frozenset(MUNICIPALITIES)
