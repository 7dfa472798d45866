"""The operations of the SOAP interface, for the edge."""

from __future__ import annotations

from collections.abc import Mapping

from fidus.api.operations import Operation
from fidus.model import Role, Service
from fidus.soap.names import MEDIA, PATH
from fidus.soap.service import WSDL_PARAMETER, SoapService, fault


def soap_operations(services: Mapping[str, Service]) -> tuple[Operation, ...]:
    """One for questions to all of these services, and one for the contract."""
    shop = SoapService(services)
    return (
        Operation(
            "soapConsult",
            "POST",
            PATH,
            shop.consult,
            (MEDIA,),
            Role.EXCHANGE,
            recorded=True,
            base="",
            tell=fault,
        ),
        Operation(
            "getWsdl",
            "GET",
            PATH,
            shop.contract,
            (MEDIA,),
            base="",
            parameters=frozenset({WSDL_PARAMETER}),
        ),
    )
