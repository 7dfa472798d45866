"""The one model: what each name in an answer's data means, whatever the service (formats.md §4).

Types of leaves, as JSON Schema (OpenAPI 3.0): `text`; `localText` {fr?, nl?, de?}; `country` ISO 3166-1
alpha-2; `date`, `moment`; `incompleteDate` with 00 for what is not known; `code` {code, label {fr, nl, de,
en}, known}; `money` in cents; `integer`, `decimal`, `boolean`; and the identifiers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from fidus.model import LANGUAGES, LocalText

FILE: Final = Path(__file__).parent.parent / "contracts" / "fidus" / "vocabulary.toml"
OBJECT: Final = "object"
_TEXTS: Final = ("title", "description")


def _of(*languages: str) -> dict[str, Any]:
    """Texts by language, any of them."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {language: {"type": "string"} for language in languages},
    }


_CODE: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code", "label", "known"],
    "properties": {"code": {"type": "string"}, "label": _of(*LANGUAGES), "known": {"type": "boolean"}},
}
TYPES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "text": {"type": "string", "minLength": 1},
        "localText": _of("fr", "nl", "de"),
        "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "date": {"type": "string", "format": "date"},
        "incompleteDate": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "moment": {"type": "string", "format": "date-time"},
        "code": _CODE,
        "money": {"type": "integer"},
        "integer": {"type": "integer"},
        "decimal": {"type": "number"},
        "boolean": {"type": "boolean"},
        "ssin": {"type": "string", "pattern": "^[0-9]{11}$"},
        "enterpriseNumber": {"type": "string", "pattern": "^[01][0-9]{9}$"},
        "establishmentNumber": {"type": "string", "pattern": "^[2-8][0-9]{9}$"},
        "plate": {"type": "string", "pattern": "^[A-Z0-9]{1,10}$"},
        "vin": {"type": "string", "pattern": "^[A-HJ-NPR-Z0-9]{17}$"},
    }
)


class UnknownWord(ValueError):
    """A name that the vocabulary does not have, or used against it. Its text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Word:
    """`type`: of TYPES, or OBJECT. `many`: a list of it."""

    type: str
    title: LocalText
    description: LocalText
    many: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words by name, or by `parent.name` where one means something narrower there."""

    words: Mapping[str, Word]

    def word(self, path: str) -> Word:
        """What the last name of a dotted path means there. Raises UnknownWord."""
        *_, parent, name = ["", *path.split(".")]
        found = self.words.get(f"{parent}.{name}") or self.words.get(name)
        if found is None:
            raise UnknownWord(f"`{name}` of `{path}` is not in contracts/fidus/vocabulary.toml: add it there")
        return found

    def schema(self, leaves: Iterable[str]) -> dict[str, Any]:
        """JSON Schema of an answer's data that holds these leaves and nothing else; each may be missing.

        Raises UnknownWord: a name that is not known, a leaf of an object, something below a leaf.
        """
        tree: dict[str, Any] = {}
        for leaf in leaves:
            branch = tree
            for name in leaf.split("."):
                branch = branch.setdefault(name, {})
        return self._object(tree, "")

    def _object(self, tree: Mapping[str, Any], parent: str) -> dict[str, Any]:
        members = {name: self._member(name, branch, parent) for name, branch in tree.items()}
        return {"type": "object", "additionalProperties": False, "properties": members}

    def _member(self, name: str, branch: Mapping[str, Any], parent: str) -> dict[str, Any]:
        path = f"{parent}.{name}" if parent else name
        word = self.word(path)
        if (word.type == OBJECT) != bool(branch):
            told = (
                "an object: name the leaves in it" if word.type == OBJECT else "a leaf: nothing is below it"
            )
            raise UnknownWord(f"`{path}` is {told}")
        item = self._object(branch, path) if branch else dict(TYPES[word.type])
        told_by = {
            "title": word.title["en"],
            "description": word.description["en"],
            "x-titles": dict(word.title),
            "x-descriptions": dict(word.description),
        }
        return {**told_by, "type": "array", "items": item} if word.many else {**told_by, **item}


@cache
def vocabulary() -> Vocabulary:
    """The project's own. Raises ValueError for a file that is not as it must be, which is a bug."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Vocabulary:
    """From TOML. Raises ValueError: a member unknown or missing, a type that is none, a language missing."""
    words = {}
    for name, row in tomllib.loads(text).items():
        if not row.keys() <= {"type", "many", *_TEXTS} or row.get("type") not in {OBJECT, *TYPES}:
            raise ValueError(f"[{name}] has a member or a type that the vocabulary does not know")
        for text in _TEXTS:
            if set(row.get(text, ())) != set(LANGUAGES):
                raise ValueError(f"[{name}] needs a {text} in each of {', '.join(LANGUAGES)}")
        title, description = (MappingProxyType(row[text]) for text in _TEXTS)
        words[name] = Word(row["type"], title, description, row.get("many", False))
    return Vocabulary(MappingProxyType(words))
