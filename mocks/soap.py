"""SOAP 1.1 as a mock source reads and writes it: namespaces, tight parsing, faults."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from aiohttp import web
from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
X509V3 = f"{_OASIS}-x509-token-profile-1.0#X509v3"
PASSWORD_DIGEST = f"{_OASIS}-username-token-profile-1.0#PasswordDigest"
BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

PREFIXES = {"soapenv": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU, "ds": DS}
ID = f"{{{WSU}}}Id"

_UUID_URN = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNDERSTOOD = {f"{{{WSSE}}}Security", *(f"{{{WSA}}}{name}" for name in ("MessageID", "RelatesTo", "Action"))}
_UNDERSTOOD |= {f"{{{WSA}}}{name}" for name in ("To", "From", "ReplyTo", "FaultTo")}

LARGEST_QUESTION = 64 * 1024


class Refusal(Exception):
    """A message that is not accepted. `code`: the fault code, its prefix one of PREFIXES. `text` says in one
    sentence what is wrong and never repeats a value; `reason` is the source's own code for it."""

    def __init__(self, code: str, text: str, *, reason: str = "MSG00008", status: int = 500) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.reason = reason
        self.status = status


def insecure(code: str, text: str) -> Refusal:
    """A refusal for reasons of security; `code` without its prefix `wsse`."""
    return Refusal(f"wsse:{code}", text, reason="WSS00001")


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """A parsed message whose outer form is right. Nothing in it is to be trusted yet."""

    root: etree._Element
    header: etree._Element
    body: etree._Element
    content: etree._Element
    message_id: str


def parse(raw: bytes) -> etree._Element:
    """The root element. Raises Refusal for what is not XML, is not UTF-8 or has a DOCTYPE or instructions."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Refusal(
            "soapenv:Client", f"The message is not well-formed XML (line {line}, column {column})"
        ) from None
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise Refusal("soapenv:Client", "The message has a DOCTYPE, which SOAP forbids")
    if (tree.docinfo.encoding or "UTF-8").upper() != "UTF-8":
        raise Refusal("soapenv:Client", "The message is not in UTF-8")
    if tree.xpath("//processing-instruction()"):
        raise Refusal("soapenv:Client", "The message has a processing instruction, which SOAP forbids")
    return root


def open_envelope(root: etree._Element) -> Envelope:
    """Header, Body, its one child and the MessageID, each at its place and alone. Raises Refusal."""
    header, body, content = open_parts(root, _UNDERSTOOD)
    return Envelope(root, header, body, content, _message_id(header))


def open_parts(
    root: etree._Element, understood: Collection[str]
) -> tuple[etree._Element, etree._Element, etree._Element]:
    """Header, Body and its one child, each at its place and alone. Raises Refusal.

    `understood`: header blocks that are known.
    """
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Refusal("soapenv:VersionMismatch", "The root element is not a SOAP 1.1 Envelope")
    parts = [child for child in root if isinstance(child.tag, str)]
    if [part.tag for part in parts] != [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]:
        raise Refusal("soapenv:Client", "The Envelope does not hold one Header and then one Body, only these")
    header, body = parts
    contents = [child for child in body if isinstance(child.tag, str)]
    if len(contents) != 1:
        raise Refusal("soapenv:Client", "The Body does not hold exactly one element")
    for block in header.iterchildren("{*}*"):
        if block.get(f"{{{SOAP}}}mustUnderstand") == "1" and block.tag not in understood:
            raise Refusal(
                "soapenv:MustUnderstand", "A header block that must be understood is not known here"
            )
    return header, body, contents[0]


def _message_id(header: etree._Element) -> str:
    found = header.findall(f"{{{WSA}}}MessageID")
    if len(found) != 1:
        raise Refusal("soapenv:Client", f"The Header has {len(found)} wsa:MessageID, there must be one")
    text = found[0].text or ""
    if len(found[0]) or not _UUID_URN.fullmatch(text):
        raise Refusal("soapenv:Client", "wsa:MessageID does not read urn:uuid: and a UUID")
    return text


def envelope(content: etree._Element, message_id: str, relates_to: str | None) -> Envelope:
    """A new message around `content`, not yet signed."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "wsa": WSA, "wsu": WSU})
    header = etree.SubElement(root, f"{{{SOAP}}}Header")
    etree.SubElement(header, f"{{{WSA}}}MessageID").text = message_id
    if relates_to is not None:
        etree.SubElement(header, f"{{{WSA}}}RelatesTo").text = relates_to
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    body.append(content)
    return Envelope(root, header, body, content, message_id)


def fault(code: str, text: str, detail: etree._Element) -> etree._Element:
    """A SOAP 1.1 Fault. `code` has one of PREFIXES."""
    prefix = code.partition(":")[0]
    made = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soapenv": SOAP, prefix: PREFIXES[prefix]})
    etree.SubElement(made, "faultcode").text = code
    etree.SubElement(made, "faultstring").text = text
    etree.SubElement(made, "detail").append(detail)
    return made


def to_bytes(root: etree._Element) -> bytes:
    """The message as it goes out."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


async def posted(request: web.Request, actions: Collection[str]) -> tuple[str, bytes]:
    """SOAPAction, one of these, and body of a request that HTTP-wise is as the contract wants it.

    Raises Refusal.
    """
    if request.method != "POST":
        raise Refusal("soapenv:Client", "The method is not POST", status=405)
    if request.content_type != "text/xml" or (request.charset or "").lower() != "utf-8":
        raise Refusal("soapenv:Client", "Content-Type is not text/xml; charset=utf-8", status=415)
    if "Content-Encoding" in request.headers:
        raise Refusal("soapenv:Client", "Content-Encoding is not used here", status=415)
    action = request.headers.get("SOAPAction", "")
    if action[:1] + action[-1:] != '""' or action[1:-1] not in actions:
        raise Refusal("soapenv:Client", f"SOAPAction is none of {', '.join(actions)}, in quotes")
    try:
        return action[1:-1], await request.read()
    except web.HTTPRequestEntityTooLarge:
        text = f"The question has more than {LARGEST_QUESTION} bytes"
        raise Refusal("soapenv:Client", text, status=413) from None


def text_of(root: etree._Element, name: str) -> str | None:
    """The text of the first element of that name, so that even a refused question can be counted."""
    node = next(root.iter(name), None)
    return None if node is None else node.text
