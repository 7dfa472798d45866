"""Whole answers: content, envelope, signature, checked against the contract before they leave."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from mocks.national_register.consultrn import Numbers, Schemas, Search
from mocks.national_register.consultrn import answer as found
from mocks.national_register.misdeeds import falsify, somebody_else
from mocks.national_register.reply import Question, Schema, fault_detail, response
from mocks.population import Population
from mocks.signed import SignedAnswers, unsigned
from mocks.soap import Refusal, fault
from mocks.wssec import Signer


class Writer:
    """Writes answers in the name of `signer`."""

    def __init__(self, signer: Signer, population: Population, schema: Schema, schemas: Schemas) -> None:
        self._answers = SignedAnswers(signer, falsify)
        self._population = population
        self._schema = schema
        self._schemas = schemas

    def answer(
        self,
        asked: Question | Search | Numbers,
        relates_to: str,
        received: datetime,
        kind: str | None,
        earlier: str | None,
    ) -> tuple[int, bytes]:
        """HTTP status and answer. `kind`: the misbehaviour that is wanted; `earlier`: another MessageID that
        was asked, to be answered by `replayed`."""
        if kind == "soapFault":
            refusal = Refusal("soapenv:Server", "Misbehaving as it was asked to", reason="MSG00003")
            return refusal.status, self.fault(refusal, relates_to, received, signed=True)
        content = self._content(asked, received, about_others=kind == "wrongSubject")
        if kind == "replayed" and earlier is not None:
            return 200, self._answers.write(content, earlier)
        return 200, self._answers.write(content, relates_to, kind)

    def _content(
        self, asked: Question | Search | Numbers, received: datetime, *, about_others: bool
    ) -> etree._Element:
        if isinstance(asked, Question):
            other = somebody_else(asked.number, self._population) if about_others else None
            content = response(asked, self._population, received, other)
            self._check(content)
            return content
        content = found(asked, self._population, about_others=about_others)
        wrong = self._schemas.faults(content)
        if wrong:
            raise AssertionError("; ".join(wrong))
        return content

    def fault(self, refusal: Refusal, relates_to: str | None, received: datetime, *, signed: bool) -> bytes:
        """A SOAP fault that says what `refusal` says."""
        detail = fault_detail(refusal, received)
        self._check(detail)
        content = fault(refusal.code, refusal.text, detail)
        if signed:
            return self._answers.write(content, relates_to)
        return unsigned(content, relates_to)

    def _check(self, content: etree._Element) -> None:
        """What leaves here is valid, or it is a bug of this mock: raises AssertionError."""
        wrong = self._schema.faults(content)
        if wrong:
            raise AssertionError("; ".join(wrong))
