"""Documents that are no plain XML, or too much of it: honest answers changed, or something rightly signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

from mocks.soap import SOAP, WSU
from tests.attacks.letter import ELSEWHERE, Attack, Hand, Letter
from tests.misbehaving import ANSWER, SIGNATURE

LIMIT = 1_000_000  # bytes of an answer that are taken
Change = Callable[[bytes], bytes]
_END = b"?>"
_NINE = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def _changed(change: Change) -> Callable[[Hand], bytes]:
    return lambda hand: change(hand.honest())


def _undeclared(raw: bytes) -> bytes:
    """Without the XML declaration."""
    return raw[raw.index(_END) + len(_END) :].lstrip()


def _before_root(text: str) -> Change:
    return lambda raw: b"<?xml version='1.0' encoding='UTF-8'?>" + text.encode() + _undeclared(raw)


def _in_relation(text: str) -> Change:
    """Where text is read: an entity there would become part of it."""
    return lambda raw: raw.replace(b"</wsa:RelatesTo>", f"{text}</wsa:RelatesTo>".encode())


def _with_entity(declared: str, name: str = "e") -> Change:
    """A declared entity, used where text is read."""
    return lambda raw: _before_root(f"<!DOCTYPE x [{declared}]>")(_in_relation(f"&{name};")(raw))


def _encoded(encoding: str, declared: str) -> Change:
    return lambda raw: f"<?xml version='1.0' encoding='{declared}'?>{_undeclared(raw).decode()}".encode(
        encoding
    )


def _declarations() -> Iterator[tuple[str, Change]]:
    here = Path(__file__).as_uri()
    yield "a-document-type", _before_root("<!DOCTYPE Envelope>")
    yield "an-external-dtd-on-the-web", _before_root('<!DOCTYPE x SYSTEM "http://127.9.9.9:41909/x.dtd">')
    yield "an-external-dtd-in-a-file", _before_root(f'<!DOCTYPE x SYSTEM "{here}">')
    yield (
        "a-public-dtd",
        _before_root('<!DOCTYPE x PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.9.9.9:41909/x">'),
    )
    yield "an-entity", _with_entity('<!ENTITY e "x">')
    yield "an-entity-of-a-file", _with_entity('<!ENTITY e SYSTEM "file:///etc/hostname">')
    yield "an-entity-of-the-web", _with_entity('<!ENTITY e SYSTEM "http://127.9.9.9:41909/x">')
    yield (
        "a-parameter-entity-of-the-web",
        _with_entity('<!ENTITY % e SYSTEM "http://127.9.9.9:41909/x"> %e;', "lt"),
    )
    yield "a-billion-laughs", _with_entity(f'<!ENTITY l0 "ha">{_NINE}', "l9")
    yield (
        "a-quadratic-blow-up",
        lambda raw: _with_entity(f'<!ENTITY e "{"a" * 50_000}">')(_in_relation("&e;" * 50_000)(raw)),
    )
    yield "an-entity-that-names-itself", _with_entity('<!ENTITY e "&e;">')
    yield "attribute-defaults", _before_root(f'<!DOCTYPE x [<!ATTLIST Body Id CDATA "{"b"}">]>')
    yield "a-document-type-in-a-comment-s-shadow", _before_root("<!-- --><!DOCTYPE x [<!ENTITY e 'x'>]>")
    yield "a-stylesheet-instruction", _before_root('<?xml-stylesheet href="http://127.9.9.9:41909/x.xsl"?>')
    yield "an-instruction-inside", _in_relation("<?php x?>")
    yield "an-instruction-named-like-the-declaration", _in_relation("<?xml-x y?>")
    yield "an-instruction-in-capitals", _in_relation("<?XML version='1.0'?>")
    yield "a-second-declaration", lambda raw: raw + b"<?xml version='1.0'?>"
    yield "an-undeclared-entity", _in_relation("&nbsp;")


def _encodings() -> Iterator[tuple[str, Change]]:
    yield "utf-16-with-a-mark", _encoded("utf-16", "UTF-16")
    yield "utf-16-little-endian", _encoded("utf-16-le", "UTF-16LE")
    yield "utf-16-big-endian", _encoded("utf-16-be", "UTF-16BE")
    yield "utf-32", _encoded("utf-32", "UTF-32")
    yield "ebcdic", _encoded("cp037", "IBM037")
    yield "a-document-type-in-utf-16", lambda raw: _before_root("<!DOCTYPE x>")(raw).decode().encode("utf-16")
    yield (
        "a-document-type-in-utf-7",
        lambda raw: b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE x+AD4-" + _undeclared(raw),
    )
    yield "bytes-that-are-no-utf-8", lambda raw: raw.replace(b"</wsa:RelatesTo>", b"\xc3\x28</wsa:RelatesTo>")
    yield "an-overlong-less-than", lambda raw: raw.replace(b"</wsa:RelatesTo>", b"\xc0\xbc</wsa:RelatesTo>")
    yield (
        "a-surrogate-in-utf-8",
        lambda raw: raw.replace(b"</wsa:RelatesTo>", b"\xed\xa0\x80</wsa:RelatesTo>"),
    )
    yield "a-nul", _in_relation("\0")
    yield "a-nul-by-reference", _in_relation("&#0;")
    yield "a-control-character", _in_relation("\x08")
    yield "a-surrogate-by-reference", _in_relation("&#xD800;")


def _wide(attributes: int) -> str:
    return f"<a {' '.join(f'a{n}=_' for n in range(attributes))}/>".replace("_", '""')


def _named(namespaces: int) -> str:
    return " ".join(f"xmlns:n{n}='urn:n'" for n in range(namespaces))


def _at_the_root(text: str) -> Change:
    """In scope of all that is signed, and not used there: what was signed stays what it was."""
    return lambda raw: raw.replace(b"<soap:Envelope ", f"<soap:Envelope {text} ".encode(), 1)


def _utf_7(hand: Hand) -> bytes:
    """Read as UTF-8 whatever it declares: a plus sign of the signature was written otherwise."""
    text = _undeclared(hand.honest()).decode()
    return b"<?xml version='1.0' encoding='UTF-7'?>" + text.encode("utf-7")


def _sizes() -> Iterator[tuple[str, Change]]:
    def header(text: str) -> Change:
        return lambda raw: raw.replace(b"</soap:Header>", f"{text}</soap:Header>".encode())

    many = 100_000
    yield "a-hundred-thousand-levels", header("<a>" * many + "</a>" * many)
    yield "forty-levels", header("<a>" * 40 + "</a>" * 40)
    yield "a-hundred-thousand-attributes", header(_wide(many))
    yield "forty-attributes", header(_wide(40))
    yield "a-text-of-ten-million-letters", header(f"<a>{'x' * 10_000_000}</a>")
    yield "a-comment-of-two-million-letters", header(f"<!--{'x' * 2_000_000}-->")
    yield "a-name-of-ninety-thousand-letters", header(f"<{'a' * 90_000}/>")
    yield "an-attribute-of-eleven-million-letters", header(f'<a b="{"x" * 11_000_000}"/>')
    yield "a-namespace-of-half-a-million-letters", header(f'<a xmlns="{"x" * 500_000}"/>')
    yield "a-namespace-that-is-a-relative-address", _at_the_root("xmlns:r='relative'")
    yield "seventy-namespaces-at-the-root", _at_the_root(_named(70))
    yield "forty-thousand-namespaces-at-the-root", _at_the_root(_named(40_000))
    yield "the-same-attribute-twice", header('<a b="1" b="2"/>')
    yield "a-prefix-that-nobody-declared", header("<nobody:a/>")


def _shapes() -> Iterator[tuple[str, Change]]:
    yield "nothing", lambda _: b""
    yield "blanks", lambda _: b" " * 1000
    yield "json", lambda _: b'{"found": true}'
    yield "html", lambda _: b"<!doctype html><title>Gateway</title>"
    yield "plain-text", lambda _: b"It works!"
    yield "half-of-it", lambda raw: raw[: len(raw) // 2]
    yield "its-first-byte", lambda raw: raw[:1]
    yield "all-but-its-last-byte", lambda raw: raw[:-1]
    yield "it-twice", lambda raw: raw + _undeclared(raw)
    yield "something-after-it", lambda raw: raw + b"x"
    yield "something-before-it", lambda raw: b"x" + raw
    yield "a-blank-before-its-declaration", lambda raw: b" " + raw
    yield "it-in-soap-1-2", lambda raw: raw.replace(SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope")
    yield "it-in-a-zip-archive-s-clothes", lambda raw: b"PK\3\4" + raw
    yield "a-multipart-with-it", lambda raw: b"--b\r\nContent-Type: text/xml\r\n\r\n" + raw + b"\r\n--b--\r\n"


def _signed_sizes() -> Iterator[Attack]:
    """Rightly signed, within the limit of bytes, and meant to cost as much as it can."""

    def stuffed(text: str, times: int) -> Callable[[Hand], bytes]:
        def write(hand: Hand) -> bytes:
            letter = hand.letter()
            letter.body[0].append(etree.fromstring(f'<x xmlns="{ELSEWHERE}">{text * times}</x>'))
            return letter.sign(hand.signer).written()

        return write

    wide = '<a b="" c="" d="" e="" f="" g=""/>'
    named = f'<a xmlns="urn:{"n" * 100}"/>'
    yield Attack("fifty-thousand-signed-elements", ANSWER, stuffed("<a/>", 50_000))
    yield Attack("thirty-thousand-signed-attributes", ANSWER, stuffed(wide, 5_000))
    yield Attack("five-thousand-signed-namespaces", ANSWER, stuffed(named, 5_000))
    yield Attack("a-signed-text-of-nine-hundred-thousand-letters", ANSWER, stuffed("x", 900_000))
    yield Attack("two-hundred-thousand-signed-letters-that-grow", ANSWER, stuffed("&gt;", 220_000))

    def ids(hand: Hand) -> bytes:
        letter = hand.letter().sign(hand.signer)
        holder = etree.SubElement(letter.header, f"{{{ELSEWHERE}}}Ids")
        for number in range(15_000):
            etree.SubElement(holder, "a").set(f"{{{WSU}}}Id", f"i{number}")
        etree.SubElement(holder, "a").set("Id", "the-Body")
        return letter.written()

    yield Attack("fifteen-thousand-ids-and-one-of-them-the-body-s", SIGNATURE, ids)

    def schema(hand: Hand) -> bytes:
        """Who validates might fetch what an instance says its schema is."""
        letter = Letter(hand.content, hand.asked)
        place = "{http://www.w3.org/2001/XMLSchema-instance}"
        letter.body[0].set(f"{place}schemaLocation", f"{ELSEWHERE} http://127.9.9.9:41909/x.xsd")
        more = etree.SubElement(letter.body[0], f"{{{ELSEWHERE}}}more")
        more.set(f"{place}schemaLocation", f"{ELSEWHERE} {Path(__file__).as_uri()}")
        return letter.sign(hand.signer).written()

    yield Attack("an-answer-that-says-where-its-schema-lies", ANSWER, schema)


DOCUMENTS = (
    *(
        Attack(name, ANSWER, _changed(change))
        for table in (_declarations, _encodings, _sizes, _shapes)
        for name, change in table()
    ),
    *_signed_sizes(),
    Attack("utf-7", SIGNATURE, _utf_7),
)
