"""REST sources: JSON read tightly, each status as what it means, a token where the source wants one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from adapters._lib.answers import HttpAnswer, HttpQuestion, Send, check_status
from fidus.errors import PayloadTooLarge, RequestInvalid, SourceAnswerInvalid
from fidus.strictjson import loads

JSON_TYPES: Final = frozenset({"application/json", "application/geo+json", "application/hal+json"})
MAX_BYTES: Final = 1_000_000


class Tokens(Protocol):
    """Gives the access token to send, and is told of one that was refused."""

    async def token(self) -> str:
        """A token that is valid now. Raises SourceError."""
        ...

    def refused(self, token: str) -> None:
        """The source does not take this token any more."""
        ...


class RestClient:
    """Asks one source and gives its JSON. `absent`: statuses that mean "there is none"."""

    def __init__(
        self,
        source: str,
        send: Send,
        *,
        tokens: Tokens | None = None,
        absent: frozenset[int] = frozenset({204}),
    ) -> None:
        self._source = source
        self._send = send
        self._tokens = tokens
        self._absent = absent

    async def get(self, target: str) -> Any | None:
        """The JSON below `target`, None where the source has nothing. Raises SourceError."""
        return await self._ask(HttpQuestion("GET", target))

    async def post(self, target: str, body: Mapping[str, Any]) -> Any | None:
        """The JSON that answers a question in a body, None where there is none. Raises SourceError."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._ask(HttpQuestion("POST", target, {"Content-Type": "application/json"}, raw))

    async def _ask(self, question: HttpQuestion) -> Any | None:
        answer = await self._authorised(question)
        if answer.status in self._absent:
            if answer.body:
                raise SourceAnswerInvalid(
                    self._source, "it says that there is nothing, and yet sends something"
                )
            return None
        check_status(self._source, answer)
        return self._read(answer)

    async def _authorised(self, question: HttpQuestion) -> HttpAnswer:
        """With a token. One that is refused was not acted upon: a new one is tried, once."""
        if self._tokens is None:
            return await self._send(_with(question, {}))
        token = await self._tokens.token()
        answer = await self._send(_with(question, {"Authorization": f"Bearer {token}"}))
        if answer.status != 401:
            return answer
        self._tokens.refused(token)
        token = await self._tokens.token()
        return await self._send(_with(question, {"Authorization": f"Bearer {token}"}))

    def _read(self, answer: HttpAnswer) -> Any:
        if answer.content_type not in JSON_TYPES:
            raise SourceAnswerInvalid(self._source, "the answer is not JSON")
        try:
            value = loads(answer.body, MAX_BYTES)
        except (RequestInvalid, PayloadTooLarge):
            value = None
        if value is None:  # JSON's own null too: nothing is said by a status, never by an answer
            raise SourceAnswerInvalid(self._source, "the answer is not JSON as it is taken")
        return value


def _with(question: HttpQuestion, headers: Mapping[str, str]) -> HttpQuestion:
    common = {"Accept": "application/json", "Accept-Encoding": "identity"}
    return HttpQuestion(
        question.method, question.target, {**common, **question.headers, **headers}, question.body
    )
