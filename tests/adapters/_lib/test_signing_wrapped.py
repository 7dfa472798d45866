"""Signatures that are good, over something else than what would be read."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from fidus.errors import SourceSignatureInvalid

SAID = "{urn:said}said"


def evil(forge: Any, **attributes: str) -> etree._Element:
    body = etree.Element(f"{{{forge.SOAP}}}Body", attributes)
    etree.SubElement(body, SAID).text = "no"
    return body


def moved(forge: Any, into: str, identifier: str | None) -> bytes:
    """The signed Body moves to another place; a forged one takes its own."""
    root = forge.sign(forge.unsigned())
    body = root.find("soap:Body", forge.NS)
    if into == "body":
        root.append(evil(forge))
        root[-1].append(body)
    else:
        place = root.find(into, forge.NS)
        holder = etree.SubElement(place, f"{{{forge.DS}}}Object") if into.endswith("Signature") else place
        holder.append(body)
        root.append(evil(forge))
    if identifier is not None:
        root[-1].set(f"{{{forge.WSU}}}Id", identifier)
    return etree.tostring(root)


@pytest.mark.parametrize("identifier", [None, "body-2", "body-1"], ids=["no-id", "another-id", "the-same-id"])
@pytest.mark.parametrize("into", ["soap:Header", ".//wsse:Security", ".//ds:Signature", "body"])
def test_a_signed_body_elsewhere_lends_nothing_to_a_forged_one(
    forge: Any, into: str, identifier: str | None
) -> None:
    with pytest.raises(SourceSignatureInvalid):
        forge.verify(moved(forge, into, identifier))


@pytest.mark.parametrize("part", ["wsa:RelatesTo", "wsa:MessageID", "wsse:Security/wsu:Timestamp"])
@pytest.mark.parametrize("identifier", [None, "other-1"])
def test_a_signed_header_elsewhere_lends_nothing_to_a_forged_one(
    forge: Any, part: str, identifier: str | None
) -> None:
    root = forge.sign(forge.unsigned("urn:uuid:of-another-request"))
    signed = root.find(f"soap:Header/{part}", forge.NS)
    forged = deepcopy(signed)
    del forged.attrib[f"{{{forge.WSU}}}Id"]
    if identifier is not None:
        forged.set(f"{{{forge.WSU}}}Id", identifier)
    signed.getparent().append(forged)
    etree.SubElement(root.find("soap:Header", forge.NS), "holder").append(signed)
    with pytest.raises(SourceSignatureInvalid):
        forge.verify(root)


@pytest.mark.parametrize(
    "name",
    [
        "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id",
        "Id",
        "ID",
        "id",
        "{http://www.w3.org/XML/1998/namespace}id",
        "{urn:other}Id",
    ],
)
@pytest.mark.parametrize("part", ["body-1", "relates-1"])
def test_no_other_attribute_may_carry_the_id_of_a_signed_part(forge: Any, name: str, part: str) -> None:
    root = forge.sign(forge.unsigned())
    etree.SubElement(root.find("soap:Header", forge.NS), "other").set(name, part)
    with pytest.raises(SourceSignatureInvalid, match="no id of its own"):
        forge.verify(root)


def test_a_part_with_two_ids_of_the_same_value_is_refused(forge: Any) -> None:
    root = forge.unsigned()
    root.find("soap:Body", forge.NS).set("Id", "body-1")
    with pytest.raises(SourceSignatureInvalid, match="no id of its own"):
        forge.verify(forge.sign(root))


@pytest.mark.parametrize("where", ["wsse:Security", "soap:Header", "soap:Body"])
@pytest.mark.parametrize("what", ["ds:Signature", "wsse:Security"])
def test_a_second_signature_or_security_is_refused_wherever_it_stands(
    forge: Any, where: str, what: str
) -> None:
    root = forge.sign(forge.unsigned())
    prefix, name = what.split(":")
    etree.SubElement(root.find(f".//{where}", forge.NS), f"{{{forge.NS[prefix]}}}{name}")
    with pytest.raises(SourceSignatureInvalid):
        forge.verify(root)


@pytest.mark.parametrize(
    "what", ["soap:Body", "soap:Header", "wsa:RelatesTo", "wsa:MessageID", "wsu:Timestamp"]
)
def test_each_part_stands_once(forge: Any, what: str) -> None:
    root = forge.sign(forge.unsigned())
    part = root.find(f".//{what}", forge.NS)
    twin = deepcopy(part)
    twin.attrib.clear()
    part.getparent().append(twin)
    with pytest.raises(SourceSignatureInvalid):
        forge.verify(root)


@pytest.mark.parametrize(
    "what", ["soap:Header", "soap:Body", "wsse:Security", "ds:Signature", "wsa:RelatesTo", "wsu:Timestamp"]
)
def test_an_answer_that_lacks_a_part_is_not_signed(forge: Any, what: str) -> None:
    root = forge.sign(forge.unsigned())
    part = root.find(f".//{what}", forge.NS)
    part.getparent().remove(part)
    with pytest.raises(SourceSignatureInvalid):
        forge.verify(root)


@pytest.mark.parametrize("left_out", ["body-1", "time-1", "message-1", "relates-1"])
def test_each_part_is_signed(forge: Any, left_out: str) -> None:
    parts = [part for part in forge.PARTS if part != left_out]
    raw = etree.tostring(forge.sign(forge.unsigned(), parts=parts))
    with pytest.raises(SourceSignatureInvalid, match="exactly what must be signed"):
        forge.verify(raw)


def test_a_part_without_id_is_not_signed(forge: Any) -> None:
    root = forge.unsigned()
    del root.find(".//wsa:MessageID", forge.NS).attrib[f"{{{forge.WSU}}}Id"]
    raw = etree.tostring(forge.sign(root, parts=("body-1", "time-1", "relates-1")))
    with pytest.raises(SourceSignatureInvalid, match="no id of its own"):
        forge.verify(raw)


def test_nothing_more_than_the_four_parts_is_signed(forge: Any) -> None:
    root = forge.unsigned()
    extra = etree.SubElement(root.find("soap:Header", forge.NS), "extra")
    extra.set(f"{{{forge.WSU}}}Id", "extra-1")
    raw = etree.tostring(forge.sign(root, parts=(*forge.PARTS, "extra-1")))
    with pytest.raises(SourceSignatureInvalid, match="exactly what must be signed"):
        forge.verify(raw)
