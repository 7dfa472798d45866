"""What is not taken as a SOAP message, and with which words it is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mocks.soap import SOAP, WSA, Refusal, envelope, open_envelope, parse, to_bytes

MESSAGE_ID = "urn:uuid:01900000-0000-7000-8000-000000000001"


def message(header: str = "", body: str = "<a/>", after: str = "", ids: int = 1) -> bytes:
    message_ids = f"<w:MessageID>{MESSAGE_ID}</w:MessageID>" * ids
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:w="{WSA}"><s:Header>{message_ids}{header}</s:Header>'
        f"<s:Body>{body}</s:Body>{after}</s:Envelope>"
    ).encode()


def test_a_right_envelope_is_opened() -> None:
    opened = open_envelope(parse(message("<other xmlns='urn:x'/>")))
    assert opened.message_id == MESSAGE_ID
    assert opened.content.tag == "a"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param(b"", "not well-formed", id="empty"),
        pytest.param(b"<a>", "not well-formed", id="cut"),
        pytest.param(b"<!DOCTYPE a><a/>", "has a DOCTYPE", id="doctype"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "has a DOCTYPE", id="entity"),
        pytest.param(
            "<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16"), "not in UTF-8", id="utf-16"
        ),
        pytest.param(b"<?do this?><a/>", "processing instruction", id="instruction-before"),
        pytest.param(b"<a><?do this?></a>", "processing instruction", id="instruction-inside"),
    ],
)
def test_what_is_not_plain_xml_is_refused(raw: bytes, text: str) -> None:
    with pytest.raises(Refusal, match=text):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "code", "text"),
    [
        pytest.param(b"<a/>", "soapenv:VersionMismatch", "not a SOAP 1.1", id="other-root"),
        pytest.param(message(after="<b/>"), "soapenv:Client", "one Header and then one Body", id="trailer"),
        pytest.param(message(body=""), "soapenv:Client", "exactly one element", id="empty-body"),
        pytest.param(message(body="<a/><b/>"), "soapenv:Client", "exactly one element", id="two-in-body"),
        pytest.param(message(ids=0), "soapenv:Client", "has 0 wsa:MessageID", id="no-message-id"),
        pytest.param(message(ids=2), "soapenv:Client", "has 2 wsa:MessageID", id="two-message-ids"),
        pytest.param(
            message().replace(b"urn:uuid:", b"urn:x:"),
            "soapenv:Client",
            "does not read urn:uuid:",
            id="no-uuid",
        ),
        pytest.param(
            message("<b xmlns='urn:x' s:mustUnderstand='1'/>"),
            "soapenv:MustUnderstand",
            "is not known here",
            id="must-understand",
        ),
    ],
)
def test_another_form_is_refused(raw: bytes, code: str, text: str) -> None:
    with pytest.raises(Refusal, match=text) as refused:
        open_envelope(parse(raw))
    assert refused.value.code == code


def test_a_comment_cannot_split_a_value() -> None:
    assert open_envelope(parse(message(body="<a>12<!-- -->34</a>"))).content.text == "1234"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(Refusal):
        assert isinstance(parse(raw), etree._Element)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
)
def test_what_is_written_is_read_again(text: str) -> None:
    content = etree.Element("a")
    content.text = text
    opened = open_envelope(parse(to_bytes(envelope(content, MESSAGE_ID, MESSAGE_ID).root)))
    assert (opened.content.text or "") == text
    assert opened.header.findtext(f"{{{WSA}}}RelatesTo") == MESSAGE_ID
