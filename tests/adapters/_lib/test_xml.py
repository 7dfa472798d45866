"""XML from outside: what is taken, and what is refused before or right after it is parsed."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters._lib import xml
from adapters._lib.xml import (
    XmlRefused,
    canonical,
    parse,
    parse_own,
    require_one_libxml2,
    run_in_thread,
    text_of,
)
from fidus.errors import ConfigurationInvalid


def named(count: int) -> bytes:
    """Declarations of so many namespaces."""
    return b"".join(b" xmlns:n%d='urn:n'" % number for number in range(count))


@pytest.mark.parametrize(
    ("raw", "phrase"),
    [
        pytest.param(b"<a>" + b" " * 1_000_000 + b"</a>", "larger", id="too-large"),
        pytest.param(b"<!DOCTYPE a><a/>", "document type", id="doctype"),
        pytest.param(b"<a><![CDATA[<!DOCTYPE a>]]></a>", "document type", id="doctype-in-cdata"),
        pytest.param(b"<!ENTITY b 'c'><a/>", "document type", id="entity"),
        pytest.param(b"<?style x?><a/>", "processing instruction", id="instruction"),
        pytest.param(b"<a><?x?></a>", "processing instruction", id="instruction-inside"),
        pytest.param(b"<a/><?xml version='1.0'?>", "not well-formed", id="second-declaration"),
        pytest.param(b"<a>&nbsp;</a>", "not well-formed", id="unknown-entity"),
        pytest.param(b"<a>", "not well-formed", id="truncated"),
        pytest.param(b"", "not well-formed", id="empty"),
        pytest.param(b"<a/><b/>", "not well-formed", id="two-roots"),
        pytest.param("<a>é</a>".encode("latin-1"), "not well-formed", id="latin-1"),
        pytest.param("<a>é</a>".encode("utf-16"), "not well-formed", id="utf-16"),
        pytest.param(b"<?xml version='1.0' encoding='utf-7'?>+ADw-a/+AD4-", "not well-formed", id="utf-7"),
        pytest.param(b"<a>" * 33 + b"</a>" * 33, "too deeply", id="too-deep"),
        pytest.param(
            b"<a " + b" ".join(b"a%d=''" % i for i in range(33)) + b"/>", "too many attributes", id="too-wide"
        ),
        pytest.param(b"<a xmlns='" + b"n" * 257 + b"'/>", "too long", id="long-namespace"),
        pytest.param(b'<a xmlns:b = "' + b"n" * 257 + b'"/>', "too long", id="long-prefixed-namespace"),
        pytest.param(b"<a xmlns:" + b"n" * 101 + b"=''/>", "too long", id="long-prefix"),
        pytest.param(b"<a><b" + named(65) + b"/></a>", "too many namespaces", id="many-namespaces"),
    ],
)
def test_what_is_not_plain_is_refused(raw: bytes, phrase: str) -> None:
    with pytest.raises(XmlRefused, match=phrase):
        parse(raw)


def test_the_largest_that_is_taken() -> None:
    assert parse(b"<a>" * 32 + b"</a>" * 32).tag == "a"
    assert parse(b"<a " + b" ".join(b"a%d=''" % i for i in range(32)) + b"/>").tag == "a"
    assert parse(b"<a xmlns:" + b"p" * 100 + b"='" + b"n" * 256 + b"'/>").tag == "a"
    assert parse(b"<a>" + b"<b" + named(64) + b"/>" + b"<c xmlns='urn:c'/>" * 1000 + b"</a>").tag == "a"
    assert len(parse(b"<a>" + b" " * (xml.MAX_BYTES - 7) + b"</a>").text or "") == xml.MAX_BYTES - 7


def test_a_declaration_and_a_byte_order_mark_are_taken() -> None:
    assert parse(b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><a>\xc3\xa9</a>").text == "é"


def test_a_declared_encoding_does_not_change_what_is_read() -> None:
    assert parse(b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xc3\xa9</a>").text == "é"


def test_comments_vanish() -> None:
    assert parse(b"<a>on<!-- no -->e</a>").text == "one"


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    try:
        parse(raw)
    except XmlRefused:
        pass


def test_an_error_leaves_the_parsers_words_behind() -> None:
    with pytest.raises(XmlRefused) as caught:
        parse(b"<secret>")
    assert caught.value.__context__ is None
    assert "secret" not in str(caught.value)


def test_an_element_alone_takes_along_the_namespaces_it_shows() -> None:
    root = parse(b"<s:e xmlns:s='urn:s' xmlns:u='urn:u' xmlns:n='urn:n'><s:b u:i='1'><n:c/></s:b>tail</s:e>")
    assert canonical(root[0]) == (
        b'<s:b xmlns:s="urn:s" xmlns:u="urn:u" u:i="1"><n:c xmlns:n="urn:n"></n:c></s:b>'
    )


def test_an_element_alone_takes_along_the_prefixes_that_are_listed() -> None:
    root = parse(b"<e xmlns:q='urn:q' xmlns:r='urn:r'><p:b xmlns:p='urn:p'/></e>")
    assert canonical(root[0], ("q", "unknown")) == b'<p:b xmlns:p="urn:p" xmlns:q="urn:q"></p:b>'


@pytest.mark.parametrize("name", ["n", "//host/n"])
def test_a_namespace_that_is_no_absolute_uri_has_no_canonical_form(name: str) -> None:
    """Canonical XML 1.0 §1.3."""
    root = parse(f"<a xmlns:n='{name}'><b/></a>".encode())
    with pytest.raises(XmlRefused, match="no canonical form") as caught:
        canonical(root[0])
    assert caught.value.__context__ is None  # it quotes the document


def test_text_is_of_an_element_without_children() -> None:
    assert text_of(parse(b"<a> x </a>")) == "x"
    assert text_of(parse(b"<a/>")) == ""
    with pytest.raises(XmlRefused, match="has children"):
        text_of(parse(b"<a>x<b/></a>"))


def test_lxml_and_xmlsec_agree_here() -> None:
    require_one_libxml2()


def test_two_versions_of_libxml2_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters._lib.xml.xmlsec.get_libxml_version", lambda: (2, 9, 1))
    with pytest.raises(ConfigurationInvalid, match=r"different versions of libxml2 \(.*2\.9\.1"):
        require_one_libxml2()


def test_long_work_runs_in_a_thread() -> None:
    assert asyncio.run(run_in_thread(threading.get_ident)) != threading.get_ident()


PREFIXES = st.sampled_from(["", "p:", "q:"])
TREES: st.SearchStrategy[Any] = st.recursive(
    st.tuples(PREFIXES, st.just(""), st.just([])),
    lambda inner: st.tuples(
        PREFIXES,
        st.sampled_from(["", ' xmlns="urn:d"', ' xmlns=""', ' xmlns:p="urn:other"', ' q:a="1" a="2"']),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


def written(tree: tuple[str, str, list[Any]]) -> str:
    prefix, attributes, children = tree
    return f"<{prefix}e{attributes}>text{''.join(map(written, children))}</{prefix}e>tail"


@given(TREES, st.sampled_from([(), ("p",), ("q", "p")]))
def test_an_element_in_its_document_has_the_form_that_it_has_alone(
    tree: tuple[str, str, list[Any]], inclusive: tuple[str, ...]
) -> None:
    root = parse(f'<r xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:r">{written(tree)}</r>'.encode())
    for element in root.iter():
        alone = etree.fromstring(etree.tostring(element, with_tail=False))
        assert canonical(element, inclusive) == canonical(alone, inclusive)


def test_what_was_written_here_is_read_again_up_to_the_size_that_is_taken() -> None:
    assert parse_own(b"<a/>").tag == "a"
    with pytest.raises(XmlRefused, match="larger"):
        parse_own(b"<a>" + b" " * 1_000_000 + b"</a>")
