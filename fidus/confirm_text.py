"""Text as people type it, made comparable: case, accents, ligatures, marks between words."""

from __future__ import annotations

import re
import unicodedata

_WRITTEN_OUT = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "\u02bc": "'", "\u02bb": "'", "–": "-", "—": "-", "‑": "-"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Small letters without accents; œ, æ, ß, ĳ and full-width forms written out; dashes as hyphens."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_WRITTEN_OUT)).casefold()
    return "".join(character for character in decomposed if not unicodedata.combining(character)).strip()


def foldings(text: str) -> tuple[str, ...]:
    """`fold`, and once more with ä, ö, ü as ae, oe, ue, as German writes them without umlauts."""
    expanded = unicodedata.normalize("NFC", text).casefold().translate(_UMLAUTS)
    return tuple(dict.fromkeys((fold(text), fold(expanded))))


def words(folded: str) -> list[str]:
    """Its words, without any mark."""
    return _WORD.findall(folded)
