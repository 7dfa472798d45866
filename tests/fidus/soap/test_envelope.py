"""Messages of SOAP 1.1: what is read of them, and what is refused."""

from __future__ import annotations

import json

import pytest

from fidus.errors import IssueType, RequestInvalid
from fidus.soap.envelope import read
from fidus.soap.names import NS, SOAP

SHAPES = {"askRequest": {"type": "object", "properties": {"query": {"type": "object", "properties": {}}}}}
QUERY = "<f:flow> a-flow </f:flow><f:query><f:ssin>1</f:ssin></f:query>"
CONTENT = f'<f:askRequest xmlns:f="{NS}">{QUERY}</f:askRequest>'


def envelope(body: str = CONTENT, header: str = "", namespace: str = SOAP) -> bytes:
    return f'<s:Envelope xmlns:s="{namespace}">{header}<s:Body>{body}</s:Body></s:Envelope>'.encode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "<s:Header/>",
        '<s:Header><x:a xmlns:x="urn:x"/></s:Header>',
        '<s:Header><x:a xmlns:x="urn:x" s:mustUnderstand="0"/></s:Header>',
    ],
)
def test_a_question(header: str) -> None:
    asked = read(envelope(header=header), SHAPES)
    assert (asked.operation, asked.flow) == ("askRequest", "a-flow")
    assert json.loads(asked.body) == {"query": {"ssin": "1"}}
    assert "ssin" not in repr(asked)


@pytest.mark.parametrize(
    ("raw", "name", "detail"),
    [
        (b"", "", "well-formed"),
        (b"{}", "", "well-formed"),
        (b"<a/>", "", "no SOAP 1.1 envelope"),
        (envelope(namespace="http://www.w3.org/2003/05/soap-envelope"), "", "no SOAP 1.1 envelope"),
        (envelope(body=""), "", "no SOAP 1.1 envelope"),
        (envelope(body=CONTENT * 2), "", "no SOAP 1.1 envelope"),
        (envelope(body="<x/>"), "", "no such operation"),
        (envelope(body=CONTENT.replace(NS, "urn:x")), "", "no such operation"),
        (envelope(body=CONTENT.replace(" a-flow ", "")), "flow", "named once"),
        (envelope(body=CONTENT.replace("<f:flow> a-flow </f:flow>", "")), "flow", "named once"),
        (envelope(body=CONTENT.replace("<f:flow>", "<f:flow>b</f:flow><f:flow>")), "flow", "named once"),
        (envelope(body=CONTENT.replace(" a-flow ", "<f:a/>")), "flow", "named once"),
        (envelope(header='<s:Header><a s:mustUnderstand="1"/></s:Header>'), "", "must be understood"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + envelope(), "", "document type"),
        (envelope().decode().encode("utf-16"), "", "The message"),
        (envelope(body="<a>" * 40 + "</a>" * 40), "", "nested too deeply"),
    ],
)
def test_anything_else_is_refused_with_its_rule(raw: bytes, name: str, detail: str) -> None:
    with pytest.raises(RequestInvalid) as error:
        read(raw, SHAPES)
    (issue,) = error.value.issues
    assert issue.name == name
    assert detail in issue.detail
    assert issue.type in (IssueType.SCHEMA_VIOLATION, IssueType.REQUIRED_INPUT)
