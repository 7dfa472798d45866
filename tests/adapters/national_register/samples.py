"""The samples of the contract, as a source would send them: in an envelope of another hand, and signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from adapters._lib.codes import Codes
from adapters._lib.operation import Asking
from adapters._lib.rn25 import Places, Tables
from adapters.national_register.mapping import OPERATIONS
from fidus.identifiers import check_digits
from fidus.model import Absent, Found, Query, Subject, SubjectRole, SubjectType

CONTRACT = Path(__file__).parents[3] / "contracts" / "national-register"
TICKET = "0a7f6c1e-0000-4000-8000-000000000001"
ASKING = Asking("0000000097", "FIDUS", TICKET, datetime(2026, 3, 1, tzinfo=UTC))
ASKED = f"806105123{check_digits('806105123', 1900)}"
SLUG = "national-register"
SEARCH = {"familyName": "Peredalens", "givenName": "Inessa", "birthDate": "1980-01-05"}


def text(name: str) -> str:
    """A sample as it stands in its file."""
    return (CONTRACT / "samples" / f"{name}.xml").read_text(encoding="utf-8").replace("@ID@", f"_{TICKET}")


def query(service: str) -> Query:
    """The question that the samples answer."""
    if service == "search":
        return Query(f"{SLUG}/search", SEARCH, ())
    subject = Subject(SubjectType.PERSON, ASKED, SubjectRole.ASKED)
    return Query(f"{SLUG}/{service}", {"ssin": ASKED}, (subject,))


def read(content: etree._Element, service: str, unknown: Any = lambda _: None) -> Found | Absent:
    """What the mapping makes of the content of a Body."""
    tables = Tables(Places.load(CONTRACT), Codes.load(CONTRACT, unknown), synthetic=True)
    return OPERATIONS[f"{SLUG}/{service}"].read(content, query(service), tables, ASKING)


def signed(forge: Any, content: str) -> bytes:
    """The envelope of an honest answer around this text, which keeps its comments and CDATA sections."""
    now = datetime.now(UTC)
    created, expires = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (now, now + timedelta(minutes=4)))
    raw = f"""<E:Envelope xmlns:E="{forge.SOAP}" xmlns:u="{forge.WSU}"><!-- of another hand --><E:Header>
    <RelatesTo xmlns="{forge.NS["wsa"]}" u:Id="relates-1">urn:uuid:{TICKET}</RelatesTo>
    <MessageID xmlns="{forge.NS["wsa"]}" u:Id="message-1">urn:uuid:{TICKET[::-1]}</MessageID>
    <sec:Security xmlns:sec="{forge.WSSE}" E:mustUnderstand="1"><u:Timestamp u:Id="time-1">
      <u:Created>{created}</u:Created><u:Expires>{expires}</u:Expires></u:Timestamp></sec:Security>
    </E:Header><E:Body u:Id="body-1">{content}</E:Body></E:Envelope>"""
    root = etree.fromstring(raw, etree.XMLParser(strip_cdata=False))
    forge.sign(root)
    return etree.tostring(root, encoding="UTF-8")
