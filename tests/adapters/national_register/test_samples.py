"""Odd answers of real systems, by way of signature, schema and mapping: read rightly, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters._lib.multipart import root_part
from adapters.national_register.mapping import OPERATIONS
from fidus.errors import SourceAnswerInvalid
from fidus.model import Found
from tests.adapters.national_register import samples

INTF = "urn:uuid:" + samples.TICKET


@pytest.fixture
def taken(source: Any, forge: Any) -> Callable[..., Found]:
    """What the adapter makes of an answer, once its connection has given it."""
    unknown: list[str] = []

    def take(name: str, service: str, change: Callable[[bytes], bytes] = lambda raw: raw) -> Found:
        adapter = source.adapter(unknown_code=unknown.append)
        query = samples.query(service)
        raw = change(samples.signed(forge, samples.text(name)))
        answer = adapter._read(raw, INTF, OPERATIONS[query.service], query, samples.ASKING)
        assert isinstance(answer, Found)
        return answer

    return take


@pytest.mark.parametrize(
    ("name", "service", "look", "expected"),
    [
        pytest.param("other-prefixes", "person", ("name", "familyName"), "Perredaelens", id="prefixes"),
        pytest.param("missing-optionals", "address", ("address", "since"), "2015-00-00", id="least"),
        pytest.param("repeats", "person", ("name", "familyName"), "Ferreirinhas Corvagnaux", id="two-names"),
        pytest.param("repeats", "person", ("name", "givenNames"), ["Inessa"], id="an-empty-name"),
        pytest.param("repeats", "household", ("household", "size"), 4, id="repeated-member"),
        pytest.param(
            "comments-and-blanks", "address", ("address", "street", "fr"), "Rue Neuve", id="split-text"
        ),
        pytest.param("comments-and-blanks", "address", ("address", "streetCode"), "3837", id="split-code"),
        pytest.param("comments-and-blanks", "address", ("address", "houseNumber"), "12", id="blanks"),
        pytest.param("cdata", "person", ("name", "familyName"), "D'Hoe & <Cie>", id="cdata"),
        pytest.param("cdata", "person", ("name", "givenNames"), ["Inés", "A & B"], id="references"),
        pytest.param("other-order", "person", ("name", "familyName"), "Perredaelens", id="order"),
        pytest.param("unknown-codes", "person", ("register", "known"), False, id="unknown"),
        pytest.param("unknown-codes", "person", ("civilStatus", "status", "label"), {}, id="no-label"),
        pytest.param("numbers", "ssin-history", ("numbers", "replaces"), samples.ASKED, id="numbers"),
    ],
)
def test_an_odd_answer_is_read(
    taken: Callable[..., Found], name: str, service: str, look: tuple[str, ...], expected: object
) -> None:
    told: Any = taken(name, service).fields
    for step in look:
        told = told[step]
    assert told == expected


def test_candidates_of_any_form_are_read(taken: Callable[..., Found]) -> None:
    first, second = taken("search", "search").fields["candidates"]
    assert first["name"] == {"familyName": "Perredaelens", "givenNames": ["Inessa", "Zinebelle"]}
    assert first["deceased"] is False
    assert second.keys() == {"ssin", "birthDate"}


def marked(raw: bytes) -> bytes:
    return b"\xef\xbb\xbf" + raw


def declared(raw: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\r\n' + raw


def lines(raw: bytes) -> bytes:
    return raw + b"\r\n\r\n"


def in_parts(raw: bytes) -> bytes:
    head = b'Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-ID: <a>\r\n\r\n'
    return bytes(
        root_part(b"--uuid:1\r\n" + head + raw + b"\r\n--uuid:1\r\nX-Y: z\r\n\r\nbinary\r\n--uuid:1--\r\n")
    )


@pytest.mark.parametrize("change", [marked, declared, lines, in_parts])
def test_another_wrapping_of_the_same_answer_is_read(
    taken: Callable[..., Found], change: Callable[[bytes], bytes]
) -> None:
    assert taken("whole", "person", change).fields["name"]["familyName"] == "Perredaelens"


@pytest.mark.parametrize(
    ("name", "change", "phrase"),
    [
        pytest.param("nil", bytes, "not as its contract says", id="nil"),
        pytest.param("xop", bytes, "not as its contract says", id="attachment-in-a-text"),
        pytest.param("whole", lambda raw: raw.decode().encode("utf-16"), "not well-formed", id="utf-16"),
        pytest.param(
            "whole",
            lambda raw: raw.decode().encode("iso-8859-1", "xmlcharrefreplace"),
            "not well-formed",
            id="latin-1",
        ),
    ],
)
def test_what_must_not_be_read_is_refused_in_a_sentence(
    taken: Callable[..., Found], name: str, change: Callable[[bytes], bytes], phrase: str
) -> None:
    with pytest.raises(SourceAnswerInvalid, match=phrase) as caught:
        taken(name, "person", change)
    assert samples.ASKED not in str(caught.value)


def test_a_multipart_answer_comes_through_the_connection(source: Any, forge: Any) -> None:
    """As MTOM stacks send it; with too many attachments it is refused."""

    def answer(question: bytes, parts: int) -> bytes:
        envelope: bytes = source.answer(question)
        body = b"--b\r\nContent-Type: application/xop+xml; charset=utf-8\r\n\r\n" + envelope
        body += b"\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89PNG" * parts + b"\r\n--b--\r\n"
        head = 'Content-Type: Multipart/Related; boundary="b"; type="application/xop+xml"'
        return f"HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    assert isinstance(source.fetched(source.says(lambda question: answer(question, 2))), Found)
    error = source.failed(source.says(lambda question: answer(question, 20)))
    assert isinstance(error, SourceAnswerInvalid)
    assert "more parts" in str(error)
