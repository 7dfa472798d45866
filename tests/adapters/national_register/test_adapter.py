"""The adapter against a server of our own over TLS."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from fidus.errors import ConfigurationInvalid, SourceUnavailable
from fidus.model import Absent, Found, Why


async def reset(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def test_an_address_is_fetched(source: Any) -> None:
    answer = source.fetched(source.tells())
    assert isinstance(answer, Found)
    assert answer.fields["address"]["street"] == {"fr": "Rue Neuve", "nl": "Nieuwstraat"}


def test_connections_are_kept_and_each_question_has_its_own_id(source: Any) -> None:
    async def story() -> None:
        async with source.running(source.tells()) as adapter:
            for _ in range(3):
                await adapter.fetch(source.register.query())

    asyncio.run(story())
    assert len({source.message_id(asked) for asked in source.asked}) == 3
    assert source.connections == 1


def test_an_absence_is_fetched(source: Any) -> None:
    status = source.register.status("NO_RESULT", "MSG00005")
    content = source.written(None, status=status)
    answer = source.fetched(source.tells(content))
    assert isinstance(answer, Absent)
    assert answer.why is Why.UNKNOWN_SUBJECT


def test_a_large_answer_is_read_too(source: Any) -> None:
    """Beyond INLINE_BYTES a thread does the work."""
    padded = source.content().replace("Rue Neuve", "Rue Neuve" + " " * 40_000)
    assert isinstance(source.fetched(source.tells(padded)), Found)


def test_no_error_shows_what_was_asked_or_answered(source: Any) -> None:
    for write in (
        lambda question: source.http(source.answer(question).replace(b"Rue", b"Roe")),
        lambda question: source.http(source.answer(question, source.content().replace("FIDUS", "x" * 65))),
    ):
        error: BaseException | None = source.failed(source.says(write))
        while error is not None:
            assert source.register.ASKED not in repr(error)
            assert "Rue" not in repr(error)
            assert error.__suppress_context__ or error.__context__ is None
            error = error.__cause__


def test_ping_asks_about_nobody(source: Any) -> None:
    async def story() -> None:
        async with source.running(reset) as adapter:
            await adapter.ping()
            await adapter.ping()

    asyncio.run(story())
    assert source.asked == []


def test_ping_tells_that_nobody_listens(source: Any) -> None:
    async def story() -> None:
        async with source.running(reset, url="https://127.0.0.1:9/") as adapter:
            await adapter.ping()

    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        asyncio.run(story())


def test_after_close_nothing_is_asked(source: Any) -> None:
    async def story() -> None:
        async with source.running(source.tells()) as adapter:
            await adapter.fetch(source.register.query())
            await adapter.close()
            for call in (adapter.ping, lambda: adapter.fetch(source.register.query())):
                with pytest.raises(SourceUnavailable, match="closing"):
                    await call()

    asyncio.run(story())
    assert len(source.asked) == 1
    gc.collect()


def test_our_certificate_is_shown_where_one_is_configured(source: Any) -> None:
    hub = source.forge.certificates.get("hub")
    shown: list[object] = []

    async def look(question: bytes, writer: asyncio.StreamWriter) -> None:
        shown.append(writer.get_extra_info("peercert"))
        writer.write(source.http(source.answer(question)))

    source.fetched(look, client_certificate=hub.certificate, client_key=hub.key)
    source.fetched(look)
    assert [bool(certificate) for certificate in shown] == [True, False]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https:///path", "https://127.0.0.1:port/", ""])
def test_an_address_that_is_not_https_is_named_at_the_start(source: Any, url: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="url: it is not an address of https"):
        source.adapter(url=url)


@pytest.mark.parametrize("setting", ["ca", "client_certificate"])
def test_a_wrong_file_is_named_at_the_start(source: Any, tmp_path: Path, setting: str) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_bytes(b"nothing")
    with pytest.raises(ConfigurationInvalid, match=r"wrong\.pem"):
        source.adapter(**{setting: wrong})
    with pytest.raises(ConfigurationInvalid, match=r"missing\.pem"):
        source.adapter(**{setting: tmp_path / "missing.pem"})
