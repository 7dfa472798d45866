"""The Crossroads Bank for Enterprises (CBE): its open data where we hold them, else its public web service,
asked by an account in unsigned SOAP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

from lxml import etree
from pydantic import Field

from adapters._lib import making
from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.gate import ping
from adapters._lib.kbo import Words
from adapters._lib.operation import Asking, Operation
from adapters._lib.soap import SoapClient
from adapters._lib.unsigned import Envelope, read_envelope, write_envelope
from adapters._lib.username import Username
from adapters._lib.xml import run_in_thread
from adapters.cbe.mapping import HELD, OPERATIONS, context, refused, related
from fidus.errors import SourceAnswerInvalid
from fidus.model import Absent, Answer, Query, Why

SLUG: Final = "cbe"
CONTRACT: Final = Path(__file__).parents[2] / "contracts" / SLUG
INLINE_BYTES: Final = 16_384  # reading so much takes 1 ms or little more; beyond it a thread does it


class Options(making.Options):
    """What `[sources.cbe]` says beyond what every source has."""

    username: str = Field(min_length=1, max_length=100, description="Of our account there.")
    password_file: Path = Field(description="Its first line is the account's password.")
    language: Literal["fr", "nl", "de", "en"] = Field(default="fr", description="Of descriptions.")
    open_data_days: int = Field(
        default=62, ge=0, le=36_500, description="Open data so old still answer; 0: never."
    )


def make(basis: making.Basis, options: Mapping[str, Any]) -> Cbe:
    """The adapter of a running hub. Raises ConfigurationInvalid."""
    own = making.read_options(Options, options, SLUG)
    return Cbe(basis, Username.load(own.username, basis.path(own.password_file)), own)


class Cbe:
    """Implements `fidus.adapter.Adapter` for the services of the manifest."""

    def __init__(self, basis: making.Basis, account: Username, options: Options) -> None:
        """Reads the contract. Raises ConfigurationInvalid."""
        self._basis = basis
        self._account = account
        self._options = options
        self._codes = Codes.load(CONTRACT, basis.unknown_code)
        files = {one.schema for one in OPERATIONS.values()}
        self._schemas = {file: etree.XMLSchema(etree.parse(CONTRACT / file)) for file in files}
        self._client = SoapClient(SLUG, basis.site)

    async def fetch(self, query: Query) -> Answer:
        """What the open data tell, else what the bank does, asked once. Raises SourceError, nothing else."""
        if query.service in HELD:
            oldest = self._basis.today - timedelta(days=self._options.open_data_days)
            tell = partial(HELD[query.service], self._basis.open_data, query, self._codes, oldest)
            held = await asyncio.to_thread(tell)
            if held is not None:
                return held
        return await self._basis.gate.run(lambda: self._ask(query))

    async def ping(self) -> None:
        """Connect and keep the connection. Raises SourceUnavailable or SourceTimeout."""
        await ping(SLUG, self._client.http.reach)

    async def close(self) -> None:
        """Give back connections."""
        self._basis.open_data.close()
        await self._client.http.close()

    async def _ask(self, query: Query) -> Answer:
        operation = OPERATIONS[query.service]
        asking = Asking(self._account.name, "", str(uuid4()), self._basis.clock())
        header = self._account.security(asking.now) + context(asking, self._options.language)
        envelope = write_envelope(header, operation.write(query, asking))
        raw = await self._client.post(envelope, operation.action, faults=True)
        read = partial(self._read, raw, operation, query, asking)
        return read() if len(raw) <= INLINE_BYTES else await run_in_thread(read)

    def _read(self, raw: bytes, operation: Operation, query: Query, asking: Asking) -> Answer:
        """Only what is valid, to this request and about the question becomes an answer."""
        envelope = read_envelope(SLUG, raw)
        ids = related(envelope.header)
        if ids != [asking.ticket] and (ids or not envelope.is_fault):
            raise SourceAnswerInvalid(SLUG, "the answer is to another request")
        if envelope.is_fault:
            return self._refused(envelope)
        if envelope.content.tag != operation.answer:
            raise SourceAnswerInvalid(SLUG, "the answer holds something else than was asked for")
        if not self._schemas[operation.schema].validate(envelope.content):
            raise SourceAnswerInvalid(SLUG, "the answer is not as its contract says")
        words = Words(self._codes, self._options.language, self._basis.today)
        try:
            return operation.read(envelope.content, query, words, asking)
        except NotAsAgreed as error:
            raise SourceAnswerInvalid(SLUG, str(error)) from None

    def _refused(self, envelope: Envelope) -> Answer:
        """A fault bears no ReplyContext where the service did not get so far as to read ours."""
        meaning = refused(envelope.content)
        if isinstance(meaning, Why):
            return Absent(meaning, self._basis.today)
        error, cause = meaning
        raise error(SLUG, cause)
