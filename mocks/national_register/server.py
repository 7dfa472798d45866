"""The National Register as a server: takes a question only if every rule of the contract holds, else says
which does not; answers from the population; misbehaves when asked to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from lxml import etree

from mocks.asked import Asked
from mocks.faults import Faults
from mocks.national_register.consultrn import HISTORY, PERSON, Numbers, Schemas, Search, read
from mocks.national_register.reply import INTF, Question, Schema, question
from mocks.national_register.writer import Writer
from mocks.population import Population
from mocks.soap import WSA, Refusal, open_envelope, parse, posted, text_of
from mocks.source import UnusableHome
from mocks.wire import XML, send
from mocks.world import World
from mocks.wscheck import check
from mocks.wssec import Signer

ACTIONS = {
    "http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI": INTF,
    f"{PERSON}:SearchPersonPhonetically": PERSON,
    f"{HISTORY}:ConsultRelatedSsins": HISTORY,
}
"""SOAPAction -> namespace of the question that it announces."""
REMEMBERED = timedelta(minutes=10)

_log = logging.getLogger("mocks.national-register")


@dataclass(slots=True)
class _Incoming:
    """One request, as far as it could be read. `verified`: its signature was good."""

    at: datetime
    action: str = ""
    number: str | None = field(default=None, repr=False)
    message_id: str | None = None
    verified: bool = False


class NationalRegister:
    """The source. `known`: certificates whose signature is accepted. Keeps what it was asked in `asked`."""

    slug = "national-register"
    path = "/RetrieveTIGroupsService/v2/retrieveTI"

    def __init__(self, signer: Signer, known: Sequence[x509.Certificate], population: Population) -> None:
        self.faults = Faults()
        self.asked: list[Asked] = []
        self._known = known
        self._schema = Schema()
        self._schemas = Schemas()
        self._writer = Writer(signer, population, self._schema, self._schemas)
        self._seen: dict[str, datetime] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        incoming = _Incoming(datetime.now(UTC))
        try:
            try:
                incoming.action, raw = await posted(request, ACTIONS)
                asked = self._accept(raw, incoming)
            finally:
                self._note(incoming)
        except Refusal as refusal:
            _log.warning("refused: %s", refusal.text)
            fault = self._writer.fault(refusal, incoming.message_id, incoming.at, signed=incoming.verified)
            return web.Response(status=refusal.status, body=fault, headers={"Content-Type": XML})
        acting = self.faults.take(_key(asked))
        assert incoming.message_id is not None, "an accepted question has one"
        kind = None if acting is None else acting.kind
        earlier = next((one for one in reversed(self._seen) if one != incoming.message_id), None)
        status, answer = self._writer.answer(asked, incoming.message_id, incoming.at, kind, earlier)
        return await send(request, answer, status, acting)

    def _accept(self, raw: bytes, incoming: _Incoming) -> Question | Search | Numbers:
        """The question, once every rule holds. Fills `incoming` as it goes. Raises Refusal."""
        root = parse(raw)
        incoming.message_id = text_of(root, f"{{{WSA}}}MessageID")
        incoming.number = text_of(root, "{*}ssin") or text_of(root, "{*}Ssin") or text_of(root, "{*}LastName")
        message = open_envelope(root)
        incoming.message_id = message.message_id
        check(message, self._known, incoming.at)
        incoming.verified = True
        self._forget(incoming.at)
        if message.message_id in self._seen:
            raise Refusal("soapenv:Client", "This wsa:MessageID was used before", reason="WSS00001")
        self._seen[message.message_id] = incoming.at
        namespace = etree.QName(message.content).namespace
        if namespace != ACTIONS[incoming.action]:
            raise Refusal(
                "soapenv:Client", f"The Body does not hold a question of {ACTIONS[incoming.action]}"
            )
        if namespace == INTF:
            return question(message.content, self._schema)
        return read(message.content, self._schemas)

    def _forget(self, now: datetime) -> None:
        """Drop the MessageIDs that are too old to be accepted again anyway."""
        for message_id in list(self._seen):
            if self._seen[message_id] >= now - REMEMBERED:
                break
            del self._seen[message_id]

    def _note(self, incoming: _Incoming) -> None:
        operation = incoming.action.replace("/", ":").rpartition(":")[2] or "retrieveTI"
        self.asked.append(
            Asked(incoming.at, f"{self.slug}/{operation}", incoming.number, incoming.message_id)
        )


def national_register(home: Path, population: Population) -> NationalRegister:
    """The source with the key material of a home. Raises UnusableHome.

    `pki/national-register-sign.{crt,key}`: signs answers. `pki/hub-sign.crt`: one or more certificates that
    may sign questions.
    """
    folder = home / "pki"
    try:
        signer = Signer.load(folder / "national-register-sign.crt", folder / "national-register-sign.key")
        known = x509.load_pem_x509_certificates((folder / "hub-sign.crt").read_bytes())
    except (OSError, ValueError) as error:
        raise UnusableHome(str(error)) from None
    return NationalRegister(signer, known, population)


def make(home: Path, world: World) -> NationalRegister:
    """The source of a world. Raises UnusableHome."""
    return national_register(home, world.people)


def _key(asked: Question | Search | Numbers) -> str:
    """By what a fault finds its question: the number, or the family name that is looked for."""
    return asked.family_name if isinstance(asked, Search) else asked.number
