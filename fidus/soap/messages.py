"""SOAP 1.1 messages that leave: answers and faults. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from audit.canonical import b64, canonical
from fidus.soap.names import NS, SOAP, XML, q
from fidus.soap.translate import add_xml
from fidus.soap.wsdl import FAULT, PROBLEM


def answer_message(name: str, answer: Mapping[str, Any], shape: Mapping[str, Any]) -> bytes:
    """The answer of REST in an envelope. Its own text, to which the receipt commits, is `receipt/answer`."""
    bare = {member: value for member, value in answer.items() if member != "receipt"}
    receipt = {**answer["receipt"], "answer": b64(canonical(bare))}
    return _envelope(lambda body: add_xml(body, name, {**bare, "receipt": receipt}, shape))


def fault_message(problem: Mapping[str, Any], language: str) -> bytes:
    """A fault that carries the problem (SOAP 1.1 §4.4). Client: only another message can be answered."""

    def fill(body: etree._Element) -> None:
        fault = etree.SubElement(body, q(SOAP, "Fault"))
        who = "Client" if problem["origin"] == "caller" else "Server"
        etree.SubElement(fault, "faultcode").text = f"soap:{who}"
        told = etree.SubElement(fault, "faultstring")
        told.text = problem.get("detail", problem["title"])
        told.set(q(XML, "lang"), language)
        add_xml(etree.SubElement(fault, "detail"), FAULT, problem, PROBLEM)

    return _envelope(fill)


def _envelope(fill: Any) -> bytes:
    root = etree.Element(q(SOAP, "Envelope"), nsmap={"soap": SOAP, "f": NS})
    fill(etree.SubElement(root, q(SOAP, "Body")))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
