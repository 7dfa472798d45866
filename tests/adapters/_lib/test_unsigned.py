"""Envelopes that nobody signed: what is one, and what is none."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters._lib.names import SOAP
from adapters._lib.unsigned import read_envelope, write_envelope
from fidus.errors import SourceAnswerInvalid


def envelope(inside: str, tag: str = "Envelope") -> bytes:
    return f'<s:{tag} xmlns:s="{SOAP}">{inside}</s:{tag}>'.encode()


def test_what_is_written_is_read() -> None:
    read = read_envelope("bank", write_envelope('<a soap:mustUnderstand="1"/>', b"<b/>"))
    assert read.header is not None
    assert [one.tag for one in read.header] == ["a"]
    assert (read.content.tag, read.is_fault) == ("b", False)


def test_a_header_may_be_missing_and_a_fault_is_one() -> None:
    read = read_envelope("bank", envelope("<s:Body><s:Fault/></s:Body>"))
    assert (read.header, read.is_fault) == (None, True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<a/>",
        b"<!DOCTYPE a><a/>",
        envelope(""),
        envelope("<s:Header/>"),
        envelope("<s:Body/>"),
        envelope("<s:Body><a/><b/></s:Body>"),
        envelope("<s:Body><a/></s:Body><s:Body><a/></s:Body>"),
        envelope("<s:Body><a/></s:Body><s:Header/>"),
        envelope("<s:Header/><s:Header/><s:Body><a/></s:Body>"),
        envelope("<s:Body><a/></s:Body>", "Letter"),
        etree.tostring(etree.fromstring(envelope("<s:Body><a/></s:Body>"))).replace(b"soap/", b"soap12/"),
    ],
    ids=range(12),
)
def test_what_is_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(SourceAnswerInvalid):
        read_envelope("bank", raw)
