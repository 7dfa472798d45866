"""The mock Crossroads Bank (wsKBOPub): checks each question as strictly as a real one, then answers from the
world.

Nothing of a question is logged but what is wrong with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from aiohttp import web
from lxml import etree

from mocks.asked import Asked
from mocks.cbe.bank import Bank
from mocks.cbe.credentials import Credentials
from mocks.cbe.messages import (
    ACTIONS,
    CONTEXT,
    EMPTY,
    MES,
    Question,
    Schema,
    context,
    error,
    message,
    question,
)
from mocks.faults import ERROR_CODE, PLAIN_SOAP_KINDS, Fault, Faults
from mocks.soap import WSSE, Refusal, open_parts, parse, posted, text_of
from mocks.source import UnusableHome
from mocks.wire import XML, send
from mocks.world import World

USER = "fidus-demonstration"
PASSWORD_FILE = "cbe.password"  # noqa: S105 - the name of a file
PREPAID = 1_000_000
"""How many answers an account of the demonstration has left when the bank starts."""
_UNDERSTOOD = (CONTEXT, f"{{{WSSE}}}Security")
_NO_OWN_CODE = "9000"
"""An error code that SOURCE.md does not list: what is wrong then is only that there is a fault."""

_log = logging.getLogger("mocks.cbe")


@dataclass(slots=True)
class _Incoming:
    """One request, as far as it could be read."""

    at: datetime
    operation: str | None = None
    key: str | None = field(default=None, repr=False)
    identifier: str | None = None


class CrossroadsBank:
    """The source. Keeps what it was asked in `asked`, and counts `balance` down with each answer."""

    slug = "cbe"
    path = "/kbopubws180000/services/wsKBOPub"

    def __init__(
        self,
        password: str,
        world: World,
        *,
        balance: int = PREPAID,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.faults = Faults(frozenset(PLAIN_SOAP_KINDS))
        self.asked: list[Asked] = []
        self.balance = balance
        self._clock = clock
        self._credentials = Credentials(USER, password)
        self._schema = Schema()
        self._bank = Bank(world)
        self._earlier: str | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        incoming = _Incoming(self._clock())
        try:
            try:
                action, raw = await posted(request, ACTIONS)
                incoming.operation = ACTIONS[action]
                asked = self._accept(raw, incoming, incoming.operation)
            finally:
                self._note(incoming)
        except Refusal as refusal:
            _log.warning("refused: %s", refusal.text)
            return self._refuse(refusal, incoming.identifier)
        acting = self.faults.take(asked.key)
        assert incoming.identifier is not None, "an accepted question has one"
        try:
            content = self._content(asked, acting)
        except Refusal as refusal:
            return self._refuse(refusal, incoming.identifier)
        identifier = incoming.identifier
        if acting is not None and acting.kind == "replayed":
            identifier = self._another(identifier)
        self._earlier = incoming.identifier
        self.balance -= 1
        return await send(request, message(content, identifier, self.balance), 200, acting)

    def _accept(self, raw: bytes, incoming: _Incoming, operation: str) -> Question:
        """The question, once every rule holds. Fills `incoming` as it goes. Raises Refusal."""
        root = parse(raw)
        incoming.identifier = text_of(root, f"{{{MES}}}Id")
        incoming.key = text_of(root, "{*}EnterpriseNumber") or text_of(root, f"{{{MES}}}Name")
        header, _, content = open_parts(root, _UNDERSTOOD)
        self._credentials.check(header, incoming.at)
        incoming.identifier, language = context(header, self._schema)
        return question(operation, content, language, self._schema)

    def _content(self, asked: Question, acting: Fault | None) -> etree._Element:
        """What the Body says. Raises Refusal, also where it is to misbehave so."""
        if acting is not None and acting.kind == ERROR_CODE:
            text = "Misbehaving as it was asked to"
            raise Refusal("soapenv:Server", text, reason=str(acting.values["code"]))
        if acting is not None and acting.kind == "soapFault":
            raise Refusal("soapenv:Server", "Misbehaving as it was asked to", reason=_NO_OWN_CODE)
        if self.balance <= 0:
            raise Refusal("soapenv:Client", "The account is empty", reason=EMPTY)
        strange = acting is not None and acting.kind == "wrongSubject"
        content = self._bank.strange(asked) if strange else self._bank.answer(asked)
        wrong = self._schema.faults(content)
        assert not wrong, f"the mock's own answer is not valid: {wrong}"
        return content

    def _refuse(self, refusal: Refusal, identifier: str | None) -> web.Response:
        answer = message(error(refusal), identifier or "", None)
        return web.Response(status=refusal.status, body=answer, headers={"Content-Type": XML})

    def _another(self, identifier: str) -> str:
        """The Id of another request: the one before, or one that nobody sent."""
        return self._earlier if self._earlier not in (None, identifier) else str(uuid4())

    def _note(self, incoming: _Incoming) -> None:
        service = self.slug if incoming.operation is None else f"{self.slug}/{incoming.operation}"
        self.asked.append(Asked(incoming.at, service, incoming.key, incoming.identifier))


def make(home: Path, world: World) -> CrossroadsBank:
    """The source of a world; `pki/cbe.password` holds the password of USER, one line. Raises UnusableHome."""
    file = home / "pki" / PASSWORD_FILE
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as problem:
        raise UnusableHome(str(problem)) from None
    if not password:
        raise UnusableHome(f"{file} is empty")
    return CrossroadsBank(password, world)
