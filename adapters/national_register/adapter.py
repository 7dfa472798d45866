"""The National Register, asked in signed SOAP 1.1 messages: each service by one operation of its contract."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from lxml import etree
from pydantic import Field

from adapters._lib import making
from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.gate import ping
from adapters._lib.keys import ExpectedSigner, SigningKey
from adapters._lib.operation import Asking, NotTreated, Operation
from adapters._lib.rn25 import Places, Tables
from adapters._lib.signing import sign_envelope, verify_envelope
from adapters._lib.soap import SoapClient, is_fault
from adapters._lib.xml import run_in_thread
from adapters.national_register.mapping import OPERATIONS
from fidus.errors import SourceAnswerInvalid, SourceFault
from fidus.model import Answer, Query

SLUG = "national-register"
CONTRACT = Path(__file__).parents[2] / "contracts" / SLUG
INLINE_BYTES = 8_192  # verifying and reading so much takes 1 ms or little more; beyond it a thread does it


class Options(making.Options):
    """What `[sources.national-register]` says beyond what every source has."""

    signing_certificate: Path
    signing_key: Path
    signers: tuple[Path, ...] = Field(min_length=1, description="Certificates that may sign its answers.")
    customer: str = Field(pattern=r"^\d{10}$", description="The enterprise number we are known by there.")
    legal_context: str = Field(default="FIDUS", max_length=64)


def make(basis: making.Basis, options: Mapping[str, Any]) -> NationalRegister:
    """The adapter of a running hub. Raises ConfigurationInvalid."""
    return NationalRegister(basis, making.read_options(Options, options, SLUG))


class NationalRegister:
    """Implements `fidus.adapter.Adapter` for the services of the manifest."""

    def __init__(self, basis: making.Basis, options: Options) -> None:
        """Reads the contract and every file that the options name. Raises ConfigurationInvalid."""
        self._basis, self._options = basis, options
        certificate, key = basis.path(options.signing_certificate), basis.path(options.signing_key)
        self._key = SigningKey.load(certificate, key)
        self._signer = ExpectedSigner.load(SLUG, tuple(basis.path(path) for path in options.signers))
        files = {one.schema for one in OPERATIONS.values()}
        self._schemas = {file: etree.XMLSchema(etree.parse(CONTRACT / file)) for file in files}
        codes = Codes.load(CONTRACT, basis.unknown_code)
        self._tables = Tables(Places.load(CONTRACT), codes, basis.synthetic)
        self._client = SoapClient(SLUG, basis.site)

    async def fetch(self, query: Query) -> Answer:
        """Ask the register once. Raises SourceError, and nothing else."""
        return await self._basis.gate.run(lambda: self._ask(query))

    async def ping(self) -> None:
        """Connect, agree on TLS and keep that for the next call; asks about nobody.

        Raises SourceUnavailable or SourceTimeout.
        """
        await ping(SLUG, self._client.http.reach)

    async def close(self) -> None:
        """Give back connections."""
        await self._client.http.close()

    async def _ask(self, query: Query) -> Answer:
        operation, own = OPERATIONS[query.service], self._options
        asking = Asking(own.customer, own.legal_context, str(uuid4()), self._basis.clock())
        message_id = f"urn:uuid:{asking.ticket}"
        write = partial(self._written, query, operation, message_id, asking)
        # Signing with RSA takes longer than all else about a question, and lets go of the interpreter.
        envelope = await run_in_thread(write) if self._key.kind == "rsa" else write()
        raw = await self._client.post(envelope, operation.action)
        read = partial(self._read, raw, message_id, operation, query, asking)
        return read() if len(raw) <= INLINE_BYTES else await run_in_thread(read)

    def _written(self, query: Query, operation: Operation, message_id: str, asking: Asking) -> bytes:
        content = operation.write(query, asking)
        return sign_envelope(content, key=self._key, message_id=message_id, now=asking.now)

    def _read(
        self, raw: bytes, message_id: str, operation: Operation, query: Query, asking: Asking
    ) -> Answer:
        """Only what is signed, valid and about the question becomes an answer."""
        if is_fault(raw):
            raise SourceFault(SLUG, "it answered with a SOAP fault")
        body = verify_envelope(raw, signer=self._signer, relates_to=message_id, now=self._basis.clock())
        if len(body) != 1 or body[0].tag != operation.answer:
            raise SourceAnswerInvalid(SLUG, "the answer holds something else than was asked for")
        if not self._schemas[operation.schema].validate(body[0]):
            raise SourceAnswerInvalid(SLUG, "the answer is not as its contract says")
        try:
            return operation.read(body[0], query, self._tables, asking)
        except NotAsAgreed as error:
            raise SourceAnswerInvalid(SLUG, str(error)) from None
        except NotTreated as error:
            raise SourceFault(SLUG, str(error)) from None
