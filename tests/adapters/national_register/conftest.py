"""The register in small: files of invented persons, checked against the contract's schema, and a server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._lib.codes import Codes
from adapters._lib.gate import Gate, Limits
from adapters._lib.http import Site
from adapters._lib.making import Basis
from adapters._lib.rn25 import RN25, Places, Tables
from adapters.national_register.adapter import NationalRegister, make
from adapters.national_register.mapping import HISTORY, INTF, read_answer
from fidus.errors import SourceError
from fidus.identifiers import check_digits
from fidus.model import Absent, Found, Query, Subject, SubjectRole, SubjectType

CONTRACT = Path(__file__).parents[3] / "contracts" / "national-register"
UNKNOWN: list[str] = []  # tables of the codes that the contract does not explain
TABLES = Tables(Places.load(CONTRACT), Codes.load(CONTRACT, UNKNOWN.append), synthetic=True)
SCHEMA = etree.XMLSchema(etree.parse(CONTRACT / "RetrieveTIGroupsServiceV2.xsd"))


def invented(nine: str) -> str:
    """A number with a month that no register gives."""
    return f"{nine}{check_digits(nine, 1900):02d}"


ASKED, NEWER = invented("806105123"), invented("806105125")


def day(name: str, text: str | None) -> str:
    """A date of four parts from `yyyymmdd`-like text with dashes; a part that is not there is left out."""
    if text is None:
        return ""
    names = {"Century": text[0:2], "Year": text[2:4], "Month": text[5:7], "Day": text[8:10]}
    parts = "".join(f"<{part}>{digits}</{part}>" for part, digits in names.items() if digits)
    return f"<{name}>{parts}</{name}>"


def coded(name: str, code: str, label: str) -> str:
    return f"<{name}><Code>{code}</Code><Label>{label}</Label></{name}>"


class Register:
    """Writes parts of a file, and reads the whole with the mapping under test."""

    ASKED, NEWER, SCHEMA = ASKED, NEWER, SCHEMA

    def query(self, service: str = "national-register/address", **values: Any) -> Query:
        subject = Subject(SubjectType.PERSON, ASKED, SubjectRole.ASKED)
        return Query(service, {"ssin": ASKED, **values}, (subject,))

    def history(self, **period: str) -> Query:
        return self.query(HISTORY, period=period) if period else self.query(HISTORY)

    def stay(
        self,
        since: str,
        until: str | None = None,
        street: tuple[str, str] | str = ("3837", "Rue Neuve"),
        number: str = "12",
        box: str = "",
    ) -> str:
        """IT 020. `street`: code and label, or the text of one without code."""
        told = f"<Street><Graphic>{street}</Graphic></Street>"
        told = told if isinstance(street, str) else coded("Street", *street)
        inner = f"<ZipCode>1000</ZipCode>{told}<HouseNumber>{number}</HouseNumber>"
        inner += f"<Box>{box}</Box>" if box else ""
        return (
            f"<LegalMainAddress>{day('Date', since)}{day('DelDate', until)}<Address>{inner}</Address>"
            "</LegalMainAddress>"
        )

    def home(
        self, since: str, until: str | None = None, code: str = "21004", label: str = "Bruxelles"
    ) -> str:
        """IT 001."""
        return (
            f"<Residences>{day('Date', since)}{day('DelDate', until)}{coded('Residence', code, label)}"
            "<Fusion>0</Fusion><Language>1</Language></Residences>"
        )

    def silence(self, start: str, end: str, deleted: str | None = None) -> str:
        """IT 252."""
        dates = {"Date": "2020-01-01", "DelDate": deleted, "StartDate": start, "EndDate": end}
        written = "".join(day(name, text) for name, text in dates.items())
        return f"<NotCommunicable>{written}</NotCommunicable>"

    def replaced(self, former: str) -> str:
        """IT 002."""
        number = f"<NationalNumber><NationalNumber>{former}</NationalNumber></NationalNumber>"
        reference = f"<FileReference>{day('Date', '2020-01-01')}{number}</FileReference>"
        return f"<FileReferences>{reference}</FileReferences>"

    def file(self, *, homes: str = "", stays: str = "", more: str = "", number: str | None = ASKED) -> str:
        person = (
            f"<NationalNumber><NationalNumber><NationalNumber>{number}</NationalNumber>"
            f"{day('Date', '1980-01-05')}<Sex>1</Sex></NationalNumber></NationalNumber>"
        )
        owner = f"<FileOwner>{homes}</FileOwner>" if homes else ""
        addresses = f"<LegalMainAddresses>{stays}</LegalMainAddresses>" if stays else ""
        return f"{person if number else ''}{owner}{addresses}{more}"

    def status(self, value: str = "DATA_FOUND", code: str = "MSG00000", **information: str) -> str:
        more = "".join(
            f"<information><fieldName>{name}</fieldName><fieldValue>{text}</fieldValue></information>"
            for name, text in information.items()
        )
        return f"<value>{value}</value><code>{code}</code>{more}"

    def response(
        self,
        content: str | None,
        *,
        status: str | None = None,
        ssin: str = ASKED,
        language: str | None = "fr",
        reply: str | None = "2026-03-01T10:00:00Z",
    ) -> etree._Element:
        times = f"<timestampReceive>{reply}</timestampReceive><timestampReply>{reply}</timestampReply>"
        ticket = "<ticketCBSS>00000000-0000-4000-8000-000000000000</ticketCBSS>"
        filed = f"<informationCBSS>{ticket}{times}</informationCBSS>" if reply else ""
        asked = f"<ssin>{ssin}</ssin>" + (f"<language>{language}</language>" if language else "")
        body = "" if content is None else f"<rrn_it_implicit>{content}</rrn_it_implicit>"
        root = etree.fromstring(
            f'<i:retrieveTIGroupsResponse xmlns:i="{INTF}"><informationCustomer><customerIdentification>'
            "<cbeNumber>0000000097</cbeNumber></customerIdentification></informationCustomer>"
            f"{filed}<legalContext>FIDUS</legalContext><searchInformation>{asked}</searchInformation>"
            f"<status>{status or self.status()}</status>{body}</i:retrieveTIGroupsResponse>"
        )
        for element in root.iterfind("rrn_it_implicit//*"):
            element.tag = f"{{{RN25}}}{element.tag}"
        written = etree.fromstring(etree.tostring(root))
        SCHEMA.assertValid(written)
        return written

    def read(self, content: str | None, asked: Query | None = None, **changes: Any) -> Found | Absent:
        written = self.response(content, **changes)
        return read_answer(written, asked or self.query(), TABLES)

    def found(self, content: str, asked: Query | None = None) -> Found:
        answer = self.read(content, asked)
        assert isinstance(answer, Found)
        return answer

    def address(self, content: str) -> dict[str, Any]:
        return dict(self.found(content).fields["address"])


@pytest.fixture(scope="session")
def register() -> Register:
    return Register()


def adapter(
    certificates: Any,
    *,
    timeout_s: float = 5.0,
    unknown_code: Callable[[str], None] = lambda _: None,
    **changes: Any,
) -> NationalRegister:
    """An adapter as a running hub makes it. `changes`: members of its Site or of its own settings."""
    get = certificates.get
    site = {"ca": get("tls").certificate}
    own = {
        "signing_certificate": get("hub").certificate,
        "signing_key": get("hub").key,
        "signers": (get("source").certificate,),
        "customer": "0000000097",
    }
    for member, value in changes.items():
        (own if member in own else site)[member] = value
    basis = Basis(
        site=Site(**site),
        gate=Gate("national-register", Limits(timeout_s, 64)),
        path=lambda path: path,
        synthetic=True,
        clock=lambda: datetime.now(UTC),
        unknown_code=unknown_code,
    )
    return make(basis, own)


Respond = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
MESSAGE_ID = ".//{http://www.w3.org/2005/08/addressing}MessageID"


@dataclass
class Source:
    """A server over TLS that treats each request as `respond` says. `asked`: the envelopes that came."""

    forge: Any
    register: Register
    asked: list[bytes] = field(default_factory=list)
    url: str = "https://127.0.0.1/"
    respond: Respond | None = None
    connections: int = 0

    def adapter(self, **changes: Any) -> NationalRegister:
        """One that asks this server."""
        return adapter(self.forge.certificates, **{"url": self.url, **changes})

    @asynccontextmanager
    async def running(self, respond: Respond, **changes: Any) -> AsyncIterator[NationalRegister]:
        """The server, and an adapter that knows it."""
        self.respond = respond
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        pair = self.forge.certificates.get("tls")
        tls.load_cert_chain(pair.certificate, pair.key)
        tls.load_verify_locations(self.forge.certificates.get("hub").certificate)
        tls.verify_mode = ssl.CERT_OPTIONAL
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=tls)
        self.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/register"
        asking = self.adapter(**changes)
        try:
            yield asking
        finally:
            await asking.close()
            server.close()
            await asyncio.sleep(0.01)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.lower().split(b"\r\n")
                length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
                self.asked.append(await reader.readexactly(length))
                assert self.respond is not None
                await self.respond(self.asked[-1], writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.transport.abort()

    def fetched(self, respond: Respond, **changes: Any) -> Found | Absent:
        """What one question leads to."""

        async def story() -> Found | Absent:
            async with self.running(respond, **changes) as adapter:
                return await adapter.fetch(self.register.query())

        return asyncio.run(story())

    def failed(self, respond: Respond, **changes: Any) -> SourceError:
        """The error to which one question leads."""
        with pytest.raises(SourceError) as caught:
            self.fetched(respond, **changes)
        assert caught.value.source == "national-register"
        return caught.value

    def says(self, write: Callable[[bytes], bytes]) -> Respond:
        """Answer each question in one piece."""

        async def respond(question: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(write(question))

        return respond

    def http(self, body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
        size = len(body) if length is None else length
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {size}\r\n\r\n"
        return head.encode() + body

    def content(self) -> str:
        """A valid answer about the person asked."""
        stays = self.register.stay("2015-06-02")
        file = self.register.file(homes=self.register.home("2010-05-01"), stays=stays)
        return self.written(file, reply=datetime.now(UTC).isoformat())

    def written(self, file: str | None, **changes: Any) -> str:
        return etree.tostring(self.register.response(file, **changes)).decode()

    def message_id(self, question: bytes) -> str | None:
        return etree.fromstring(question).findtext(MESSAGE_ID)

    def answer(self, question: bytes, content: str | None = None) -> bytes:
        """A signed answer to this question."""
        asked = self.message_id(question)
        return bytes(self.forge.answer(asked, self.content() if content is None else content))

    def tells(self, content: str | None = None) -> Respond:
        """Answer each question as a source should, with this content."""
        return self.says(lambda question: self.http(self.answer(question, content)))


@pytest.fixture
def source(forge: Any, register: Register) -> Source:
    return Source(forge, register)
