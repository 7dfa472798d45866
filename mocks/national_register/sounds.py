"""What sounds alike to this register: SOURCE.md, "Search and related numbers", which assumes the rules."""

from __future__ import annotations

import re
import unicodedata

_ALIKE = str.maketrans({"c": "k", "q": "k", "z": "s", "v": "f", "d": "t", "y": "i", "j": "i", "w": "f"})
_SPELLED_OUT = (("ph", "f"), ("ß", "ss"), ("æ", "ae"), ("œ", "oe"))


def key(name: str) -> str:
    """Two names with the same key sound alike; "" for one without letters."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    for written, spoken in _SPELLED_OUT:
        plain = plain.replace(written, spoken)
    letters = re.sub(r"[^a-z]", "", plain).translate(_ALIKE)
    once = re.sub(r"(.)\1+", r"\1", letters)
    return once[:1] + re.sub(r"[aeiouh]", "", once[1:])
