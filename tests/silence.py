"""Finding people in what programs leave behind: numbers in every spelling, names and streets.

Numbers are found by the shape that each spelling has, and then looked up: so searching for thousands costs no
more than searching for one.
"""

from __future__ import annotations

import json
import re
import string
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import quote

_DIGITS: Final = b"0123456789"
_LENGTH: Final = 11
_ALPHABET: Final = (string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/").encode()
_FORMATTED: Final = "dd.dd.dd-ddd.dd"  # as on documents
_ANY: Final = bytes(range(256))


@dataclass(frozen=True)
class Base64:
    """A text of digits (`d` in `form`) within base64, beginning `shift` bytes after a group of four letters
    begins. The letters that it shares with its neighbours are read as far as they are its own."""

    form: str
    shift: int

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """What it looks like."""
        known = [_DIGITS if one == "d" else one.encode() for one in self.form]
        around = [*[_ANY] * self.shift, *known, _ANY]
        last = (8 * (self.shift + len(known)) - 1) // 6
        letters = [
            {_ALPHABET[sextet] for sextet in _sextets(around, place)}
            for place in range(self._first, last + 1)
        ]
        classes = (b"[%b]" % re.escape(bytes(sorted(one))) for one in letters)
        return re.compile(b"".join(classes))

    @property
    def _first(self) -> int:
        return 8 * self.shift // 6

    def read(self, letters: bytes) -> bytes:
        """The text within what the pattern matched."""
        value = 0
        for letter in letters:
            value = value << 6 | _ALPHABET.index(letter)
        end = 6 * len(letters) - (8 * self.shift - 6 * self._first) - 8 * len(self.form)
        return (value >> end & (1 << 8 * len(self.form)) - 1).to_bytes(len(self.form), "big")


def _sextets(around: list[bytes], place: int) -> Iterator[int]:
    """The values that six bits can have, given the bytes that are possible around them."""
    first, offset = divmod(6 * place, 8)
    for one in around[first]:
        for next_one in around[first + 1] if first + 1 < len(around) else b"\0":
            yield (one << 8 | next_one) >> (10 - offset) & 63


# What matters of a byte where numbers are told by digits: digits, what stands between them, zeros.
_SHAPE: Final = bytes(100 if one in _DIGITS else 46 if one in b"./- " else one and 120 for one in _ANY)
_SHAPES: Final = {
    "digits": b"d" * _LENGTH,
    "formatted": b"dd.dd.dd.ddd.dd",
    "formatted backwards": b"dd.ddd.dd.dd.dd",
    "utf-16": b"\0".join([b"d"] * _LENGTH),  # of both byte orders
    "utf-32": b"\0\0\0".join([b"d"] * _LENGTH),
}
# Digits told by their code: 36, %36, \x36 and \u0036 are a 6.
_CODES: Final = {
    f"{prefix}36": re.compile(b"%b3[0-9](?:[ :,]?%b3[0-9]){10,}" % ((re.escape(prefix.encode()),) * 2))
    for prefix in ("", "%", "\\x", "\\u00")
}
_BASE64: Final = [Base64(form, shift) for form in ("d" * _LENGTH, _FORMATTED) for shift in range(3)]


def _digits(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Whatever may be a number: the name of its spelling, and its digits."""
    shape = data.translate(_SHAPE)
    for name, form in _SHAPES.items():
        at = shape.find(form)
        while at >= 0:
            yield name, re.sub(rb"[^0-9]", b"", data[at : at + len(form)])
            at = shape.find(form, at + 1)
    for name, pattern in _CODES.items():
        for match in pattern.finditer(data):
            yield name, b"".join(re.findall(rb"3([0-9])", match[0]))
    for base64 in _BASE64:
        for match in base64.pattern.finditer(data):
            yield "base64", re.sub(rb"[^0-9]", b"", base64.read(match[0]))


def spellings(word: str) -> set[bytes]:
    """A word as programs write it."""
    text = word.encode()
    coded = {b64encode(b"\0" * shift + text)[-(-8 * shift // 6) : -4] for shift in range(3)}
    readable = {
        word,
        word.upper(),
        json.dumps(word)[1:-1],
        quote(word),
        quote(word.encode("latin-1", "replace")),
    }
    return {one.encode() for one in readable} | {word.encode("utf-16-le"), text.hex().encode()} | coded


def _any_of(words: set[bytes]) -> bytes:
    """A pattern of these words that looks at each byte once; of two with one beginning, the shorter."""
    if b"" in words:
        return b""
    heads: dict[bytes, set[bytes]] = {}
    for word in words:
        heads.setdefault(word[:1], set()).add(word[1:])
    branches = [re.escape(head) + _any_of(tails) for head, tails in sorted(heads.items())]
    return branches[0] if len(branches) == 1 else b"(?:%b)" % b"|".join(branches)


class Seeker:
    """Looks for these numbers (11 digits), also read backwards, and for these words."""

    def __init__(self, numbers: Iterable[str], words: Iterable[str] = ()) -> None:
        known = [number.encode() for number in numbers]
        self._numbers = {one: one for one in known} | {one[::-1]: one for one in known}
        self._words = {spelling: word for word in words for spelling in spellings(word)}
        self._pattern = re.compile(_any_of(set(self._words)))

    def find(self, data: bytes) -> set[str]:
        """Whom these bytes tell of, and in which spelling."""
        found = {
            f"{number.decode()} ({name})" for name, digits in _digits(data) for number in self._among(digits)
        }
        if self._words:
            found |= {self._words[match[0]] for match in self._pattern.finditer(data)}
        return found

    def _among(self, digits: bytes) -> Iterator[bytes]:
        for start in range(len(digits) - _LENGTH + 1):
            number = self._numbers.get(digits[start : start + _LENGTH])
            if number is not None:
                yield number

    def search(self, folder: Path, told: Callable[[Path], bool] = lambda _: False) -> dict[str, set[str]]:
        """What the files below a folder tell, and their names. `told`: files that may tell, by their path
        below the folder."""
        found: dict[str, set[str]] = {}
        for file in sorted(folder.rglob("*")):
            path = file.relative_to(folder)
            known = self.find(str(path).encode())
            if not file.is_symlink() and file.is_file() and not told(path):
                known |= self.find(file.read_bytes())
            if known:
                found[str(path)] = known
        return found
