"""The older SOAP service of the vehicle register: who holds a vehicle, in signed messages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from cryptography import x509
from lxml import etree

from mocks.asked import Asked
from mocks.div.register import Register
from mocks.faults import KINDS, Faults
from mocks.openapi import CONTRACTS
from mocks.signed import SignedAnswers, unsigned
from mocks.soap import WSA, Refusal, fault, open_envelope, parse, posted
from mocks.wire import XML, send
from mocks.wscheck import check
from mocks.wssec import Signer

PATH = "/VehicleRegistrationAndTechnicalDataService/v1_00"
OPERATION = "getVehicleRegistration"
_SERVICE = "http://fsb.belgium.be/vehicleRegistrationAndTechnicalDataService"
MESSAGES = f"{_SERVICE}/messages/v1_00"
ACTION = f"{_SERVICE}/v1_00/{OPERATION}"
FOUND, UNKNOWN, NOT_THEN = "00000", "10001", "10002"
_TEXTS = {FOUND: "Found", UNKNOWN: "Not registered", NOT_THEN: "Not registered on that day"}
_REMEMBERED = timedelta(minutes=10)
_CRITERIA = {"plateNumber": "plateNr", "vin": "vin", "unifier": "unifier", "referenceDate": "referenceDate"}
"""Names of the question here -> in the REST service."""

_SOMEBODY: Mapping[str, Any] = {"nationalNr": None, "lastName": None, "firstName": None}
_ADDRESS = ("streetName", "houseNumber", "box", "postalCode", "cityNisCode", "cityName", "countryName")
_SHAPE: Mapping[str, Any] = {
    "license": {
        "plateNr": None,
        "plateType": {"code": None},
        "languageCode": None,
        "startSituationDate": None,
        "endSituationDate": None,
        "status": None,
    },
    "titular": {
        "type": None,
        "person": _SOMEBODY,
        "organisation": {"companyNr": None, "organisationName": None},
        "registrationAddress": dict.fromkeys(_ADDRESS),
    },
    "driver": {"person": _SOMEBODY},
    "vehicle": {"vin": None, "unifier": None, "category": None},
}
"""What the schema has of a registration, in its order."""

_log = logging.getLogger("mocks.div")


@dataclass(slots=True)
class _Incoming:
    """One request, as far as it could be read. `values`: as the REST service has them."""

    at: datetime
    message_id: str | None = None
    values: dict[str, str] = field(default_factory=dict, repr=False)
    criteria: etree._Element | None = field(default=None, repr=False)
    verified: bool = False


class Holders:
    """The service. `known`: certificates whose signature is accepted. Shares faults and `asked` with REST."""

    def __init__(
        self,
        signer: Signer,
        known: Sequence[x509.Certificate],
        register: Register,
        faults: Faults,
        asked: list[Asked],
        clock: Callable[[], datetime],
    ) -> None:
        self._answers = SignedAnswers(signer, _falsify)
        self._known = known
        self._register = register
        self._faults = faults
        self._asked = asked
        self._clock = clock
        self._schema = etree.XMLSchema(etree.parse(CONTRACTS / "div" / "vehicle-registration.xsd"))
        self._seen: dict[str, datetime] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        incoming = _Incoming(self._clock())
        try:
            try:
                _, raw = await posted(request, (ACTION,))
                self._accept(raw, incoming)
            finally:
                key = incoming.values.get("plateNr") or incoming.values.get("vin")
                self._asked.append(Asked(incoming.at, f"div/{OPERATION}", key, incoming.message_id))
        except Refusal as refusal:
            _log.warning("refused: %s", refusal.text)
            told = self._fault(refusal, incoming)
            return web.Response(status=refusal.status, body=told, headers={"Content-Type": XML})
        acting = self._faults.take(*incoming.values.values(), among=frozenset(KINDS))
        kind = None if acting is None else acting.kind
        if kind == "soapFault":
            asked_for = Refusal("soapenv:Server", "Misbehaving as it was asked to", reason="MSG00003")
            return await send(request, self._fault(asked_for, incoming), asked_for.status, acting)
        content = self._content(incoming, about_others=kind == "wrongSubject")
        return await send(request, self._answers.write(content, incoming.message_id, kind), 200, acting)

    def _accept(self, raw: bytes, incoming: _Incoming) -> None:
        """Fill `incoming`, once every rule holds. Raises Refusal."""
        root = parse(raw)
        found = next(root.iter(f"{{{WSA}}}MessageID"), None)
        incoming.message_id = None if found is None else found.text
        message = open_envelope(root)
        check(message, self._known, incoming.at)
        incoming.verified = True
        self._once(message.message_id, incoming.at)
        if message.content.tag != f"{{{MESSAGES}}}{OPERATION}Request":
            raise Refusal("soapenv:Client", f"The Body does not hold a question of {MESSAGES}")
        if wrong := self._wrong(message.content):
            raise Refusal("soapenv:Client", f"The question is not valid: {wrong}")
        incoming.criteria = message.content.find("criteria")
        assert incoming.criteria is not None, "the schema asks for it"
        incoming.values = {_CRITERIA[str(node.tag)]: node.text or "" for node in incoming.criteria}

    def _once(self, message_id: str, now: datetime) -> None:
        self._seen = {one: at for one, at in self._seen.items() if at >= now - _REMEMBERED}
        if message_id in self._seen:
            raise Refusal("soapenv:Client", "This wsa:MessageID was used before", reason="WSS00001")
        self._seen[message_id] = now

    def _content(self, incoming: _Incoming, *, about_others: bool) -> etree._Element:
        """The answer, as the contract has it."""
        assert incoming.criteria is not None, "an accepted question has them"
        answers = self._register.answers
        asked = incoming.values
        if about_others:
            told = self._register.strange("registrationsTitular", asked)
        else:
            told = answers["registrationsTitular"](asked)
        root = etree.Element(f"{{{MESSAGES}}}{OPERATION}Response", nsmap={"mes": MESSAGES})
        root.append(_copied(incoming.criteria))
        code = FOUND if told else (NOT_THEN if "referenceDate" in asked else UNKNOWN)
        status = etree.SubElement(root, "status")
        etree.SubElement(status, "code").text = code
        etree.SubElement(status, "description").text = _TEXTS[code]
        if told:
            _write(etree.SubElement(root, "registration"), _SHAPE, told["items"][0])
        wrong = self._wrong(root)
        assert not wrong, wrong
        return root

    def _fault(self, refusal: Refusal, incoming: _Incoming) -> bytes:
        detail = etree.Element(f"{{{MESSAGES}}}{OPERATION}Fault", nsmap={"mes": MESSAGES})
        if incoming.message_id is not None:
            etree.SubElement(detail, "messageId").text = incoming.message_id
        error = etree.SubElement(detail, "error")
        etree.SubElement(error, "code").text = refusal.reason
        etree.SubElement(error, "description").text = refusal.text[:200]
        content = fault(refusal.code, refusal.text, detail)
        if incoming.verified:
            return self._answers.write(content, incoming.message_id)
        return unsigned(content, incoming.message_id)

    def _wrong(self, content: etree._Element) -> str:
        """What is wrong with the content of a Body: path and rule, never a value."""
        if self._schema.validate(content):
            return ""
        log = self._schema.error_log
        return "; ".join(f"{error.path}: {error.type_name}" for error in log)[:200]  # type: ignore[attr-defined]


def _write(parent: etree._Element, shape: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """What `told` has of a shape, as elements; of a list one element for each."""
    for name, inner in shape.items():
        values = told.get(name, [])
        for value in values if isinstance(values, list) else [values]:
            node = etree.SubElement(parent, name)
            if inner is None:
                node.text = value
            else:
                _write(node, inner, value)


def _copied(node: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(node, with_tail=False))


def _falsify(content: etree._Element) -> None:
    """Another status text: the digest no longer fits."""
    for node in content.iter("description"):
        node.text = f"{node.text}9"
