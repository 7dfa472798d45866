"""Every way in which the register can fail, and the error that each leads to."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from fidus.errors import (
    SourceAnswerInvalid,
    SourceFault,
    SourceSignatureInvalid,
    SourceTimeout,
    SourceUnavailable,
)

Respond = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_source_that_says_it_cannot_is_unavailable(source: Any, status: str) -> None:
    error = source.failed(source.says(lambda _: source.http(b"", status)))
    assert type(error) is SourceUnavailable
    assert status[:3] in error.cause


@pytest.mark.parametrize("status", ["500 Error", "404 Not Found", "400 Bad", "302 Found", "204 No Content"])
def test_another_status_is_a_fault(source: Any, status: str) -> None:
    assert type(source.failed(source.says(lambda _: source.http(b"", status)))) is SourceFault


def test_a_redirection_is_not_followed(source: Any) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    assert type(source.failed(source.says(lambda _: moved))) is SourceFault
    assert len(source.asked) == 1


FAULT = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    b"<faultcode>s:Server</faultcode><faultstring>SECRET</faultstring></s:Fault></s:Body></s:Envelope>"
)


@pytest.mark.parametrize("status", ["200 OK", "500 Error"])
def test_a_soap_fault_is_a_fault_and_nothing_of_it_is_told(source: Any, status: str) -> None:
    error = source.failed(source.says(lambda _: source.http(FAULT, status)))
    assert type(error) is SourceFault
    assert "SECRET" not in repr(error)


def test_a_signed_fault_is_a_fault(source: Any) -> None:
    fault = '<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode/></s:Fault>'
    assert type(source.failed(source.tells(fault))) is SourceFault


def test_what_the_register_did_not_treat_is_a_fault(source: Any) -> None:
    status = source.register.status("NO_RESULT", "MSG00012")
    content = source.written(None, status=status)
    assert type(source.failed(source.tells(content))) is SourceFault


async def reset(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def closed(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def begun_then_reset(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    await writer.drain()
    writer.transport.abort()


@pytest.mark.parametrize("respond", [reset, closed, begun_then_reset])
def test_a_connection_that_is_cut_is_unavailable(source: Any, respond: Respond) -> None:
    assert type(source.failed(respond)) is SourceUnavailable


def test_nobody_listening_is_unavailable(source: Any) -> None:
    error = source.failed(reset, url="https://127.0.0.1:9/")
    assert type(error) is SourceUnavailable
    assert error.cause == "it cannot be reached"


@pytest.mark.parametrize("other", ["source", "tls-of-another"])
def test_another_certificate_is_unavailable(source: Any, other: str) -> None:
    error = source.failed(reset, ca=source.forge.certificates.get(other).certificate)
    assert type(error) is SourceUnavailable
    assert "TLS" in error.cause


async def silent(_: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("respond", [silent, drip])
def test_no_whole_answer_within_the_deadline_is_a_timeout(source: Any, respond: Respond) -> None:
    assert type(source.failed(respond, timeout_s=0.2)) is SourceTimeout


ANNOUNCED = (b"Content-Length: 999999999999", b" " * 0x10000)
CHUNKED = (b"Transfer-Encoding: chunked", b"10000\r\n" + b" " * 0x10000 + b"\r\n")


@pytest.mark.parametrize("flood", [ANNOUNCED, CHUNKED], ids=["announced", "in-chunks"])
def test_an_answer_without_end_is_invalid_once_it_is_too_large(
    source: Any, flood: tuple[bytes, bytes]
) -> None:
    async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + flood[0] + b"\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(flood[1])
            await writer.drain()
            await asyncio.sleep(0)  # drain alone lets nobody else run

    error = source.failed(endless)
    assert type(error) is SourceAnswerInvalid
    assert "larger" in error.cause


async def cut_in_the_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + b" " * 100)
    await writer.drain()
    await asyncio.sleep(0.05)
    at_once = struct.pack("ii", 1, 0)  # no lingering: the kernel sends a reset
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()


def test_an_answer_that_breaks_off_is_invalid(source: Any) -> None:
    async def cut(question: bytes, writer: asyncio.StreamWriter) -> None:
        answer = source.answer(question)
        writer.write(source.http(answer[:200], length=len(answer)))
        await writer.drain()
        writer.close()

    assert type(source.failed(cut)) is SourceAnswerInvalid
    assert type(source.failed(cut_in_the_body)) is SourceAnswerInvalid


def test_an_answer_whose_end_is_missing_is_invalid(source: Any) -> None:
    error = source.failed(source.says(lambda question: source.http(source.answer(question)[:-1])))
    assert type(error) is SourceAnswerInvalid


def test_what_is_not_http_is_invalid(source: Any) -> None:
    assert type(source.failed(source.says(lambda _: b"220 mail ready\r\n\r\n"))) is SourceAnswerInvalid


@pytest.mark.parametrize("body", [b"", b"<html/>", b"{}", b"<Fault"])
def test_what_is_no_envelope_is_invalid(source: Any, body: bytes) -> None:
    assert type(source.failed(source.says(lambda _: source.http(body)))) is SourceAnswerInvalid


def test_a_document_type_is_invalid(source: Any) -> None:
    error = source.failed(
        source.says(lambda question: source.http(b"<!DOCTYPE x []>" + source.answer(question)))
    )
    assert type(error) is SourceAnswerInvalid


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="nothing"),
        pytest.param("<other/>", id="something-else"),
        pytest.param("<a/><b/>", id="two-things"),
        pytest.param(
            '<i:retrieveTIGroupsResponse xmlns:i="http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2"/>',
            id="against-the-schema",
        ),
    ],
)
def test_what_is_against_the_contract_is_invalid(source: Any, content: str) -> None:
    error = source.failed(source.tells(content))
    assert type(error) is SourceAnswerInvalid


def test_another_persons_file_is_invalid(source: Any) -> None:
    other = source.register.file(number=source.register.NEWER)
    content = source.written(other)
    error = source.failed(source.tells(content))
    assert type(error) is SourceAnswerInvalid


def test_an_answer_to_another_question_is_invalid(source: Any) -> None:
    error = source.failed(
        source.says(lambda _: source.http(source.forge.answer("urn:uuid:other", source.content())))
    )
    assert type(error) is SourceAnswerInvalid


def test_an_old_answer_is_invalid(source: Any) -> None:
    def old(question: bytes) -> Any:
        asked = source.message_id(question)
        created = datetime.now(UTC) - timedelta(hours=1)
        root = source.forge.unsigned(asked, source.content(), created=created)
        return source.http(etree.tostring(source.forge.sign(root)))

    assert type(source.failed(source.says(old))) is SourceAnswerInvalid


def test_an_unsigned_answer_is_not_read(source: Any) -> None:
    def unsigned(question: bytes) -> Any:
        asked = source.message_id(question)
        return source.http(etree.tostring(source.forge.unsigned(asked, source.content())))

    assert type(source.failed(source.says(unsigned))) is SourceSignatureInvalid
