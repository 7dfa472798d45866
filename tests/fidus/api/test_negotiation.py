"""Languages and media types by weight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.api.negotiation import language, media_type
from fidus.model import LANGUAGES

JSON, HTML = "application/json", "text/html"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("FR-be", "fr"),
        ("nl-BE, fr;q=0.9", "nl"),
        ("en;q=0.1, de;q=0.8, nl;q=0.5", "de"),
        ("fr;q=0.5, nl;q=0.5", "fr"),
        ("it, nl;q=0.2", "nl"),
        ("fr;q=0", "en"),
        ("fr;q=2, nl;q=0.1", "nl"),
        ("*", "en"),
        ("french", "en"),
        (",;,=;q", "en"),
    ],
)
def test_language(header: str | None, wanted: str) -> None:
    assert language(header) == wanted


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, JSON),
        ("  ", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json; charset=utf-8", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("text/html;q=0.4, application/json;q=0.5", JSON),
        ("text/*;q=0.9, */*;q=0.5", HTML),
        ("text/html;q=0, */*", JSON),
        ("application/json;q=0, text/html;q=0.001", HTML),
        ("application/xml", None),
        ("*/*;q=0", None),
        ("json", None),
        ("application/json;q=high", None),
    ],
)
def test_media_type(header: str | None, wanted: str | None) -> None:
    assert media_type(header, (JSON, HTML)) == wanted


@given(st.text(max_size=60))
def test_any_header_leads_to_something_offered(header: str) -> None:
    assert language(header) in LANGUAGES
    assert media_type(header, (JSON, HTML)) in (JSON, HTML, None)
