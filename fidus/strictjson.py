"""The one reader for all JSON from outside (design.md §3, Parsing).

Stricter than JSON itself, so that what is read, committed to and shown years later is one and the same:
UTF-8 without byte order mark, bounded size and depth, each name once per object, only numbers that a double
holds exactly enough, only text that UTF-8 can carry. Nothing of the body is ever echoed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fidus.errors import Issue, IssueType, PayloadTooLarge, RequestInvalid

LIMIT = 65_536
DEPTH = 16
LARGEST = 2**53 - 1
MOST_ISSUES = 100  # told of one request; who mends a hundred may ask again

_BOM = b"\xef\xbb\xbf"
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_TELLABLE = re.compile(r"[A-Za-z]{1,32}")

_NUMBER = "A number lies beyond 2^53-1, where it is no longer exact: send a smaller one, or a string"
_CONSTANT = "NaN and Infinity are not JSON: send a number, or leave the member out"
_TWICE = "A name stands twice in the same object: send each once"
_HALF = "Text holds half of a surrogate pair: send whole characters"


def loads(raw: bytes, limit: int = LIMIT) -> object:
    """The value of one JSON text.

    Numbers beyond 2^53-1 are refused however they are written (also 1e300 and 9007199254740993.0): the
    RFC 8785 form that is committed to would show another number. Depth counts objects and arrays, `{}` is 1.
    Raises PayloadTooLarge over `limit` bytes, else RequestInvalid: with one issue where the text cannot be
    read at all, with every fault (up to 100) and its place where it can.
    """
    if len(raw) > limit:
        raise PayloadTooLarge(limit)
    if _depth_beyond(raw, DEPTH):
        raise _unreadable(f"Objects and arrays are nested deeper than {DEPTH}: send a flatter body")
    try:
        value = _DECODER.decode(_text(raw))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _unreadable(f"The body is not JSON ({place}): send one JSON object") from None
    if b"\\u" in raw or not _is_whole(value):
        issues = tuple(islice(_faults(value, ""), MOST_ISSUES))
        if issues:
            raise RequestInvalid(issues)
    return value


def tellable_path(parent: str, name: str) -> str:
    """The Belgif path of a member whose name the caller chose: its own only if that is 1 to 32 ASCII letters,
    else its parent's, for a name may hold what must not be repeated."""
    if not _TELLABLE.fullmatch(name):
        return parent
    return f"{parent}.{name}" if parent else name


def _text(raw: bytes) -> str:
    if not raw.strip():
        raise _unreadable("The body is empty: send one JSON object")
    if raw.startswith(_BOM):
        raise _unreadable("The body starts with a byte order mark: send UTF-8 without it")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(f"The body is not UTF-8 (byte {error.start + 1}): send UTF-8") from None


def _unreadable(detail: str) -> RequestInvalid:
    return RequestInvalid((Issue(IssueType.SCHEMA_VIOLATION, "", detail),))


def _depth_beyond(raw: bytes, depth: int) -> bool:
    """Whether brackets outside strings nest deeper than `depth`; known before a recursive parser runs."""
    if raw.count(b"[") + raw.count(b"{") <= depth:
        return False
    level = 0
    for token in _STRING_OR_BRACKET.finditer(raw):
        first = raw[token.start()]
        if first in b"[{":
            level += 1
            if level > depth:
                return True
        elif first in b"]}":
            level -= 1
    return False


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in the parsed value where something was that is not taken."""

    type: IssueType
    detail: str


class _Doubled(dict[str, Any]):
    """An object in which a name stood more than once; `names`: which."""

    names: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = _Doubled(made)
    doubled.names = tuple(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return doubled


def _integer(text: str) -> int | _Refused:
    # Long ones are refused by length: int() itself stops at 4300 digits, and slows down before.
    if len(text) > 17 or abs(value := int(text)) > LARGEST:
        return _Refused(IssueType.OUT_OF_RANGE, _NUMBER)
    return value


def _float(text: str) -> float | _Refused:
    value = float(text)
    return value if abs(value) <= LARGEST else _Refused(IssueType.OUT_OF_RANGE, _NUMBER)


def _constant(_: str) -> _Refused:
    return _Refused(IssueType.SCHEMA_VIOLATION, _CONSTANT)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _is_whole(value: object) -> bool:
    """Whether nothing was refused while it was read, in a quarter of the time that it takes to say what
    and where. Half a surrogate pair, which is not looked for here, gets through UTF-8 as an escape only."""
    if type(value) is dict:
        return all(type(item) is str or _is_whole(item) for item in value.values())
    if type(value) is list:
        return all(type(item) is str or _is_whole(item) for item in value)
    return not isinstance(value, (_Doubled, _Refused))


def _faults(value: object, path: str) -> Iterator[Issue]:
    match value:
        case str():
            if _is_halved(value):
                yield Issue(IssueType.SCHEMA_VIOLATION, path, _HALF)
        case dict():
            yield from _faults_of_object(value, path)
        case list():
            for index, item in enumerate(value):
                yield from _faults(item, f"{path}[{index}]")
        case _Refused():
            yield Issue(value.type, path, value.detail)
        case _:
            return


def _faults_of_object(value: dict[str, Any], path: str) -> Iterator[Issue]:
    if isinstance(value, _Doubled):
        for name in value.names:
            yield Issue(IssueType.SCHEMA_VIOLATION, tellable_path(path, name), _TWICE)
    for name, item in value.items():
        if _is_halved(name):
            yield Issue(IssueType.SCHEMA_VIOLATION, path, _HALF)
        yield from _faults(item, tellable_path(path, name))


def _is_halved(text: str) -> bool:
    return not text.isascii() and _SURROGATE.search(text) is not None
