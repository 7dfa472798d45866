"""The contract for SOAP clients: WSDL 1.1, document/literal (WS-I Basic Profile 1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lxml import etree

from fidus.model import Service
from fidus.soap.names import (
    HTTP,
    NS,
    PATH,
    WSDL,
    WSDL_SOAP,
    XML,
    XS,
    operation_name,
    q,
    request_name,
    response_name,
)
from fidus.soap.schema import add_element
from fidus.soap.shapes import TEXT, answer, question

FAULT: Final = "problem"
PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "origin", "instance"],
    "properties": {
        "type": TEXT,
        "href": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "origin": {"type": "string", "enum": ["caller", "hub", "source"]},
        "detail": TEXT,
        "instance": TEXT,
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "title", "in", "detail"],
                "properties": {"type": TEXT, "title": TEXT, "in": TEXT, "name": TEXT, "detail": TEXT},
            },
        },
        "consultationId": TEXT,
        "limit": {"type": "integer"},
        "retryAfterSec": {"type": "integer"},
    },
}
_DOCUMENTATION: Final = (
    "Each operation is one service of one authentic source. `flow` names a flow of your institution for that"
    " service; query, confirm and context are those of the REST interface. receipt/answer holds the answer in"
    " JSON, to which the receipt commits. A refusal is a fault with a `problem`."
)


def wsdl(services: Iterable[Service], origin: str) -> bytes:
    """The document. `origin`: scheme, host and port by which the caller reached the hub."""
    known = sorted(services, key=lambda one: one.id)
    root = etree.Element(
        q(WSDL, "definitions"),
        nsmap={"wsdl": WSDL, "soap": WSDL_SOAP, "xs": XS, "tns": NS},
        name="fidus",
        targetNamespace=NS,
    )
    etree.SubElement(root, q(WSDL, "documentation")).text = _DOCUMENTATION
    _types(root, known)
    for name in (*(name for one in known for name in (request_name(one.id), response_name(one.id))), FAULT):
        message = etree.SubElement(root, q(WSDL, "message"), name=name)
        etree.SubElement(message, q(WSDL, "part"), name="parameters", element=f"tns:{name}")
    _port_type(root, known)
    _binding(root, known)
    service = etree.SubElement(root, q(WSDL, "service"), name="fidus")
    port = etree.SubElement(service, q(WSDL, "port"), name="fidus", binding="tns:fidus")
    etree.SubElement(port, q(WSDL_SOAP, "address"), location=origin + PATH)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _types(root: etree._Element, services: list[Service]) -> None:
    types = etree.SubElement(root, q(WSDL, "types"))
    schema = etree.SubElement(types, q(XS, "schema"), targetNamespace=NS, elementFormDefault="qualified")
    for one in services:
        add_element(schema, request_name(one.id), question(one))
        add_element(schema, response_name(one.id), answer(one))
    add_element(schema, FAULT, PROBLEM)


def _port_type(root: etree._Element, services: list[Service]) -> None:
    port_type = etree.SubElement(root, q(WSDL, "portType"), name="fidus")
    for one in services:
        operation = etree.SubElement(port_type, q(WSDL, "operation"), name=operation_name(one.id))
        documentation = etree.SubElement(operation, q(WSDL, "documentation"))
        documentation.text = f"{one.title['en']} ({one.id})"
        documentation.set(q(XML, "lang"), "en")
        etree.SubElement(operation, q(WSDL, "input"), message=f"tns:{request_name(one.id)}")
        etree.SubElement(operation, q(WSDL, "output"), message=f"tns:{response_name(one.id)}")
        etree.SubElement(operation, q(WSDL, "fault"), name=FAULT, message=f"tns:{FAULT}")


def _binding(root: etree._Element, services: list[Service]) -> None:
    binding = etree.SubElement(root, q(WSDL, "binding"), name="fidus", type="tns:fidus")
    etree.SubElement(binding, q(WSDL_SOAP, "binding"), style="document", transport=HTTP)
    for one in services:
        operation = etree.SubElement(binding, q(WSDL, "operation"), name=operation_name(one.id))
        etree.SubElement(operation, q(WSDL_SOAP, "operation"), soapAction=f"{NS}:{operation_name(one.id)}")
        for way in ("input", "output"):
            etree.SubElement(etree.SubElement(operation, q(WSDL, way)), q(WSDL_SOAP, "body"), use="literal")
        fault = etree.SubElement(operation, q(WSDL, "fault"), name=FAULT)
        etree.SubElement(fault, q(WSDL_SOAP, "fault"), name=FAULT, use="literal")
