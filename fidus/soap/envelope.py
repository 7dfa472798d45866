"""SOAP 1.1 messages from outside: which service is asked, under which flow, with which body. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from adapters._lib.xml import XmlRefused, parse
from fidus.errors import Issue, IssueType, RequestInvalid
from fidus.soap.names import SOAP, q
from fidus.soap.translate import own_name, to_json

_ENVELOPE = "This is no SOAP 1.1 envelope with one element in its Body: send one"
_UNDERSTOOD = "A header must be understood, and none is here: leave it out"
_OPERATION = "There is no such operation: take one from the WSDL"
_FLOW = "The flow is named once, in text: send one element flow"


@dataclass(frozen=True, slots=True)
class Asked:
    """`operation`: the element's name. `flow`: as the caller wrote it. `body`: the JSON that REST takes."""

    operation: str
    flow: str
    body: bytes = field(repr=False)


def read(raw: bytes, shapes: Mapping[str, Mapping[str, Any]]) -> Asked:
    """`shapes`: the schema of each question by its element's name. Raises RequestInvalid."""
    try:
        root = parse(raw)
    except XmlRefused as error:
        raise _invalid(
            f"{str(error).replace('the answer', 'The message')}: send plain XML in UTF-8"
        ) from None
    node = _content(root)
    shape = shapes.get(own_name(node))
    if shape is None:
        raise _invalid(_OPERATION)
    flows = [child for child in node if own_name(child) == "flow"]
    if len(flows) != 1 or len(flows[0]) or not (flows[0].text or "").strip():
        raise RequestInvalid((Issue(IssueType.REQUIRED_INPUT, "flow", _FLOW),))
    node.remove(flows[0])
    return Asked(own_name(node), (flows[0].text or "").strip(), to_json(node, shape).encode())


def _content(root: etree._Element) -> etree._Element:
    """The one element in the Body."""
    parts = [child.tag for child in root]
    header, body = q(SOAP, "Header"), q(SOAP, "Body")
    if root.tag != q(SOAP, "Envelope") or parts not in ([body], [header, body]) or len(root[-1]) != 1:
        raise _invalid(_ENVELOPE)
    if len(parts) == 2 and any(block.get(q(SOAP, "mustUnderstand")) == "1" for block in root[0]):
        raise _invalid(_UNDERSTOOD)
    return root[-1][0]


def _invalid(detail: str) -> RequestInvalid:
    return RequestInvalid((Issue(IssueType.SCHEMA_VIOLATION, "", detail),))
