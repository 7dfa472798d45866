"""XML from outside, read tightly: before anything else looks at it, it is small, flat and plain."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Final, TypeVar

import xmlsec
from lxml import etree

from adapters._lib.workers import Workers
from fidus.errors import ConfigurationFault, ConfigurationInvalid

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_ATTRIBUTES = 32  # on one element: canonicalising takes the square of their number
MAX_NAMESPACES = 64  # declared on one element: so does taking them along to an element below it

_T = TypeVar("_T")
# As many threads as can work at once: more would only take the interpreter from each other. Starts none yet.
_WORKERS: Final = Workers(os.cpu_count() or 1, "xml")
# A markup declaration (document type, entity) or a processing instruction other than the XML declaration.
_DECLARATION = re.compile(rb"<!(?!--|\[CDATA\[)")
_INSTRUCTION = re.compile(rb"<\?(?!xml[ \t\r\n])")
# Canonical form repeats a namespace at each element that needs it, so a long one is a bomb.
_LONG_NAMESPACE = re.compile(
    rb"""xmlns(?::[^\s=<>"']{101}|(?::[^\s=<>"']{1,100})?\s*=\s*(?:"[^"]{257}|'[^']{257}))"""
)
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")
_TOO_WIDE = etree.XPath(f"boolean(descendant-or-self::*/@*[{MAX_ATTRIBUTES + 1}])")  # the 33rd of any element


class XmlRefused(ValueError):
    """Not XML as it is taken here. The text is a fixed phrase and never quotes the document."""


def parse(raw: bytes) -> etree._Element:
    """The root of a document from outside.

    Taken: UTF-8, at most MAX_BYTES, MAX_DEPTH, MAX_ATTRIBUTES and MAX_NAMESPACES, no document type, entity or
    processing instruction (SOAP 1.1 §3 forbids them too). Comments are dropped, so no text is split by one.
    Raises XmlRefused.
    """
    if len(raw) > MAX_BYTES:
        raise XmlRefused("the answer is larger than is taken")
    if _DECLARATION.search(raw):
        raise XmlRefused("the answer has a document type or another declaration")
    if _INSTRUCTION.search(raw):
        raise XmlRefused("the answer has a processing instruction")
    if _LONG_NAMESPACE.search(raw):
        raise XmlRefused("the answer has a namespace name that is too long")
    if _has_many_namespaces(raw):
        raise XmlRefused("the answer has an element with too many namespaces")
    root = _parsed(raw)
    if root is None:
        raise XmlRefused("the answer is not well-formed XML in UTF-8")
    if _TOO_DEEP(root):
        raise XmlRefused("the answer is nested too deeply")
    if _TOO_WIDE(root):
        raise XmlRefused("the answer has an element with too many attributes")
    return root


def _has_many_namespaces(raw: bytes) -> bool:
    """Between one `<` and the next stands one start tag at most."""
    return raw.count(b"xmlns") > MAX_NAMESPACES and any(
        part.count(b"xmlns") > MAX_NAMESPACES for part in raw.split(b"<")
    )


def parse_own(raw: bytes) -> etree._Element:
    """The root of what `canonical` wrote of a document that `parse` took: nothing in it is new.

    Raises XmlRefused where the canonical form grew beyond MAX_BYTES by namespaces that it repeats.
    """
    root = _parsed(raw) if len(raw) <= MAX_BYTES else None
    if root is None:
        raise XmlRefused("the answer is larger than is taken")
    return root


def _parsed(raw: bytes) -> etree._Element | None:
    """None where libxml2 refuses; its own error quotes the document and is left behind here."""
    try:
        return etree.fromstring(raw, _parser())
    except etree.XMLSyntaxError:
        return None


def _parser() -> etree.XMLParser:
    """A new one each time: lxml's parsers keep the errors of their last document."""
    return etree.XMLParser(
        encoding="utf-8",  # whatever the document says: what was scanned above is what is parsed
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        collect_ids=False,
    )


def canonical(node: etree._Element, inclusive: tuple[str, ...] = ()) -> bytes:
    """Exclusive canonical form, without comments, of the element alone. `inclusive`: prefixes of the
    PrefixList; `#default` there means nothing to lxml, so a signature that relies on it does not verify.
    Rule: Exclusive XML Canonicalization 1.0. Raises XmlRefused where a namespace in scope is a relative URI,
    which has no such form (Canonical XML 1.0 §1.3)."""
    written = _written(node, list(inclusive) or None)
    if written is None:
        raise XmlRefused("the answer has a namespace that has no canonical form")
    return written


def _written(node: etree._Element, inclusive: list[str] | None) -> bytes | None:
    """None where libxml2 refuses; its own error quotes the document and is left behind here."""
    try:
        return etree.tostring(  # lxml treats the element as a root that has every namespace in scope
            node, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=inclusive
        )
    except etree.C14NError:
        return None


def text_of(node: etree._Element) -> str:
    """The text of an element without children, blanks around it taken away. Raises XmlRefused."""
    if len(node):
        raise XmlRefused("an element that holds text has children")
    return (node.text or "").strip()


def require_one_libxml2() -> None:
    """At start: lxml and xmlsec share documents in memory, so both must run and be built on one libxml2.

    Raises ConfigurationInvalid.
    """
    versions = {
        etree.LIBXML_VERSION,
        etree.LIBXML_COMPILED_VERSION,
        tuple(xmlsec.get_libxml_version()),
        tuple(xmlsec.get_libxml_compiled_version()),
    }
    if len(versions) > 1:
        told = ", ".join(sorted(".".join(str(part) for part in version) for version in versions))
        raise ConfigurationInvalid(
            (
                ConfigurationFault(
                    "lxml, xmlsec",
                    0,
                    f"they use different versions of libxml2 ({told})",
                    "Install both from the lock file, as wheels",
                ),
            )
        )


async def run_in_thread(work: Callable[[], _T]) -> _T:
    """Work on XML that takes longer than the event loop may be held up."""
    return await _WORKERS.run(work)
