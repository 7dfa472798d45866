"""The vehicle register (DIV), asked over REST with access tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import Field

from adapters._lib import making
from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.contract import RestContract
from adapters._lib.gate import Gate, Limits
from adapters._lib.http import HttpClient
from adapters._lib.paging import Page, all_items
from adapters._lib.rest import RestClient
from adapters._lib.tokens import ClientCredentials, ClientIdentity
from adapters.div.mapping import BRUSSELS, MOST, PAGE, PLACES, ROOT, query_string, read
from fidus.errors import SourceAnswerInvalid, SourceError
from fidus.model import Absent, Answer, Query, Why

SLUG: Final = "div"
CONTRACT: Final = Path(__file__).parents[2] / "contracts" / SLUG
BULK: Final = 250  # plates of one question: the contract takes 1,000, whose answer would be too large
PING_S: Final = 5.0

_SCOPES: Final = ("mob_reg_v1_G", "mob_regtit_v1_G", "mob_reghist_v1_G", "mob_movind_v1_G")


class Options(making.Options):
    """What `[sources.div]` says beyond what every source has."""

    client_id: str = Field(min_length=1, max_length=100, description="By which the token server knows us.")
    signing_certificate: Path = Field(description="With its key proves who asks for a token.")
    signing_key: Path
    audience: str | None = Field(default=None, description="By which the token server knows itself.")


def make(basis: making.Basis, options: Mapping[str, Any]) -> Div:
    """The adapter of a running hub. Raises ConfigurationInvalid."""
    own = making.read_options(Options, options, SLUG)
    audience = own.audience or f"{basis.site.url.rstrip('/')}/oauth2/token"
    certificate, key = basis.path(own.signing_certificate), basis.path(own.signing_key)
    return Div(basis, ClientIdentity.load(own.client_id, audience, _SCOPES, certificate, key))


class _TooMany(Exception):
    """The register has more than one answer takes."""


class Div:
    """Implements `fidus.adapter.ManyAdapter` for the services of the manifest."""

    def __init__(self, basis: making.Basis, identity: ClientIdentity) -> None:
        """Reads the contract. Raises ConfigurationInvalid."""
        self._basis = basis
        self._contract = RestContract(SLUG, CONTRACT / "openapi.yaml")
        self._codes = Codes.load(CONTRACT, basis.unknown_code)
        self._http = HttpClient(SLUG, basis.site)
        tokens = ClientCredentials(SLUG, "/oauth2/token", identity, self._http.send, basis.clock)
        self._rest = RestClient(SLUG, self._http.send, tokens=tokens)

    async def fetch(self, query: Query) -> Answer:
        """Ask the register once. Raises SourceError, and nothing else."""
        return await self._basis.gate.run(lambda: self._ask(query))

    async def fetch_many(self, queries: Sequence[Query]) -> AsyncIterator[tuple[int, Answer | SourceError]]:
        """Vehicles or emission norms of many plates (`fidus.adapter.ManyAdapter`), BULK a question."""
        for start in range(0, len(queries), BULK):
            part = queries[start : start + BULK]
            try:
                answers = await self._basis.gate.run(lambda part=part: self._ask_many(part))  # type: ignore[misc]
            except SourceError as error:
                answers = [error] * len(part)
            for index, answer in enumerate(answers, start):
                yield index, answer

    def takes_many(self, query: Query) -> bool:
        """The register's bulk question knows plates alone, as registered now, and tells no holder."""
        return PLACES[query.service].operation == "registrations" and [*query.values] == ["plate"]

    async def ping(self) -> None:
        """Connect and keep the connection. Raises SourceUnavailable or SourceTimeout."""
        await Gate(SLUG, Limits(PING_S, 1)).run(self._http.reach)

    async def close(self) -> None:
        """Give back connections."""
        await self._http.close()

    async def _ask(self, query: Query) -> Answer:
        place = PLACES[query.service]
        target = f"{ROOT}/{place.path}?{query_string(query)}"
        try:
            if place.more is None:
                return self._read((await self._page(place.operation, target)).items, query)
            more = {**place.more, "pageSize": str(PAGE)}
            return self._read(await self._all(place.operation, target, more), query)
        except _TooMany:
            return Absent(Why.TOO_MANY_CANDIDATES, self._today)
        except NotAsAgreed as error:
            raise SourceAnswerInvalid(SLUG, str(error)) from None

    def _read(self, items: Sequence[Any], query: Query) -> Answer:
        return read(items, query, self._codes, self._basis.synthetic, self._today)

    async def _all(self, operation: str, target: str, more: Mapping[str, str]) -> tuple[Any, ...]:
        async def read(after: str | None) -> Page:
            cursor = {} if after is None else {"after": after}
            return await self._page(operation, f"{target}&{urlencode({**more, **cursor})}")

        return await all_items(SLUG, read, most=MOST)

    async def _page(self, operation: str, target: str) -> Page:
        """One answer, checked against the contract; 204 is an empty one."""
        answer = await self._rest.get(target)
        if answer is None:
            return Page((), None)
        self._contract.check(operation, answer)
        if answer["total"] > MOST:
            raise _TooMany
        return Page(tuple(answer["items"]), answer.get("next"))

    async def _ask_many(self, queries: Sequence[Query]) -> list[Answer | SourceError]:
        plates = list(dict.fromkeys(query.values["plate"] for query in queries))
        answer = await self._rest.post(f"{ROOT}/registrations/query", {"plateNrs": plates})
        if answer is None:
            raise SourceAnswerInvalid(SLUG, "the answer leaves out what was asked")
        self._contract.check("manyRegistrations", answer)
        found = {item["plateNr"]: item.get("registration") for item in answer["items"]}
        return [self._one_of(query, found) for query in queries]

    def _one_of(self, query: Query, found: Mapping[str, Any]) -> Answer | SourceError:
        plate = query.values["plate"]
        if plate not in found:
            return SourceAnswerInvalid(SLUG, "the answer leaves out what was asked")
        try:
            return self._read([] if found[plate] is None else [found[plate]], query)
        except NotAsAgreed as error:
            return SourceAnswerInvalid(SLUG, str(error))

    @property
    def _today(self) -> date:
        return self._basis.clock().astimezone(BRUSSELS).date()
