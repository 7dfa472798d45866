"""What each status and body of a REST source means."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from adapters._lib.answers import HttpAnswer, HttpQuestion
from adapters._lib.rest import MAX_BYTES, RestClient
from fidus.errors import SourceAnswerInvalid, SourceError, SourceFault, SourceUnavailable

JSON = "application/json"


class Source:
    """Answers in turn and keeps what it was asked."""

    def __init__(self, *answers: HttpAnswer) -> None:
        self.answers = list(answers)
        self.asked: list[HttpQuestion] = []

    async def send(self, question: HttpQuestion) -> HttpAnswer:
        self.asked.append(question)
        return self.answers.pop(0)


class Purse:
    """Hands out tokens one after the other."""

    def __init__(self) -> None:
        self.nth = 1
        self.given_back: list[str] = []

    async def token(self) -> str:
        return f"token-{self.nth}"

    def refused(self, token: str) -> None:
        self.given_back.append(token)
        self.nth += 1


def get(source: Source, purse: Purse | None = None) -> Any:
    return asyncio.run(RestClient("source", source.send, tokens=purse).get("/things?id=7"))


def test_json_is_given() -> None:
    source = Source(HttpAnswer(200, JSON, b'{"things":[1.5]}'))
    assert get(source) == {"things": [1.5]}
    (asked,) = source.asked
    assert (asked.method, asked.target, asked.body) == ("GET", "/things?id=7", b"")
    assert asked.headers == {"Accept": JSON, "Accept-Encoding": "identity"}
    assert "things" not in repr(asked)


def test_a_question_in_a_body() -> None:
    source = Source(HttpAnswer(200, JSON, b"[]"))
    assert asyncio.run(RestClient("source", source.send).post("/search", {"name": "Zoé"})) == []
    (asked,) = source.asked
    assert asked.method == "POST"
    assert asked.headers["Content-Type"] == JSON
    assert json.loads(asked.body) == {"name": "Zoé"}


def test_no_content_is_absence() -> None:
    assert get(Source(HttpAnswer(204, "", b""))) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(HttpAnswer(429, JSON, b""), SourceUnavailable, id="too-many"),
        pytest.param(HttpAnswer(503, JSON, b"", 30), SourceUnavailable, id="unavailable"),
        pytest.param(HttpAnswer(500, JSON, b"{}"), SourceFault, id="internal"),
        pytest.param(HttpAnswer(404, JSON, b"{}"), SourceFault, id="a-404-is-no-absence"),
        pytest.param(HttpAnswer(401, JSON, b"{}"), SourceFault, id="not-authorised"),
        pytest.param(HttpAnswer(302, JSON, b""), SourceFault, id="elsewhere"),
        pytest.param(HttpAnswer(204, JSON, b"{}"), SourceAnswerInvalid, id="nothing-with-something"),
        pytest.param(HttpAnswer(200, "text/html", b"{}"), SourceAnswerInvalid, id="html"),
        pytest.param(HttpAnswer(200, JSON, b""), SourceAnswerInvalid, id="empty"),
        pytest.param(HttpAnswer(200, JSON, b"null"), SourceAnswerInvalid, id="null-is-no-absence"),
        pytest.param(HttpAnswer(200, JSON, b'{"a":1,"a":2}'), SourceAnswerInvalid, id="twice"),
        pytest.param(HttpAnswer(200, JSON, b'{"a":'), SourceAnswerInvalid, id="cut-off"),
        pytest.param(HttpAnswer(200, JSON, b"[" * 99), SourceAnswerInvalid, id="deep"),
        pytest.param(HttpAnswer(200, JSON, b" " * (MAX_BYTES + 1)), SourceAnswerInvalid, id="large"),
    ],
)
def test_everything_else_is_an_error_of_its_own(answer: HttpAnswer, error: type[SourceError]) -> None:
    with pytest.raises(SourceError) as raised:
        get(Source(answer))
    assert type(raised.value) is error


def test_another_status_may_mean_absence() -> None:
    source = Source(HttpAnswer(404, JSON, b""))
    client = RestClient("source", source.send, absent=frozenset({404}))
    assert asyncio.run(client.get("/things")) is None


def test_a_refused_token_is_replaced_once() -> None:
    source, purse = Source(HttpAnswer(401, JSON, b"{}"), HttpAnswer(200, JSON, b"1")), Purse()
    assert get(source, purse) == 1
    sent = [asked.headers["Authorization"] for asked in source.asked]
    assert sent == ["Bearer token-1", "Bearer token-2"]
    assert purse.given_back == ["token-1"]


def test_two_refused_tokens_are_a_fault() -> None:
    source = Source(HttpAnswer(401, JSON, b"{}"), HttpAnswer(401, JSON, b"{}"), HttpAnswer(200, JSON, b"1"))
    with pytest.raises(SourceFault, match="401"):
        get(source, Purse())
    assert len(source.asked) == 2


def test_a_token_that_cannot_be_had_is_told() -> None:
    class Empty(Purse):
        async def token(self) -> str:
            raise SourceUnavailable("source", "its token server is down")

    source = Source()
    with pytest.raises(SourceUnavailable):
        get(source, Empty())
    assert source.asked == []
