"""The first part of multipart/related, and what is no multipart that is taken."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._lib.multipart import MOST_HEAD, MOST_PARTS, MultipartRefused, root_part

ROOT = b'Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-ID: <root>\r\n\r\n'
MORE = b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n\x00"


def whole(*parts: bytes, boundary: bytes = b"MIME_1", end: bytes = b"--\r\n") -> bytes:
    return b"".join(b"\r\n--%b\r\n%b" % (boundary, part) for part in parts) + b"\r\n--" + boundary + end


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(whole(ROOT + b"<a/>"), id="alone"),
        pytest.param(whole(ROOT + b"<a/>").removeprefix(b"\r\n"), id="no-empty-line-before"),
        pytest.param(whole(ROOT + b"<a/>", MORE), id="with-an-attachment"),
        pytest.param(whole(ROOT + b"<a/>", *[MORE] * (MOST_PARTS - 1)), id="as-many-as-are-taken"),
        pytest.param(whole(b"content-type: text/xml\r\n\r\n<a/>"), id="plain-soap"),
        pytest.param(whole(b"Content-Type:\r\n text/xml\r\n\r\n<a/>"), id="folded"),
        pytest.param(whole(ROOT + b"<a/>", boundary=b"a b='(x)+_,-./:=?"), id="any-boundary"),
        pytest.param(whole(ROOT + b"<a/>", end=b"--"), id="no-line-after"),
    ],
)
def test_the_envelope_is_the_first_part(raw: bytes) -> None:
    assert root_part(raw) == b"<a/>"


@pytest.mark.parametrize(
    ("raw", "phrase"),
    [
        pytest.param(b"<a/>", "does not begin", id="no-boundary"),
        pytest.param(b"", "does not begin", id="nothing"),
        pytest.param(whole(ROOT + b"<a/>", end=b"\r\n"), "does not end", id="not-closed"),
        pytest.param(whole(ROOT + b"<a/>") + b"more", "does not end", id="more-after-the-end"),
        pytest.param(whole(ROOT + b"<a/>", *[MORE] * MOST_PARTS), "more parts", id="too-many"),
        pytest.param(whole(MORE, ROOT + b"<a/>"), "not XML", id="another-first"),
        pytest.param(whole(ROOT.replace(b"UTF-8", b"UTF-16") + b"<a/>"), "not XML", id="charset"),
        pytest.param(whole(b"\r\n<a/>"), "no headers", id="no-header"),
        pytest.param(whole(ROOT + b"<a/>", b"x" * 10), "no headers", id="attachment-without-header"),
        pytest.param(whole(b"X: " + b"x" * MOST_HEAD + b"\r\n" + ROOT), "more than", id="long-header"),
        pytest.param(whole(b"Content-Type: text/xml\r\n" + ROOT + b"<a/>"), "twice", id="twice"),
        pytest.param(
            whole(b"Content-Transfer-Encoding: base64\r\n" + ROOT + b"PGEvPg=="), "encoded", id="base64"
        ),
    ],
)
def test_what_is_not_taken_is_refused(raw: bytes, phrase: str) -> None:
    with pytest.raises(MultipartRefused, match=phrase):
        root_part(raw)


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    for raw in (content, whole(ROOT + content), whole(content, MORE)):
        with suppress(MultipartRefused):
            assert root_part(raw) in raw
