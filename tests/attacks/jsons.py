"""Answers in JSON that are none, or too much of it: honest ones changed, in bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

from tests.attacks.wires import Speak, Wire, http
from tests.misbehaving import ANSWER

JSON = "application/json"
Change = Callable[[bytes], bytes]


def says(change: Change) -> Speak:
    """The honest answer, changed so."""

    async def speak(honest: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http(change(honest), kind=JSON))
        await writer.drain()

    return speak


def _more(text: str) -> Change:
    """One member more, which no reader needs: whoever reads past it has read it."""
    return lambda honest: b'{"more":' + text.encode("utf-8", "surrogatepass") + b"," + honest[1:]


def _instead(text: str) -> Change:
    return lambda _: text.encode()


def _first_member_again(honest: bytes) -> bytes:
    name, value = next(iter(json.loads(honest).items()))
    return honest[:-1] + f",{json.dumps(name)}:{json.dumps(value)}}}".encode()


def _first_member_again_escaped(honest: bytes) -> bytes:
    name = next(iter(json.loads(honest)))
    return honest[:-1] + f',"\\u{ord(name[0]):04x}{name[1:]}":1}}'.encode()


def _texts() -> Iterator[tuple[str, Change]]:
    """No answer at all, or one in something else."""
    yield "nothing", _instead("")
    yield "blanks", _instead(" " * 5_000)
    yield "null", _instead("null")
    yield "a-number", _instead("1")
    yield "a-text", _instead('"text"')
    yield "an-empty-object", _instead("{}")
    yield "an-empty-list", _instead("[]")
    yield "html-said-to-be-json", _instead("<!DOCTYPE html><p>Down for now</p>")
    yield "a-problem-said-to-be-an-answer", _instead('{"title": "Not now", "status": 503}')
    yield "the-answer-in-a-list", lambda honest: b"[" + honest + b"]"
    yield "the-answer-in-a-text", lambda honest: json.dumps(honest.decode()).encode()
    yield "two-answers", lambda honest: honest + honest
    yield "an-answer-and-rubbish", lambda honest: honest + b"\0"
    yield "half-an-answer", lambda honest: honest[: len(honest) // 2]
    yield "a-comment", lambda honest: honest + b"// no"
    yield "a-comma-too-many", lambda honest: honest[:-1] + b",}"
    yield "a-guard-before-it", lambda honest: b")]}',\n" + honest
    yield "a-call-around-it", lambda honest: b"call(" + honest + b")"


def _members() -> Iterator[tuple[str, Change]]:
    """An answer in which one thing is not as it is taken."""
    yield "a-byte-order-mark", lambda honest: b"\xef\xbb\xbf" + honest
    yield "utf-16", lambda honest: honest.decode().encode("utf-16")
    yield "latin-1", lambda honest: b'{"more":"\xe9",' + honest[1:]
    yield "an-overlong-letter", lambda honest: b'{"more":"\xc0\xaf",' + honest[1:]
    yield "a-surrogate-in-bytes", _more('"\ud800"')
    yield "a-surrogate-escaped", _more('"\\ud800"')
    yield "a-line-end-in-a-text", _more('"a\nb"')
    yield "a-member-twice", _first_member_again
    yield "a-member-twice-once-escaped", _first_member_again_escaped
    yield "a-member-twice-within", _more('{"a": 1, "a": 1}')
    yield "not-a-number", _more("NaN")
    yield "infinity", _more("-Infinity")
    yield "a-number-that-overflows", _more("1e999")
    yield "a-number-of-no-exactness", _more("9007199254740993")
    yield "a-number-of-a-hundred-thousand-digits", _more("1" * 100_000)
    yield "a-hexadecimal-number", _more("0x10")
    yield "a-hundred-thousand-lists", _more("[" * 100_000 + "]" * 100_000)
    yield "a-hundred-thousand-objects", _more('{"a":' * 100_000 + "1" + "}" * 100_000)
    yield "lists-that-never-end", _instead("[" * 900_000)
    yield "seventeen-lists", _more("[" * 17 + "]" * 17)
    yield "more-than-is-taken", _more('"' + "x" * 1_000_000 + '"')
    yield (
        "a-hundred-thousand-names-and-one-twice",
        _more("{" + ",".join(f'"n{nth % 99_999}":0' for nth in range(100_000)) + "}"),
    )


JSONS = tuple(Wire(name, ANSWER, says(change)) for name, change in (*_texts(), *_members()))
