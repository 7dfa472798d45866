"""A client not written here asks the mock by the contract's WSDL: zeep, with its own UsernameToken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
import zeep
from lxml import etree
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from mocks.cbe.messages import ACTIONS, CONTRACT
from mocks.world import world
from tests.mocks.cbe.conftest import BANK, NS, OASIS, PASSWORD, Client

WORLD = world()
FIRM = next(one for one in WORLD.enterprises.values() if len(one.functions) > 1)
WSSE, WSU = f"{OASIS}-wssecurity-secext-1.0.xsd", f"{OASIS}-wssecurity-utility-1.0.xsd"


class Token(UsernameToken):
    """Marks the security header, which zeep leaves unmarked."""

    def apply(self, envelope: Any, headers: Any) -> Any:
        envelope, headers = super().apply(envelope, headers)  # type: ignore[no-untyped-call] # zeep
        (security,) = envelope.iter(f"{{{WSSE}}}Security")
        security.set(f"{{{NS['s']}}}mustUnderstand", "1")
        return envelope, headers


class Asking:
    """Calls an operation."""

    def __init__(self, client: Client, pki: Path, session: requests.Session) -> None:
        session.verify = str(pki / "national-register.crt")
        session.trust_env = False
        stamp = etree.Element(f"{{{WSU}}}Timestamp")
        now = datetime.now(UTC)
        for name, moment in (("Created", now), ("Expires", now + timedelta(minutes=4))):
            etree.SubElement(stamp, f"{{{WSU}}}{name}").text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        token = Token(  # type: ignore[no-untyped-call] # zeep
            "fidus-demonstration", PASSWORD, use_digest=True, timestamp_token=stamp, zulu_timestamp=True
        )
        self._client = zeep.Client(
            str(CONTRACT / "PublicSearch.wsdl"),
            wsse=token,
            transport=Transport(session=session, timeout=10),
        )
        self._service = self._client.create_service(f"{{{BANK}}}wsKBOPubSoap", client.mock.url)

    def call(self, operation: str, **values: object) -> Any:
        """What it answers: header and body."""
        header = self._client.get_element(f"{{{NS['m']}}}RequestContext")(Id=str(uuid4()), Language="nl")
        return self._service[operation](_soapheaders=[header], **values)


@pytest.fixture
def asking(client: Client, home: Path) -> Iterator[Asking]:
    with requests.Session() as session:
        yield Asking(client, home / "pki", session)


def test_every_operation_is_answered(asking: Asking) -> None:
    enterprise = asking.call("ReadEnterprise", EnterpriseNumber=FIRM.number)
    assert enterprise.body.Enterprise.Number == FIRM.number
    assert len(enterprise.body.Enterprise.Function) == len(FIRM.functions)
    assert enterprise.header.context.AccountBalance > 0
    places = asking.call(
        "ReadEstablishmentByEnterpriseNumber", EnterpriseNumber=FIRM.number, TypeOfResult="long"
    )
    assert [one.Number for one in places.body.Establishment] == [one.number for one in FIRM.establishments]
    found = asking.call("ReadEnterpriseByPhoneme", Name=FIRM.names.nl, MaximumResults=100)
    assert FIRM.number in [one.Number for one in found.body.Enterprise]


def test_a_refusal_is_a_fault_with_the_services_own_error(asking: Asking) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="was never given") as refused:
        asking.call("ReadEnterprise", EnterpriseNumber="0999999922")
    assert refused.value.detail.findtext("{*}Error/{*}Code") == "1"


def test_the_mock_answers_the_operations_of_the_wsdl() -> None:
    tree = etree.parse(CONTRACT / "PublicSearch.wsdl")
    binding = tree.iterfind("{*}binding/{http://schemas.xmlsoap.org/wsdl/}operation")
    soap = "{http://schemas.xmlsoap.org/wsdl/soap/}operation"
    announced = {node.get("soapAction"): one.get("name") for one in binding for node in one.iter(soap)}
    assert announced == ACTIONS
