"""The National Register through zeep: the contract's WSDL, zeep's own WS-Security, zeep's own objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
import xmlsec
import zeep
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from zeep.transports import Transport
from zeep.wsa import WsAddressingPlugin
from zeep.wsse.signature import BinarySignature, verify_envelope

WSDL = Path(__file__).parents[2] / "contracts" / "national-register" / "RetrieveTIGroupsV2.wsdl"
_BINDING = "{http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2}RetrieveTIGroupsServiceHTTPBinding"


class SourceSignature:
    """Signs with our key; answers must be signed with the source's, which zeep by itself does not provide."""

    def __init__(self, key: Path, certificate: Path, signer: Path) -> None:
        secret = serialization.load_pem_private_key(key.read_bytes(), None)
        is_rsa = isinstance(secret, rsa.RSAPrivateKey)
        methods = xmlsec.constants
        self._own = BinarySignature(
            str(key),
            str(certificate),
            signature_method=methods.TransformRsaSha256 if is_rsa else methods.TransformEcdsaSha256,
            digest_method=xmlsec.constants.TransformSha256,
        )
        self._signer = str(signer)

    def apply(self, envelope: Any, headers: Any) -> Any:
        """Sign a question."""
        return self._own.apply(envelope, headers)

    def verify(self, envelope: Any) -> Any:
        """Check the signature of an answer."""
        verify_envelope(envelope, self._signer)
        return envelope


class NationalRegister:
    """A synchronous client; safe to call from threads."""

    def __init__(self, url: str, pki: Path, customer: str) -> None:
        session = requests.Session()
        session.trust_env = False  # which would let the environment's issuers replace the given one
        session.verify = str(pki / "issuer-servers.crt")
        session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=128))
        signature = SourceSignature(
            pki / "hub-sign.key", pki / "hub-sign.crt", pki / "national-register-sign.crt"
        )
        client = zeep.Client(
            str(WSDL), wsse=signature, transport=Transport(session=session), plugins=[WsAddressingPlugin()]
        )
        self._service = client.create_service(_BINDING, url)
        self._customer = customer

    def address(self, ssin: str) -> dict[str, Any] | None:
        """Today's address; None where there is none. Raises zeep's and requests' errors."""
        answer = self._service.retrieveTI(
            informationCustomer={
                "ticket": str(uuid4()),
                "customerIdentification": {"cbeNumber": self._customer},
            },
            legalContext="FIDUS",
            searchInformation={"ssin": ssin, "language": "fr", "history": False},
        )
        if answer.status.value != "DATA_FOUND":
            return None
        file = answer.rrn_it_implicit
        for main in file.LegalMainAddresses.LegalMainAddress:
            if main.DelDate is None:
                return _written(main.Address, file)
        return None


def _written(address: Any, file: Any) -> dict[str, Any]:
    residence = file.FileOwner.Residences[-1].Residence
    return {
        "street": {"fr": address.Street.Label},
        "houseNumber": address.HouseNumber,
        "box": address.Box,
        "postalCode": address.ZipCode,
        "municipality": {"fr": residence.Label},
        "nisCode": residence.Code,
        "streetCode": address.Street.Code,
    }
