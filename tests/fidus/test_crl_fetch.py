"""Fetching lists from servers that are slow, huge, cut off, elsewhere or not there."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidus.crl_fetch import FetchFailed, fetch, is_url, read
from fidus.demo.pki import Pki
from tests.fidus.webserver import Answer, WebServer, cut, endless, slow, web_server, whole

BODY = bytes(range(256)) * 400


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


def got(url: str, limit: int = 200_000, timeout_s: float = 10) -> bytes:
    return asyncio.run(fetch(url, limit=limit, timeout_s=timeout_s))


def test_what_the_server_has_is_given_as_it_is(server: WebServer) -> None:
    server.answers["/list"] = whole(BODY)
    assert got(server.url("/list"), limit=len(BODY)) == BODY
    assert b"Accept-Encoding: identity" in server.asked[0]


def test_nothing_is_unpacked(server: WebServer) -> None:
    """A few bytes that become many are no way in."""
    packed = gzip.compress(bytes(10_000_000))
    server.answers["/list"] = whole(packed, "200 OK", "Content-Encoding: gzip")
    assert got(server.url("/list")) == packed


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (whole(b"", "404 Not Found"), "the server answered 404"),
        (whole(b"", "304 Not Modified"), "the server answered 304"),
        (whole(BODY * 2), "more than 200000 bytes"),
        (endless(50), "more than 200000 bytes"),
        (cut(BODY), "no whole answer"),
        (lambda wire: wire.sendall(b"no HTTP at all\r\n\r\n"), "no whole answer"),
        (lambda wire: None, "no whole answer"),
    ],
    ids=["404", "304", "announced too large", "50 MB", "cut", "no http", "closed"],
)
def test_anything_else_is_no_list(server: WebServer, answer: Answer, why: str) -> None:
    server.answers["/list"] = answer
    with pytest.raises(FetchFailed, match=why):
        got(server.url("/list"))


def test_a_slow_server_is_left(server: WebServer) -> None:
    server.answers["/list"] = slow(BODY, 0.05)
    begun = time.monotonic()
    with pytest.raises(FetchFailed, match="no whole answer in time"):
        got(server.url("/list"), timeout_s=0.4)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_no_redirection_is_followed(server: WebServer, status: str) -> None:
    server.answers["/list"] = whole(b"", status, f"Location: {server.url('/other')}")
    server.answers["/other"] = whole(BODY)
    with pytest.raises(FetchFailed, match=f"the server answered {status[:3]}"):
        got(server.url("/list"))
    assert server.paths == ["/list"]


def test_over_tls_the_server_must_be_the_one_that_is_trusted(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.server("list", pki.issuer("issuer", "Servers"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pki.path("list", "crt"), pki.path("list", "key"))
    with web_server(context) as server:
        server.answers["/list"] = whole(BODY)
        trusted = ssl.create_default_context(cafile=pki.path("issuer", "crt"))
        assert asyncio.run(fetch(server.url("/list"), trusted=trusted)) == BODY
        with pytest.raises(FetchFailed, match="no whole answer"):
            asyncio.run(fetch(server.url("/list")))


def test_nobody_listens() -> None:
    with pytest.raises(FetchFailed, match="no whole answer"):
        got("http://127.0.0.1:1/list")


@pytest.mark.parametrize("url", ["http://", "http://[::1/list", "http://a b/list"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(FetchFailed, match="no whole answer"):
        got(url)


def test_addresses_and_files_are_told_apart() -> None:
    told = [is_url(one) for one in ("http://crl.example/1", "https://crl.example/1", "pki/1.crl", "/http://")]
    assert told == [True, True, False, False]


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_bytes(BODY)
    assert asyncio.run(read(file, limit=len(BODY))) == BODY
    with pytest.raises(FetchFailed, match=f"more than {len(BODY) - 1} bytes"):
        asyncio.run(read(file, limit=len(BODY) - 1))
    with pytest.raises(FetchFailed, match="cannot be read"):
        asyncio.run(read(tmp_path / "none"))
