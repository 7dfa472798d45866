"""What sounds alike to this bank, word by word. The real rules are not known; these are assumed."""

from __future__ import annotations

import re
import unicodedata

_SPELLED = (
    ("eaux", "o"), ("eau", "o"), ("aux", "o"), ("au", "o"), ("ou", "u"), ("oe", "u"), ("ij", "i"),
    ("ph", "f"), ("sch", "s"), ("ch", "s"), ("ck", "k"), ("qu", "k"), ("gn", "n"), ("th", "t"), ("x", "ks"),
    ("æ", "e"), ("œ", "e"), ("ß", "s"),
)  # fmt: skip
_ALIKE = str.maketrans(
    {"c": "k", "q": "k", "z": "s", "v": "f", "w": "f", "d": "t", "y": "i", "j": "i", "p": "b"}
)


def codes(name: str) -> frozenset[str]:
    """The code of each word; words without letters or digits have none."""
    return frozenset(_code(word) for word in re.split(r"[\W_]+", name.casefold()) if word)


def _code(word: str) -> str:
    """The first sound, and the consonants after it; a doubled sound counts once."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))
    for written, spoken in _SPELLED:
        plain = plain.replace(written, spoken)
    once = re.sub(r"(.)\1+", r"\1", plain.translate(_ALIKE))
    return once[:1] + re.sub(r"[aeiouh]", "", once[1:])
