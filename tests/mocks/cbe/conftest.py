"""The Crossroads Bank over real sockets, and a client of another hand: its envelopes are written as text."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from lxml import etree

from mocks.cbe.server import CrossroadsBank, make
from mocks.world import SMALL, world
from tests.mocks.served import Reply, Served, served

PASSWORD = "synthetic and long enough"
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
BANK = "http://economie.fgov.be/kbopub/webservices/v1"
NS = {"s": "http://schemas.xmlsoap.org/soap/envelope/", "m": f"{BANK}/messages", "d": f"{BANK}/datamodel"}


@dataclass(frozen=True)
class Letter:
    """A question in the making; each field is one thing that a test may want otherwise."""

    operation: str
    content: str
    user: str = "fidus-demonstration"
    password: str = PASSWORD
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    made: datetime = field(default_factory=lambda: datetime.now(UTC))
    stamped: datetime = field(default_factory=lambda: datetime.now(UTC))
    life: timedelta = timedelta(minutes=5)
    identifier: str = field(default_factory=lambda: str(uuid4()))
    language: str = "fr"
    changes: tuple[tuple[str, str], ...] = ()

    def bytes(self) -> bytes:
        """The envelope; `changes` replaces pieces of its text, each of which must be there."""
        created = _time(self.made)
        digest = hashlib.sha1(self.nonce + created.encode() + self.password.encode()).digest()
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{NS["s"]}"><e:Header>'
            f'<w:Security xmlns:w="{OASIS}-wssecurity-secext-1.0.xsd" e:mustUnderstand="1"'
            f' xmlns:u="{OASIS}-wssecurity-utility-1.0.xsd"><u:Timestamp><u:Created>{_time(self.stamped)}'
            f"</u:Created><u:Expires>{_time(self.stamped + self.life)}</u:Expires></u:Timestamp>"
            f"<w:UsernameToken><w:Username>{self.user}</w:Username>"
            f'<w:Password Type="{OASIS}-username-token-profile-1.0#PasswordDigest">'
            f"{base64.b64encode(digest).decode()}</w:Password>"
            f'<w:Nonce EncodingType="{OASIS}-soap-message-security-1.0#Base64Binary">'
            f"{base64.b64encode(self.nonce).decode()}</w:Nonce><u:Created>{created}</u:Created>"
            f'</w:UsernameToken></w:Security><m:RequestContext xmlns:m="{NS["m"]}">'
            f"<m:Id>{self.identifier}</m:Id><m:Language>{self.language}</m:Language></m:RequestContext>"
            f'</e:Header><e:Body><m:{self.operation}Request xmlns:m="{NS["m"]}" xmlns:d="{NS["d"]}">'
            f"{self.content}</m:{self.operation}Request></e:Body></e:Envelope>"
        )
        for old, new in self.changes:
            assert old in text
            text = text.replace(old, new)
        return text.encode()


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True)
class Said:
    """An answer in SOAP."""

    reply: Reply

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.reply.body)

    def text(self, path: str) -> str | None:
        return self.root.findtext(path, None, NS)

    def all(self, path: str) -> list[etree._Element]:
        return self.root.findall(path, NS)

    @property
    def error(self) -> tuple[str | None, str | None, str | None]:
        """faultcode, and Code and Message of the service."""
        assert self.reply.status >= 400
        return (
            self.text("s:Body/s:Fault/faultcode"),
            self.text("s:Body/s:Fault/detail/m:Error/m:Code"),
            self.text("s:Body/s:Fault/detail/m:Error/m:Message"),
        )


class Client:
    """Asks the bank."""

    def __init__(self, mock: Served) -> None:
        self.mock = mock

    def post(self, raw: bytes, operation: str, **headers: str) -> Said:
        right = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"http://fgov.economie.be/kbopub/{operation}"',
        }
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return Said(self.mock.ask("POST", "", data=raw, headers=right | told))

    def send(self, letter: Letter, **changes: Any) -> Said:
        letter = replace(letter, **changes)
        return self.post(letter.bytes(), letter.operation)

    def read(self, number: str, **changes: Any) -> Said:
        content = f"<d:EnterpriseNumber>{number}</d:EnterpriseNumber>"
        return self.send(Letter("ReadEnterprise", content), **changes)

    def places(self, number: str, size: str = "long", **changes: Any) -> Said:
        content = f"<d:EnterpriseNumber>{number}</d:EnterpriseNumber><m:TypeOfResult>{size}</m:TypeOfResult>"
        return self.send(Letter("ReadEstablishmentByEnterpriseNumber", content), **changes)

    def search(self, name: str, more: str = "", **changes: Any) -> Said:
        return self.send(Letter("ReadEnterpriseByPhoneme", f"<m:Name>{name}</m:Name>{more}"), **changes)


@pytest.fixture(scope="session")
def bank(home: Path) -> CrossroadsBank:
    (home / "pki" / "cbe.password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    return make(home, world(size=SMALL))


@pytest.fixture(scope="session")
def _client(bank: CrossroadsBank, home: Path) -> Iterator[Client]:
    with served(bank, home / "pki") as mock:
        yield Client(mock)


@pytest.fixture
def client(_client: Client, bank: CrossroadsBank) -> Client:
    """One client for all tests; the bank behaves."""
    bank.faults.clear()
    return _client
