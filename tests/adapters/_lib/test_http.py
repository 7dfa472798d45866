"""Connections to a source: kept, warm, renewed; and that nothing is sent twice, whatever breaks."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from adapters._lib.answers import HttpQuestion
from adapters._lib.http import WARM
from adapters._lib.tls import ClientContext
from fidus.errors import SourceAnswerInvalid, SourceUnavailable
from tests.adapters._lib.servers import LAST, OK, QUESTION, Respond, Source, answer, cut, says


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "pki")


def test_a_renewed_certificate_by_the_same_issuer_gives_no_failed_call(source: Source) -> None:
    async def story() -> None:
        former, renewed = source.server(), source.server()
        port = await former.start()
        async with source.client(port) as client:
            stop, done = asyncio.Event(), [0] * 8

            async def work(number: int) -> None:
                while not stop.is_set():
                    assert (await client.send(QUESTION)).body == b"ok"
                    done[number] += 1
                    await asyncio.sleep(0)

            work_under_way = [asyncio.create_task(work(number)) for number in range(8)]
            await asyncio.sleep(0.2)
            await renewed.start(port)
            await former.stop()
            await asyncio.sleep(0.2)
            stop.set()
            await asyncio.gather(*work_under_way)
            assert former.asked > 8
            assert renewed.asked > 8
            assert former.asked + renewed.asked == sum(done)  # and nothing was asked twice

    asyncio.run(story())


def test_a_certificate_by_another_issuer_is_refused_and_nothing_is_sent(source: Source) -> None:
    foreign = source.pki.issuer("foreign", "Servers")  # of the same name

    async def story() -> None:
        former, other = source.server(), source.server(issuer=foreign)
        port = await former.start()
        async with source.client(port) as client:
            await client.send(QUESTION)  # a session is known
            await former.stop()
            await other.start(port)
            with pytest.raises(SourceUnavailable, match="TLS certificate"):
                await client.send(QUESTION)
            assert (other.asked, client.again) == (0, 0)

    asyncio.run(story())


def test_the_next_connection_resumes_the_session(source: Source) -> None:
    async def story() -> None:
        server = source.server(says(LAST, then_close=True))
        async with source.client(await server.start()) as client:
            for _ in range(3):
                await client.send(QUESTION)
            assert server.resumed == [False, True, True]

    asyncio.run(story())


def test_the_session_of_a_connection_is_read_once(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr(ClientContext, "remember", lambda _, connected: read.append(connected))

    async def story() -> None:
        async with source.client(await source.server().start()) as client:
            for _ in range(3):
                await client.send(QUESTION)

    asyncio.run(story())
    assert len(read) == 1


def test_warm_connections_are_there_before_the_first_call_and_not_too_many(source: Source) -> None:
    async def story() -> None:
        server = source.server()
        async with source.client(await server.start()) as client:
            for _ in range(WARM + 3):
                await client.reach()
            await asyncio.sleep(0.05)
            assert len(server.writers) == WARM
            await client.send(QUESTION)
            assert len(server.resumed) == WARM + 3  # no new one

    asyncio.run(story())


def test_a_connection_that_was_idle_for_long_is_left_for_a_new_one(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters._lib.pool.KEEP_ALIVE_S", 0.05)

    async def story() -> None:
        server = source.server()
        async with source.client(await server.start()) as client:
            await client.send(QUESTION)
            await client.send(QUESTION)
            assert len(server.resumed) == 1
            await asyncio.sleep(0.1)
            await client.send(QUESTION)
            assert len(server.resumed) == 2

    asyncio.run(story())


def test_of_several_connections_those_that_nobody_needs_any_more_are_closed(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters._lib.pool.KEEP_ALIVE_S", 0.2)

    async def story() -> None:
        server = source.server()
        async with source.client(await server.start()) as client:
            await asyncio.gather(*(client.send(QUESTION) for _ in range(3)))
            assert len(server.writers) == 3
            async with asyncio.timeout(10):
                while len(server.writers) > 1:
                    await client.send(QUESTION)

    asyncio.run(story())


@pytest.mark.parametrize("looks", [True, False], ids=["noticed", "not yet noticed"])
def test_a_kept_connection_that_ended_meanwhile_is_left_for_another(source: Source, looks: bool) -> None:
    async def story() -> None:
        server = source.server()
        async with source.client(await server.start()) as client:
            await client.send(QUESTION)
            for writer in server.writers:
                writer.transport.abort()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if looks:
                await asyncio.sleep(0.05)
            assert (await client.send(QUESTION)).status == 200
            assert (server.asked, client.again) == (2, 0)

    asyncio.run(story())


def test_what_a_source_says_unasked_is_no_answer_to_the_next_question(source: Source) -> None:
    async def story() -> None:
        server = source.server()
        async with source.client(await server.start()) as client:
            await client.send(QUESTION)
            for writer in server.writers:
                writer.write(OK.replace(b"ok", b"no"))
            time.sleep(0.05)  # noqa: ASYNC251 - the loop shall see nothing of it until the next question
            assert (await client.send(QUESTION)).body == b"ok"
            assert len(server.resumed) == 2

    asyncio.run(story())


def test_two_answers_to_one_question_end_the_connection(source: Source) -> None:
    assert [told.body for told in source.told(says(OK + OK.replace(b"ok", b"no")), 2)] == [b"ok", b"ok"]
    assert len(source.servers[0].resumed) == 2


@pytest.mark.parametrize("respond", [cut, says(b"", then_close=True)], ids=["cut", "closed"])
@pytest.mark.parametrize("kept", [False, True], ids=["new connection", "kept connection"])
def test_what_was_sent_is_never_sent_again(source: Source, respond: Respond, kept: bool) -> None:
    """The source read the question: it may have treated it, and counts who asks about whom."""

    async def story() -> None:
        server = source.server(answer if kept else respond)
        async with source.client(await server.start()) as client:
            if kept:
                await client.send(QUESTION)
                server.respond = respond
            with pytest.raises(SourceUnavailable, match="was cut"):
                await client.send(QUESTION)
            assert (server.asked, client.again) == (1 + kept, 0)
            server.respond = answer
            assert (await client.send(QUESTION)).status == 200

    asyncio.run(story())


def test_connecting_is_tried_a_second_time(source: Source) -> None:
    async def story() -> None:
        server = source.server()
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        async with source.client(port) as client:
            asking = asyncio.create_task(client.send(QUESTION))
            await asyncio.sleep(0.03)
            await server.start(port)
            assert (await asking).status == 200
            assert (server.asked, client.again) == (1, 1)

    asyncio.run(story())


def test_connecting_is_not_tried_a_third_time(source: Source) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        async with source.client(port) as client:
            with pytest.raises(SourceUnavailable, match="cannot be reached"):
                await client.send(QUESTION)
            assert client.again == 1
            with pytest.raises(SourceUnavailable, match="cannot be reached"):
                await client.reach()
            assert client.again == 1

    asyncio.run(story())


def test_the_second_try_goes_to_the_next_address(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = socket.getaddrinfo

    def two(host: str, *rest: Any) -> Any:
        if host != "localhost":
            return asked(host, *rest)
        return [(*asked(address, *rest)[0][:4], (address, 0)) for address in ("127.0.0.9", "127.0.0.1")]

    async def story() -> None:
        port = await source.server().start()
        monkeypatch.setattr(socket, "getaddrinfo", two)
        async with source.client(port, "localhost") as client:
            assert (await client.send(QUESTION)).status == 200
            assert client.again == 1

    asyncio.run(story())


def test_a_name_server_that_hangs_holds_up_nobody_else(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def hang(*_: Any) -> Any:
        answers.wait(10)
        raise socket.gaierror

    async def story() -> None:
        monkeypatch.setattr(socket, "getaddrinfo", hang)
        async with source.client(443, "nowhere.example") as client:
            calls = [asyncio.create_task(client.send(QUESTION)) for _ in range(50)]
            await asyncio.sleep(0)
            async with asyncio.timeout(5):
                assert await asyncio.to_thread(lambda: "another thread") == "another thread"
            answers.set()
            for told in await asyncio.gather(*calls, return_exceptions=True):
                assert isinstance(told, SourceUnavailable)

    asyncio.run(story())


def test_closing_ends_what_is_under_way_and_nothing_is_asked_afterwards(source: Source) -> None:
    async def never(_: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(3600)
        return False

    async def story() -> None:
        server = source.server(never)
        async with source.client(await server.start()) as client:
            asking = asyncio.create_task(client.send(QUESTION))
            await asyncio.sleep(0.1)
            await client.close()
            with pytest.raises(SourceUnavailable, match="was cut"):
                await asking
            with pytest.raises(SourceUnavailable, match="closing"):
                await client.send(QUESTION)
            assert server.asked == 1
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    asyncio.run(story())


def test_a_body_without_length_ends_with_the_connection(source: Source) -> None:
    (told,) = source.told(says(b"HTTP/1.1 200 OK\r\n\r\nall of it", then_close=True))
    assert (told.status, told.body) == (200, b"all of it")


def test_interim_answers_are_passed_over(source: Source) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/plain\r\n\r\n"
    (told,) = source.told(says(hint * 3 + OK))
    assert (told.content_type, told.body) == ("text/xml", b"ok")


def test_headers_without_end_are_invalid(source: Source) -> None:
    with pytest.raises(SourceAnswerInvalid):
        source.told(says(b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * 20_000))


@pytest.mark.parametrize(
    ("header", "seconds"), [(b"Retry-After: 120", 120), (b"Retry-After: soon", None), (b"X: y", None)]
)
def test_when_to_come_back_is_told(source: Source, header: bytes, seconds: int | None) -> None:
    (told,) = source.told(says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n" + header + b"\r\n\r\n"))
    assert (told.status, told.retry_after) == (503, seconds)


@pytest.mark.parametrize(
    "question",
    [
        HttpQuestion("POST", "/a b"),
        HttpQuestion("POST", "/a\r\nX: y"),
        HttpQuestion("GET", "/a", {"X": "y\nZ: z"}),
    ],
)
def test_no_part_of_a_question_breaks_out_of_its_line(source: Source, question: HttpQuestion) -> None:
    async def story() -> None:
        async with source.client(9) as client:
            with pytest.raises(ValueError, match="a line in a line"):
                await client.send(question)

    asyncio.run(story())
