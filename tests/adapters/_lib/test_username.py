"""The digest of OASIS WSS UsernameToken Profile 1.0, and where the password comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters._lib.names import SOAP, WSSE, WSU
from adapters._lib.username import Username, digest
from fidus.errors import ConfigurationInvalid

NOW = datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC)


def test_the_digest_is_over_nonce_moment_and_password_in_this_order() -> None:
    """Worked out by another: printf nonce2026-03-01T12:00:00.005Zsecret | openssl sha1 -binary | base64."""
    assert digest(b"nonce", "2026-03-01T12:00:00.005Z", "secret") == "m6sXHhLXemfLMPJT7+vJ+lVNiDc="


def security(user: Username) -> etree._Element:
    (header,) = etree.fromstring(f'<h xmlns:soap="{SOAP}">{user.security(NOW)}</h>')
    return header


def test_a_header_says_who_and_from_when_until_when() -> None:
    header = security(Username("a & b", "secret"))
    assert header.get(f"{{{SOAP}}}mustUnderstand") == "1"
    assert header.findtext(f"{{{WSSE}}}UsernameToken/{{{WSSE}}}Username") == "a & b"
    assert header.findtext(f"{{{WSU}}}Timestamp/{{{WSU}}}Created") == "2026-03-01T12:00:00.005Z"
    assert header.findtext(f"{{{WSU}}}Timestamp/{{{WSU}}}Expires") == "2026-03-01T12:05:00.005Z"
    assert header.findtext(f"{{{WSSE}}}UsernameToken/{{{WSU}}}Created") == "2026-03-01T12:00:00.005Z"


def test_no_header_is_like_another_and_none_holds_the_password() -> None:
    user = Username("us", "secret")
    headers = {user.security(NOW) for _ in range(20)}
    assert len(headers) == 20
    assert not any("secret" in header for header in headers)
    assert "secret" not in repr(user)


def test_the_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("sécret \nold one\n", encoding="utf-8")
    assert Username.load("us", file) == Username("us", "sécret")


@pytest.mark.parametrize("raw", [b"", b"\nsecret", b"  \n", b"\xff\n"])
def test_a_file_without_password_stops_the_start(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(raw)
    with pytest.raises(ConfigurationInvalid):
        Username.load("us", file)
    with pytest.raises(ConfigurationInvalid):
        Username.load("us", tmp_path / "missing")
