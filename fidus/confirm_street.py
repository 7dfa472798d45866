"""Names of streets, in whatever language and spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fidus.comparable import Verdict, all_of
from fidus.confirm_text import foldings, words

_ONE_FOR_MANY = {
    "avenue": "av ave aven",
    "boulevard": "bd bl bld blvd bvd boul boulev",
    "chaussee": "ch chee chaus chauss chs chssee",
    "chemin": "chem",
    "place": "pl",
    "rue": "r",
    "square": "sq",
    "allee": "all",
    "impasse": "imp",
    "quai": "q",
    "galerie": "gal",
    "passage": "pass",
    "route": "rte",
    "clos": "",
    "dreve": "",
    "sentier": "",
    "venelle": "",
    "cite": "",
    "esplanade": "espl",
    "parvis": "",
    "cours": "",
}
_FRENCH_KINDS = {short: word for word, shorts in _ONE_FOR_MANY.items() for short in (word, *shorts.split())}
"""In front of a French name: as written -> the word for street."""

_KINDS_BEHIND = {
    "straat": "str",
    "strasse": "str",
    "steenweg": "stw",
    "steenw": "stw",
    "stwg": "stw",
    "laan": "ln",
    "plein": "pl",
    "platz": "pl",
    "square": "sq",
}
"""At the end of a Dutch or German name: as written -> as compared. The short forms stand for themselves."""

_SURE_ENDS = ("straat", "str", "laan", "plein", "steenweg", "steenw", "stwg", "strasse", "platz")
_DUTCH_ENDS = ("straat", "laan", "plein", "steenweg", "stwg", "stw", "ln", "dreef", "kaai", "lei", "markt")
_GERMAN_ENDS = ("strasse", "platz", "gasse")

_TITLES = {
    "st": "saint sint sankt",
    "ste": "sainte sinte",
    "dr": "docteur dokter doktor doct",
    "prof": "professeur professor",
    "gen": "general generaal genl gal",
    "col": "colonel kolonel kol",
    "cdt": "commandant cmdt comdt",
    "cap": "capitaine kapitein capt kapt kap",
    "lt": "lieutenant luitenant luit",
    "sgt": "sergent sergeant",
    "mal": "marechal maarschalk maarsch marech",
    "min": "ministre minister",
    "bgm": "bourgmestre burgemeester burgem bourgm burgm burg",
    "mgr": "monseigneur",
    "card": "cardinal kardinaal kard",
    "can": "chanoine kanunnik kan",
    "past": "pastoor",
    "ing": "ingenieur",
    "arch": "architecte architect",
    "adv": "advocaat",
    "pres": "president",
    "cte": "comte",
    "frs": "freres fres",
    "sts": "saints",
    "gd": "grand",
    "gde": "grande",
    "pt": "petit",
    "pte": "petite",
}
_NUMERALS = {
    "1": "i ier 1er premier",
    "2": "ii",
    "3": "iii",
    "4": "iv",
    "5": "v",
    "6": "vi",
    "7": "vii",
    "8": "viii",
    "9": "ix",
    "10": "x",
}
_TITLE = {long: short for short, longs in _TITLES.items() for long in longs.split()}
_NUMERAL = {long: short for short, longs in _NUMERALS.items() for long in longs.split()}

_TWO_MEANINGS = {"ch": "chemin", "dr": "dreve"}
"""In front of a name: what these may stand for beside their usual word."""

_OUR_LADY = re.compile(r"\b(?:onze lieve vrouwe?|o l vrouwe?|o l v|olv)(?=\b|[a-z])")
_NOTRE_DAME = re.compile(r"\b(?:n d|nd)\b")
_INDEX = re.compile(r"([^,()]+)(?:,([^,()]+)|\(([^,()]+)\))")
_BOTH_LANGUAGES = re.compile(r"\s+[-–—]\s+|/")
_ELIDED = frozenset({"l", "d"})


@dataclass(frozen=True, slots=True)
class _Name:
    """One name, reduced. `sure`: what it is. `possible`: what it may also be, if the other is surely that."""

    sure: str
    possible: frozenset[str]
    parts: tuple[str, ...]


def same_street(asked: str, registered: Mapping[str, str]) -> Verdict | None:
    """Whether `asked`, in any language or in two ("Rue Neuve - Nieuwstraat"), is the street of which
    `registered` has the name by language.

    Case, accents, hyphens, apostrophes and spacing mean nothing; abbreviations are their words; articles and
    the word for street mean something: Rue Neuve, Rue de la Neuve and Avenue Neuve are three streets.
    Unknown where it may be the same: a name without its word for street, d'Ardenne as Dardenne, an initial
    for a given name. None where nothing can be compared: the register has no name, or none in the language
    in which it was asked; the rest of the address must then tell nothing either.
    """
    ours = {language: _names(name) for language, name in registered.items() if words(name)}
    verdict = _same_name(asked, ours)
    in_both = _BOTH_LANGUAGES.split(asked)
    if verdict is Verdict.YES or len(in_both) == 1:
        return verdict
    verdicts = [_same_name(part, ours) for part in in_both]
    return None if None in verdicts else all_of(filter(None, verdicts))


def _same_name(asked: str, ours: Mapping[str, list[_Name]]) -> Verdict | None:
    theirs = _names(asked)
    pairs = [(their, our) for their in theirs for names in ours.values() for our in names]
    if any(their.sure == our.sure for their, our in pairs):
        return Verdict.YES
    if any(_may_be_same(their, our) for their, our in pairs):
        return Verdict.UNKNOWN
    language = _language(asked)
    return Verdict.NO if pairs and (language is None or language in ours) else None


def _may_be_same(first: _Name, second: _Name) -> bool:
    if first.sure in second.possible or second.sure in first.possible:
        return True
    *given, last = first.parts
    *other_given, other_last = second.parts
    return last == other_last and len(given) == len(other_given) and all(map(_alike, given, other_given))


def _alike(one: str, other: str) -> bool:
    """Equal, or one the initial of the other. Never for the last word: that would make one letter a name."""
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _names(text: str) -> list[_Name]:
    return [name for folded in foldings(text) if (name := _name(folded)) is not None]


def _name(folded: str) -> _Name | None:
    folded, shorter = _in_order(folded)
    written = words(folded)
    if not written:
        return None
    parts = _reduced(written)
    sure = _joined(parts)
    others = {sure.replace("'", ""), _joined(_reduced(words(shorter)))}
    if parts[0] in _ONE_FOR_MANY:
        others.add(_joined(parts[1:]))
    if written[0] in _TWO_MEANINGS:
        others.add(_joined([_TWO_MEANINGS[written[0]], *parts[1:]]))
    return _Name(sure, frozenset(others - {""}), tuple(parts))


def _in_order(folded: str) -> tuple[str, str]:
    """A name as an index writes it put in order, "Loi (rue de la)"; else with what it may be without its
    last part, "Kerkstraat (Deurne)"."""
    found = _INDEX.fullmatch(folded)
    if found is None:
        return folded, ""
    front, behind = found[1], found[2] or found[3]
    if any(word in _FRENCH_KINDS for word in words(behind)[:1]):
        return f"{behind} {front}", ""
    return folded, front


def _reduced(written: list[str]) -> list[str]:
    """The words, each in the one form that stands for all its spellings."""
    one = " ".join(written)
    found = _NOTRE_DAME.sub("notre dame", _OUR_LADY.sub("onzelievevrouw", one)).split()
    *others, last = [_NUMERAL.get(word, word) for word in found] or [""]
    parts = [_TITLE.get(word, word) for word in others]
    if others and (others[0] in _ONE_FOR_MANY or not last.endswith(_SURE_ENDS)):
        parts[0] = _FRENCH_KINDS.get(others[0], parts[0])
    if not others or parts[0] not in _ONE_FOR_MANY:
        last = _behind(last)
    return [*parts, last]


def _behind(word: str) -> str:
    for kind, short in _KINDS_BEHIND.items():
        if word.endswith(kind):
            return word.removesuffix(kind) + short
    return word


def _joined(parts: list[str]) -> str:
    """One string without blanks; `'` after an elided article, so that d'Ardenne is not Dardenne."""
    joined = "".join(part + "'" if part in _ELIDED else part for part in parts)
    return "st" + joined.removeprefix("sint") if joined.startswith("sint") else joined


def _language(text: str) -> str | None:
    """In which language a name is, where its word for street says so."""
    written = words(foldings(text)[0])
    if len(written) > 1 and written[0] in _FRENCH_KINDS:
        return "fr"
    last = written[-1] if written else ""
    if last.endswith(_DUTCH_ENDS):
        return "nl"
    return "de" if last.endswith(_GERMAN_ENDS) else None
