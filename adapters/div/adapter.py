"""The vehicle register (DIV), over REST with access tokens; holders by signed SOAP where that is chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from adapters._lib import making
from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.contract import RestContract
from adapters._lib.gate import ping
from adapters._lib.http import HttpClient
from adapters._lib.many import in_parts
from adapters._lib.paging import Page, TooMany, all_items
from adapters._lib.rest import RestClient
from adapters._lib.signed import SignedSoap, Signing
from adapters._lib.tokens import ClientCredentials, ClientIdentity
from adapters.div import mapping
from adapters.div.mapping import MOST, PLACES, SLUG
from fidus.errors import SourceAnswerInvalid, SourceError
from fidus.model import Absent, Answer, Query, Why

CONTRACT: Final = Path(__file__).parents[2] / "contracts" / SLUG
BULK: Final = 250  # plates of one question: the contract takes 1,000, whose answer would be too large

_SCOPES: Final = ("mob_reg_v1_G", "mob_regtit_v1_G", "mob_reghist_v1_G", "mob_movind_v1_G")


class Options(making.Options):
    """What `[sources.div]` says beyond what every source has."""

    client_id: str = Field(min_length=1, max_length=100, description="By which the token server knows us.")
    signing_certificate: Path = Field(description="With its key proves who asks.")
    signing_key: Path
    audience: str | None = Field(default=None, description="By which the token server knows itself.")
    holder_by: Literal["rest", "soap"] = "rest"
    soap_url: str | None = Field(default=None, description="None: below the source's address.")
    signers: tuple[Path, ...] = Field(default=(), description="Certificates that may sign SOAP answers.")
    customer: str | None = Field(default=None, pattern=r"^\d{10}$", description="Our number, for SOAP.")

    @model_validator(mode="after")
    def _complete(self) -> Options:
        if self.holder_by == "soap" and not (self.signers and self.customer):
            raise ValueError('holder_by = "soap" needs signers and customer')
        return self


def make(basis: making.Basis, options: Mapping[str, Any]) -> Div:
    """The adapter of a running hub. Raises ConfigurationInvalid."""
    return Div(basis, making.read_options(Options, options, SLUG))


class Div:
    """Implements `fidus.adapter.ManyAdapter` for the services of the manifest."""

    def __init__(self, basis: making.Basis, own: Options) -> None:
        """Reads the contract and every file that is named. Raises ConfigurationInvalid."""
        self._basis = basis
        self._contract = RestContract(SLUG, CONTRACT / "openapi.yaml")
        self._codes = Codes.load(CONTRACT, basis.unknown_code)
        self._http = HttpClient(SLUG, basis.site)
        url = basis.site.url.rstrip("/")
        files = basis.path(own.signing_certificate), basis.path(own.signing_key)
        identity = ClientIdentity.load(own.client_id, own.audience or f"{url}/oauth2/token", _SCOPES, *files)
        tokens = ClientCredentials(SLUG, "/oauth2/token", identity, self._http.send, basis.clock)
        self._rest = RestClient(SLUG, self._http.send, tokens=tokens)
        self._customer = own.customer or ""
        self._soap: SignedSoap | None = None
        if own.holder_by == "soap":
            site = replace(basis.site, url=own.soap_url or f"{url}{mapping.SOAP_PATH}")
            signing = Signing(*files, tuple(basis.path(path) for path in own.signers))
            schema = CONTRACT / "vehicle-registration.xsd"
            self._soap = SignedSoap(SLUG, site, schema, signing, basis.clock)

    async def fetch(self, query: Query) -> Answer:
        """Ask the register once. Raises SourceError, and nothing else."""
        return await self._basis.gate.run(lambda: self._ask(query))

    def fetch_many(self, queries: Sequence[Query]) -> AsyncIterator[tuple[int, Answer | SourceError]]:
        """Vehicles or emission norms of many plates (`fidus.adapter.ManyAdapter`), BULK a question."""
        return in_parts(queries, BULK, lambda part: self._basis.gate.run(lambda: self._ask_many(part)))

    def takes_many(self, query: Query) -> bool:
        """The register's bulk question knows plates alone, as registered now, and tells no holder."""
        return PLACES[query.service].operation == "registrations" and [*query.values] == ["plate"]

    async def ping(self) -> None:
        """Connect and keep the connection. Raises SourceUnavailable or SourceTimeout."""
        await ping(SLUG, self._http.reach)

    async def close(self) -> None:
        """Give back connections."""
        await self._http.close()
        if self._soap is not None:
            await self._soap.close()

    async def _ask(self, query: Query) -> Answer:
        try:
            if self._soap is not None and PLACES[query.service].operation == "registrationsTitular":
                response = await self._soap.ask(mapping.write_soap(query, self._customer), mapping.EXCHANGE)
                return self._read(response, query, mapping.read_soap)
            return self._read(await all_items(SLUG, partial(self._page, query), most=MOST), query)
        except TooMany:
            return Absent(Why.TOO_MANY_CANDIDATES, self._basis.today)
        except NotAsAgreed as error:
            raise SourceAnswerInvalid(SLUG, str(error)) from None

    def _read(self, told: Any, query: Query, read: Callable[..., Answer] = mapping.read) -> Answer:
        return read(told, query, self._codes, self._basis.synthetic, self._basis.today)

    async def _page(self, query: Query, after: str | None) -> Page:
        """One answer, checked against the contract; 204 is an empty one."""
        answer = await self._rest.get(mapping.target(query, after))
        if answer is None:
            return Page((), None)
        place = PLACES[query.service]
        self._contract.check(place.operation, answer)
        after = None if place.more is None else answer.get("next")
        return Page(tuple(answer["items"]), after, answer["total"])

    async def _ask_many(self, queries: Sequence[Query]) -> list[Answer | SourceError]:
        plates = list(dict.fromkeys(query.values["plate"] for query in queries))
        answer = await self._rest.post(f"{mapping.ROOT}/registrations/query", {"plateNrs": plates})
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
