"""Requests that no honest client sends, and what each must lead to.

Sources: RFC 9112 (HTTP/1.1), its sections 3.2 (targets, Host), 5 (fields), 6 (framing), 7.1 (chunks), 11.2
(request smuggling); RFC 9110, 9.3.8 (TRACE), 10.1.1 (Expect).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

BASE = b"/fidus/v1"
FLOW = "municipality-address"
CONSULT = b"POST %b/flows/%b/consult HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n" % (
    BASE,
    FLOW.encode(),
)
HIDDEN = b"GET %b/health HTTP/1.1\r\nHost: hub\r\n\r\n" % BASE


@dataclass(frozen=True)
class Request:
    """`statuses`: what may come back; 0: closed without a word. `ends`: the connection has to end with it."""

    name: str
    sent: bytes = field(repr=False)
    statuses: frozenset[int]
    ends: bool


def _bad(name: str, sent: bytes) -> Request:
    """Refused, and nothing on that connection is read as a request any more."""
    return Request(name, sent, frozenset({400}), ends=True)


def _get(target: bytes, *lines: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\n" % target + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def _told(name: str, sent: bytes, *statuses: int) -> Request:
    return Request(name, sent, frozenset(statuses), ends=False)


def framings() -> Iterator[Request]:
    """Two readers that differ on where a request ends let one smuggle a second past the other."""
    heads = {
        "a-length-and-chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "chunks-and-a-length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "an-unknown-coding": b"Transfer-Encoding: xchunked\r\n",
        "a-coding-after-chunks": b"Transfer-Encoding: chunked, identity\r\n",
        "a-coding-with-a-tab-in-it": b"Transfer-Encoding: chun\tked\r\n",
        "a-coding-behind-a-vertical-tab": b"Transfer-Encoding:\x0bchunked\r\n",
        "a-coding-named-with-a-blank": b"Transfer-Encoding : chunked\r\n",
        "two-lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n",
        "the-same-length-twice": b"Content-Length: 5\r\nContent-Length: 5\r\n",
        "a-list-of-lengths": b"Content-Length: 5, 5\r\n",
        "a-length-with-a-plus": b"Content-Length: +5\r\n",
        "a-length-below-nothing": b"Content-Length: -5\r\n",
        "a-length-in-hexadecimal": b"Content-Length: 0x5\r\n",
        "a-length-with-a-blank-inside": b"Content-Length: 5 5\r\n",
        "a-length-with-an-underscore": b"Content-Length: 1_0\r\n",
        "a-length-in-words": b"Content-Length: five\r\n",
        "a-length-beyond-all-bounds": b"Content-Length: %b\r\n" % (b"9" * 30),
    }
    for name, head in heads.items():
        yield _bad(name, CONSULT + head + b"\r\n0\r\n\r\n" + HIDDEN)
    yield _bad(
        "chunks-in-http-1-0",
        CONSULT.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    )


def chunks() -> Iterator[Request]:
    """Of a body in chunks."""
    chunked = CONSULT + b"Transfer-Encoding: chunked\r\n\r\n"
    bodies = {
        "in-no-number": b"zz\r\n{}\r\n",
        "below-nothing": b"-2\r\n{}\r\n",
        "with-a-prefix": b"0x2\r\n{}\r\n",
        "with-an-underscore": b"0_2\r\n{}\r\n",
        "beyond-all-bounds": b"f" * 40 + b"\r\n{}\r\n",
        "with-a-blank-before": b" 2\r\n{}\r\n",
        "that-is-too-small": b"1\r\n{}\r\n",
        "without-an-end-of-line": b"2\r\n{}0\r\n",
        "that-ends-in-a-line-feed-alone": b"2\n{}\r\n",
        "with-an-extension-without-end": b"2;" + b"x" * 100_000,
        "that-is-missing": b"\r\n{}\r\n",
    }
    for name, body in bodies.items():
        yield _bad(f"a-chunk-size-{name}", chunked + body + b"0\r\n\r\n" + HIDDEN)
    many = b"".join(b"A%d: b\r\n" % number for number in range(10_000))
    yield _bad("ten-thousand-trailers", chunked + b"0\r\n" + many + b"\r\n" + HIDDEN)


def heads() -> Iterator[Request]:
    """Of request lines and fields."""
    health = BASE + b"/health"
    bad = {
        "line-feeds-alone": b"GET %b HTTP/1.1\nHost: hub\n\n" % health,
        "a-carriage-return-alone": b"GET %b HTTP/1.1\r\nHost: hub\rA: b\r\n\r\n" % health,
        "a-folded-line": _get(health, b"Host: hub", b"A: b", b" c"),
        "a-nul-in-a-value": _get(health, b"Host: hub", b"A: b\0c"),
        "a-nul-in-a-name": _get(health, b"Host: hub", b"A\0: b"),
        "a-name-that-is-no-ascii": _get(health, b"Host: hub", "É: b".encode()),
        "a-blank-in-a-name": _get(health, b"Host: hub", b"A b: c"),
        "a-blank-before-the-colon": _get(health, b"Host: hub", b"A : c"),
        "no-name": _get(health, b"Host: hub", b": c"),
        "no-colon": _get(health, b"Host: hub", b"A"),
        "no-host": _get(health),
        "two-hosts": _get(health, b"Host: hub", b"Host: other"),
        "the-same-host-twice": _get(health, b"Host: hub", b"Host: hub"),
        "a-host-with-a-blank": _get(health, b"Host: hub other"),
        "a-host-with-a-path": _get(health, b"Host: hub/path"),
        "a-host-with-a-user": _get(health, b"Host: user@hub"),
        "a-very-long-value": _get(health, b"Host: hub", b"A: " + b"b" * 100_000),
        "a-very-long-name": _get(health, b"Host: hub", b"A" * 100_000 + b": b"),
        "a-very-long-target": _get(health + b"?" + b"a" * 100_000, b"Host: hub"),
        "ten-thousand-fields": _get(health, b"Host: hub", *(b"A%d: b" % n for n in range(10_000))),
        "sixty-five-fields": _get(health, b"Host: hub", *(b"A%d: b" % n for n in range(65))),
        "tls-within-tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        "binary": bytes(range(256)) * 4,
    }
    for name, sent in bad.items():
        yield _bad(name, sent)
    yield _told("a-value-that-is-no-ascii", _get(health, b"Host: hub", b"A: \xe9\xff"), 200)
    yield _told("an-empty-line-before", b"\r\n\r\n" + _get(health, b"Host: hub"), 200, 400)
    yield _told("two-blanks-in-the-line", _get(b" " + health, b"Host: hub"), 200, 400)
    older = _get(health, b"Host: hub").replace(b"HTTP/1.1", b"HTTP/1.0")
    yield Request("http-1-0", older, frozenset({200}), ends=True)


def versions() -> Iterator[Request]:
    """Of request lines."""
    health = BASE + b"/health"
    bad = {
        "http-0-9": b"GET %b\r\n\r\n" % health,
        "http-9-9": _get(health, b"Host: hub").replace(b"HTTP/1.1", b"HTTP/9.9"),
        "http-in-small-letters": _get(health, b"Host: hub").replace(b"HTTP/1.1", b"http/1.1"),
        "the-preface-of-http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a-method-in-small-letters": _get(health, b"Host: hub").replace(b"GET", b"get"),
        "a-method-that-nobody-knows": _get(health, b"Host: hub").replace(b"GET", b"FETCH"),
        "a-method-without-end": b"A" * 100_000,
        "a-blank-before-the-method": b" " + _get(health, b"Host: hub"),
        "a-tab-in-the-line": b"GET\t%b\tHTTP/1.1\r\nHost: hub\r\n\r\n" % health,
    }
    for name, sent in bad.items():
        yield _bad(name, sent)


def methods() -> Iterator[Request]:
    """Methods and wishes."""
    health = BASE + b"/health"

    def asked(method: bytes, target: bytes, *lines: bytes) -> bytes:
        return _get(target, b"Host: hub", *lines).replace(b"GET", method, 1)

    yield _told("trace", asked(b"TRACE", health, b"Cookie: secret-of-mine"), 404, 405)
    yield _told("connect", asked(b"CONNECT", b"127.9.9.9:41909"), 404, 405)
    yield _told("connect-to-a-path", asked(b"CONNECT", health), 400, 404, 405)
    yield _told("options-of-all", asked(b"OPTIONS", b"*"), 404, 405)
    yield _told("delete", asked(b"DELETE", BASE + b"/flows"), 405)
    upgrade = (b"Connection: Upgrade", b"Upgrade: h2c")
    yield _told("an-upgrade-to-http-2", _get(health, b"Host: hub", *upgrade), 200)
    socket = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
    yield _told("an-upgrade-to-a-socket", _get(health, b"Host: hub", *socket), 200)
    overriding = (b"X-HTTP-Method-Override: DELETE", b"X-Original-URL: /fidus/v1/flows")
    yield _told("a-method-that-overrides", _get(health, b"Host: hub", *overriding), 200)
    expects = CONSULT + b"Content-Length: 2\r\nExpect: something-else\r\n\r\n{}"
    yield _told("another-wish", expects, 400, 417)
    packed = CONSULT + b"Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}"
    yield _told("a-packed-body", packed, 415)
    large = CONSULT + b"Content-Length: 100000000\r\n\r\n"
    yield Request("a-hundred-megabytes-announced", large, frozenset({413}), ends=True)


def targets() -> Iterator[Request]:
    """Ways to write a path."""
    gone = {
        "a-step-up": b"/flows/../flows",
        "a-step-up-in-percents": b"/flows/%2e%2e/flows",
        "a-step-up-in-mixed-percents": b"/flows/.%2E/flows",
        "a-step-up-to-the-root": b"/../../etc/passwd",
        "a-step-up-overlong": b"/flows/%c0%ae%c0%ae/flows",
        "a-slash-too-many": b"//flows",
        "a-slash-at-the-end": b"/flows/",
        "a-slash-in-percents": b"%2fflows",
        "a-slash-in-a-name": b"/flows%2f" + FLOW.encode(),
        "a-backslash": b"\\flows",
        "a-nul": b"/flows%00",
        "a-line-end": b"/flows%0d%0aA:b",
        "a-dot-at-the-end": b"/flows.",
        "a-parameter-of-the-path": b"/flows;a=b",
        "capitals": b"/FLOWS",
        "a-percent-without-number": b"/flows/%zz",
        "a-tile-above": b"/auditLog/tile/../../keys",
        "a-tile-above-in-percents": b"/auditLog/tile/%2e%2e/%2e%2e/fidus.db",
        "a-tile-above-in-double-percents": b"/auditLog/tile/%252e%252e/fidus.db",
        "a-tile-at-the-root": b"/auditLog/tile//etc/passwd",
        "a-tile-with-a-nul": b"/auditLog/tile/0/000%00",
    }
    for name, path in gone.items():
        yield _told(name, _get(BASE + path, b"Host: hub"), 400, 404)
    for name, target in {
        "another-host-as-target": b"https://other.example/fidus/v1/flows/nothing",
        "a-target-without-slash": b"fidus/v1/flows",
        "a-target-of-another-scheme": b"file:///etc/passwd",
        "two-slashes-before-all": b"//fidus/v1/flows",
        "a-target-in-capitals": b"/FIDUS/V1/flows",
    }.items():
        yield _told(name, _get(target, b"Host: hub"), 400, 404)


REQUESTS = (*framings(), *chunks(), *heads(), *versions(), *methods(), *targets())
