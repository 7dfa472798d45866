"""Names of the SOAP interface."""

from __future__ import annotations

from typing import Final

from lxml import etree

from fidus.api.call import SOAP_PATH

NS: Final = "urn:fidus:soap:v1"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP: Final = "http://schemas.xmlsoap.org/wsdl/soap/"
HTTP: Final = "http://schemas.xmlsoap.org/soap/http"
XS: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"

PATH: Final = SOAP_PATH
MEDIA: Final = "text/xml"


def q(namespace: str, name: str) -> str:
    """A qualified name in lxml's spelling."""
    return f"{{{namespace}}}{name}"


def operation_name(service_id: str) -> str:
    """`national-register/address-history` -> `nationalRegisterAddressHistory`."""
    first, *others = service_id.replace("/", "-").split("-")
    return first + "".join(part.capitalize() for part in others)


def request_name(service_id: str) -> str:
    """The element of a question to this service."""
    return f"{operation_name(service_id)}Request"


def response_name(service_id: str) -> str:
    """The element of its answer."""
    return f"{operation_name(service_id)}Response"


def element(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """A new last child in our namespace."""
    made = etree.SubElement(parent, q(NS, name))
    made.text = text
    return made
