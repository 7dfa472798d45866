"""A source that speaks signed SOAP: one question goes out signed, one answer comes in verified and valid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from lxml import etree

from adapters._lib.http import Site
from adapters._lib.keys import ExpectedSigner, SigningKey
from adapters._lib.signing import sign_envelope, verify_envelope
from adapters._lib.soap import SoapClient, is_fault
from adapters._lib.xml import run_in_thread
from fidus.errors import SourceAnswerInvalid, SourceFault


@dataclass(frozen=True, slots=True)
class Exchange:
    """An operation: its SOAPAction, and the element (`{namespace}name`) that answers it."""

    action: str
    answer: str


@dataclass(frozen=True, slots=True)
class Signing:
    """With which files questions are signed, and by which certificates answers are."""

    certificate: Path
    key: Path
    signers: tuple[Path, ...]


class SignedSoap:
    """Asks one address. Opens no connection before it is told to. Never sends anything twice."""

    def __init__(
        self, source: str, site: Site, schema: Path, signing: Signing, clock: Callable[[], datetime]
    ) -> None:
        """Reads the files of the site and the contract's schema. Raises ConfigurationInvalid."""
        self._source = source
        self._client = SoapClient(source, site)
        self._schema = etree.XMLSchema(etree.parse(schema))
        self._key = SigningKey.load(signing.certificate, signing.key)
        self._signer = ExpectedSigner.load(source, signing.signers)
        self._clock = clock

    async def ask(self, content: bytes, exchange: Exchange) -> etree._Element:
        """The content of the answer's Body, parsed from what was signed. Raises SourceError."""
        message_id = f"urn:uuid:{uuid4()}"
        sign = partial(sign_envelope, content, key=self._key, message_id=message_id, now=self._clock())
        raw = await self._client.post(await run_in_thread(sign), exchange.action)
        return await run_in_thread(partial(self._read, raw, message_id, exchange.answer))

    async def close(self) -> None:
        """Give back connections."""
        await self._client.http.close()

    def _read(self, raw: bytes, message_id: str, answer: str) -> etree._Element:
        """Only what is signed, to this question and valid is an answer."""
        if is_fault(raw):
            raise SourceFault(self._source, "it answered with a SOAP fault")
        body = verify_envelope(raw, signer=self._signer, relates_to=message_id, now=self._clock())
        if len(body) != 1 or body[0].tag != answer:
            raise SourceAnswerInvalid(self._source, "the answer holds something else than was asked for")
        if not self._schema.validate(body[0]):
            raise SourceAnswerInvalid(self._source, "the answer is not as its contract says")
        return body[0]
