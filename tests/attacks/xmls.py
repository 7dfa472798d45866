"""Answers in unsigned XML that are none, or too much of it: honest ones changed, in bytes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator

from tests.attacks.source import ELSEWHERE
from tests.attacks.wires import Speak, Wire, http
from tests.misbehaving import ANSWER, FAULT

Change = Callable[[bytes], bytes]
_ELSEWHERE = f"http://{ELSEWHERE[0]}:{ELSEWHERE[1]}"
_BODY = re.compile(rb"(<(\w+):Body[^>]*>)(.*)(</\2:Body>)", re.S)
_ROOT = re.compile(rb"<(\w+:)?Envelope")
_REPLIED = re.compile(rb"(<(?:\w+:)?Id>)[^<]+(</(?:\w+:)?Id>)")


def says(change: Change) -> Speak:
    """The honest answer, changed so."""

    async def speak(honest: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http(change(honest)))
        await writer.drain()

    return speak


def _instead(text: str | bytes) -> Change:
    return lambda _: text.encode() if isinstance(text, str) else text


def _before(prologue: str) -> Change:
    """Something before the envelope, in place of an XML declaration."""
    return lambda honest: prologue.encode() + honest[_start(honest) :]


def _start(honest: bytes) -> int:
    found = _ROOT.search(honest)
    assert found is not None
    return found.start()


def _within(change: Callable[[bytes], bytes]) -> Change:
    """What stands in the Body, changed."""

    def changed(honest: bytes) -> bytes:
        assert _BODY.search(honest) is not None
        return _BODY.sub(lambda found: found[1] + change(found[3]) + found[4], honest)

    return changed


def _bomb(names: int) -> str:
    lines = "".join(f'<!ENTITY e{nth} "{f"&e{nth - 1};" * 10}">' for nth in range(1, names))
    return f'<!DOCTYPE a [<!ENTITY e0 "x">{lines}]>'


def _texts() -> Iterator[tuple[str, Change]]:
    """No answer at all, or one in something else."""
    yield "nothing", _instead("")
    yield "blanks", _instead(" " * 5_000)
    yield "no-xml", _instead("Down for now")
    yield "html", _instead("<html><body>Down for now</body></html>")
    yield "json", _instead('{"found": true}')
    yield "half-an-answer", lambda honest: honest[: len(honest) // 2]
    yield "two-answers", lambda honest: honest + honest[_start(honest) :]
    yield "rubbish-behind", lambda honest: honest + b"\0"
    yield "utf-16", lambda honest: honest[_start(honest) :].decode().encode("utf-16")
    yield "latin-1", _within(lambda inside: inside.replace(b">", b">\xe9", 1))
    yield "an-overlong-letter", _within(lambda inside: inside.replace(b">", b">\xc0\xaf", 1))


def _documents() -> Iterator[tuple[str, Change]]:
    """An envelope in which something is that SOAP forbids, or too much."""
    yield "a-document-type", _before("<!DOCTYPE a>")
    yield "an-entity-from-a-file", _before('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
    yield "an-entity-from-elsewhere", _before(f'<!DOCTYPE a [<!ENTITY % e SYSTEM "{_ELSEWHERE}/e"> %e;]>')
    yield "entities-that-grow", _before(_bomb(9))
    yield "a-style-sheet", _before(f'<?xml-stylesheet href="{_ELSEWHERE}/s"?>')
    yield "an-instruction-within", _within(lambda inside: b"<?a b?>" + inside)
    yield "a-hundred-thousand-elements-deep", _within(lambda _: b"<a>" * 100_000 + b"</a>" * 100_000)
    yield (
        "a-hundred-thousand-attributes",
        _within(lambda _: b"<a " + b" ".join(b'a%d=""' % nth for nth in range(100_000)) + b"/>"),
    )
    yield "more-than-is-taken", _within(lambda inside: inside + b"<!--" + b"x" * 1_000_000 + b"-->")
    yield "a-text-of-a-megabyte", _within(lambda inside: b"<a>" + b"x" * 990_000 + b"</a>")


def _messages() -> Iterator[tuple[str, Change]]:
    """An envelope that is not the answer to the question."""
    yield "no-body", lambda honest: _BODY.sub(b"", honest)
    yield "an-empty-body", _within(lambda _: b"")
    yield "two-in-the-body", _within(lambda inside: inside + inside)
    yield "two-bodies", lambda honest: _BODY.sub(lambda found: found[0] + found[0], honest)
    yield "another-message", _within(lambda _: b'<r xmlns="urn:another"/>')
    yield "another-namespace", lambda honest: re.sub(rb'="http://[^"]*/datamodel"', b'="urn:another"', honest)
    yield "to-another-request", lambda honest: _REPLIED.sub(rb"\g<1>another\g<2>", honest, count=1)
    yield "to-no-request", lambda honest: _REPLIED.sub(rb"\g<1>\g<2>", honest, count=1)
    yield "an-unknown-element", _within(lambda inside: re.sub(rb"(</[^>]+>\s*)$", rb"<more/>\1", inside))
    yield (
        "soap-1.2",
        lambda honest: honest.replace(
            b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"
        ),
    )


def _fault(inside: str) -> Change:
    return _within(
        lambda _: (
            '<f:Fault xmlns:f="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>f:Server</faultcode>'
            f"<faultstring>no</faultstring>{inside}</f:Fault>"
        ).encode()
    )


XMLS = (
    *(Wire(name, ANSWER, says(change)) for name, change in (*_texts(), *_documents(), *_messages())),
    Wire("a-fault-without-detail", FAULT, says(_fault(""))),
    Wire("a-fault-of-another-make", FAULT, says(_fault("<detail><code>1</code></detail>"))),
)
