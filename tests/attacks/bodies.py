"""Bodies that are no question: each is refused, and recorded as refused (design: one reader for all JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

SSIN = "62691699717"
GOOD = {"query": {"ssin": SSIN}, "context": {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}}
TEXT = json.dumps(GOOD)
JSON = "application/json"


@dataclass(frozen=True)
class Body:
    """One body, and the status to which it must lead."""

    name: str
    sent: bytes = field(repr=False)
    status: int = 400
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def _texts() -> Iterator[tuple[str, str]]:
    def query(value: str) -> str:
        return TEXT.replace(f'"{SSIN}"', value)

    yield "no-json", "ssin=1"
    yield "a-text", '"text"'
    yield "a-number", "1"
    yield "null", "null"
    yield "a-list", f"[{TEXT}]"
    yield "two-objects", TEXT + TEXT
    yield "half-an-object", TEXT[:-5]
    yield "a-comment", TEXT + "// no"
    yield "single-quotes", TEXT.replace('"', "'")
    yield "a-comma-too-many", TEXT[:-1] + ",}"
    yield "the-same-name-twice", TEXT[:-1] + f', "query": {{"ssin": "{SSIN}"}}}}'
    yield "the-same-name-twice-within", TEXT.replace('"ssin"', '"ssin": "1", "ssin"')
    yield "the-same-name-once-escaped", TEXT.replace('"ssin"', '"s\\u0073in": "1", "ssin"')
    yield "not-a-number", query("NaN")
    yield "infinity", query("-Infinity")
    yield "a-number-that-overflows", query("1e999")
    yield "a-number-of-no-exactness", query("9007199254740993")
    yield "a-number-of-ten-thousand-digits", query("1" * 10_000)
    yield "a-lone-surrogate", query('"\\ud800"')
    yield "a-nul-in-a-text", query('"\\u0000"')
    yield "a-line-end-in-a-text", query('"a\nb"')
    yield "ten-thousand-lists", query("[" * 10_000 + "]" * 10_000)
    yield "seventeen-objects", query('{"a":' * 17 + "1" + "}" * 17)
    yield "a-name-that-is-a-program", TEXT.replace('"ssin"', '"__proto__": {}, "ssin"')
    yield "an-unknown-name", TEXT[:-1] + ', "purpose": "mine"}'
    yield "a-list-for-a-number", query(f'["{SSIN}"]')
    yield "an-object-for-a-number", query('{"$ne": 1}')
    yield "a-number-for-a-text", query("1")
    yield "a-statement-of-sql", query("\"1' OR '1'='1\"")
    yield "digits-of-another-script", query('"٦٢٦٩١٦٩٩٧١٧"')
    yield "a-number-with-a-nul-behind", query(f'"{SSIN}\\u0000"')
    yield "a-very-long-reference", TEXT.replace("2026-004711", "x" * 65)
    yield "confirm-where-there-is-none", TEXT[:-1] + ', "confirm": {"address": {"houseNumber": "1"}}}'


def _bodies() -> Iterator[Body]:
    for name, text in _texts():
        yield Body(name, text.encode())
    raw = TEXT.encode()
    yield Body("nothing", b"")
    yield Body("a-byte-order-mark", b"\xef\xbb\xbf" + raw)
    yield Body("utf-16", TEXT.encode("utf-16"))
    yield Body("bytes-that-are-no-utf-8", raw.replace(b"agent-17", b"\xff\xfe"))
    yield Body("an-overlong-letter", raw.replace(b"agent-17", b"\xc0\xaf"))
    yield Body("a-surrogate-in-bytes", raw.replace(b"agent-17", b"\xed\xa0\x80"))
    yield Body("one-byte-too-many", raw + b" " * (65_536 - len(raw) + 1), 413)
    yield Body("five-megabytes", raw + b" " * 5_000_000, 413)
    kinds = ("text/plain", "application/x-www-form-urlencoded", "text/xml", "multipart/form-data; boundary=b")
    for kind in (*kinds, "application/jsonp", "application/json; charset=utf-16", "*/*", ""):
        name = kind.split(";")[0].replace("/", "-").replace("*", "any") or "none"
        suffix = "-in-utf-16" if "utf-16" in kind else ""
        yield Body(f"of-the-kind-{name}{suffix}", raw, 415, kind)
    for coding in ("gzip", "identity", "br", "x"):
        yield Body(f"coded-as-{coding}", raw, 415, JSON, (("Content-Encoding", coding),))


BODIES = tuple(_bodies())
