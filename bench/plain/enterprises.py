"""The Crossroads Bank for Enterprises by zeep, with its own UsernameToken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import zeep
from zeep import ns
from zeep.transports import Transport
from zeep.wsse import utils
from zeep.wsse.username import UsernameToken

from bench.plain.session import plain_session

WSDL = Path(__file__).parents[2] / "contracts" / "cbe" / "PublicSearch.wsdl"
BINDING = "{http://economie.fgov.be/kbopub/webservices/v1}wsKBOPubSoap"


class Account(UsernameToken):
    """With what the contract wants beside it: a time, and that the header must be understood."""

    def apply(self, envelope: Any, headers: Any) -> Any:
        """Add it to a question."""
        now = datetime.now(UTC)
        times = (now, now + timedelta(minutes=1))
        self.timestamp_token = utils.WSU.Timestamp(
            *(
                getattr(utils.WSU, name)(f"{time:%Y-%m-%dT%H:%M:%SZ}")
                for name, time in zip(("Created", "Expires"), times, strict=True)
            )
        )
        utils.get_security_header(envelope).set(f"{{{ns.SOAP_ENV_11}}}mustUnderstand", "1")
        return super().apply(envelope, headers)  # type: ignore[no-untyped-call]


def client(url: str, pki: Path, query: Mapping[str, Any]) -> Callable[[], Any]:
    """Asks for this enterprise."""
    password = (pki / "cbe.password").read_text(encoding="utf-8").splitlines()[0]
    account = Account("fidus-demonstration", password, use_digest=True, zulu_timestamp=True)  # type: ignore[no-untyped-call]
    bank = zeep.Client(str(WSDL), wsse=account, transport=Transport(session=plain_session(pki)))
    service = bank.create_service(BINDING, url)

    def ask() -> Any:
        context = {"Id": str(uuid4()), "Language": "fr"}
        return service.ReadEnterprise(
            EnterpriseNumber=query["enterpriseNumber"], _soapheaders={"context": context}
        )

    return ask
