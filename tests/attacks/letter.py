"""An answer of a source, written line by line: whatever a forger may do otherwise can be done otherwise.

Nothing here is of the code under test: hashlib digests, cryptography signs, lxml makes the canonical form.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mocks.soap import BASE64, DS, EXC_C14N, ID, RSA_SHA256, SHA256, SOAP, WSA, WSSE, WSU, X509V3
from mocks.wssec import Signer

NS = {"soap": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU, "ds": DS}
PARTS = ("Body", "Timestamp", "MessageID", "RelatesTo")
ELSEWHERE = "urn:example:elsewhere"
PLAIN = f'<ds:Transform Algorithm="{EXC_C14N}"/>'
DIGESTS = {
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#md5": "md5",
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#sha224": "sha224",
}


def canonical(node: etree._Element, *, exclusive: bool = True, comments: bool = False) -> bytes:
    """Canonical form of an element as it stands in its document."""
    alone = etree.fromstring(etree.tostring(node, with_tail=False))
    return etree.tostring(alone, method="c14n", exclusive=exclusive, with_comments=comments)


def moment(at: datetime) -> str:
    """As a Timestamp says it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True)
class Reference:
    """One reference of a SignedInfo. `part`: what it digests, unless `digested` says otherwise.

    `uri` "#": that part; "": the whole document; None: no URI.
    """

    part: str = "Body"
    uri: str | None = "#"
    transforms: str = PLAIN
    digest: str = SHA256
    digested: Callable[[Letter], bytes] | None = None
    more: str = ""

    def written(self, letter: Letter) -> str:
        """With its digest."""
        node = letter.part(self.part)
        said = canonical(node) if self.digested is None else self.digested(letter)
        value = b64encode(hashlib.new(DIGESTS[self.digest], said).digest()).decode()
        uri = f"#{node.get(ID)}" if self.uri == "#" else self.uri
        named = "" if uri is None else f' URI="{uri}"'
        chain = f"<ds:Transforms>{self.transforms}</ds:Transforms>" if self.transforms else ""
        return (
            f'<ds:Reference{named}{self.more}>{chain}<ds:DigestMethod Algorithm="{self.digest}"/>'
            f"<ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"
        )


ALL = tuple(Reference(part) for part in PARTS)


def only(**changes: object) -> tuple[Reference, ...]:
    """References to the four parts, each with these changes."""
    return tuple(Reference(part, **changes) for part in PARTS)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Signing:
    """How a letter is signed. `value`: makes the SignatureValue out of canonical SignedInfo."""

    references: tuple[Reference, ...] = ALL
    method: str = f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
    c14n: str = f'<ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/>'
    canonical: Callable[[etree._Element], bytes] = canonical
    value: Callable[[bytes], bytes] | None = None
    key_info: str = ""
    more: str = ""


class Letter:
    """A SOAP 1.1 answer around `content`, not signed yet. Each part has an id of its own."""

    def __init__(
        self,
        content: etree._Element | None,
        relates_to: str,
        *,
        created: timedelta = timedelta(0),
        life: timedelta = timedelta(minutes=5),
    ) -> None:
        self.root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=NS)
        self.header = etree.SubElement(self.root, f"{{{SOAP}}}Header")
        self._text(self.header, WSA, "MessageID", f"urn:uuid:{uuid4()}")
        self._text(self.header, WSA, "RelatesTo", relates_to)
        self.security = etree.SubElement(self.header, f"{{{WSSE}}}Security")
        self.stamp = etree.SubElement(self.security, f"{{{WSU}}}Timestamp")
        begins = datetime.now(UTC) + created
        self._text(self.stamp, WSU, "Created", moment(begins))
        self._text(self.stamp, WSU, "Expires", moment(begins + life))
        self.body = etree.SubElement(self.root, f"{{{SOAP}}}Body")
        if content is not None:
            self.body.append(deepcopy(content))
        for name in PARTS:
            self.part(name).set(ID, f"the-{name}")

    @staticmethod
    def _text(parent: etree._Element, namespace: str, name: str, text: str) -> None:
        etree.SubElement(parent, f"{{{namespace}}}{name}").text = text

    def part(self, name: str) -> etree._Element:
        """Body, Timestamp, MessageID or RelatesTo."""
        found = {"Body": self.body, "Timestamp": self.stamp}.get(name)
        found = self.header.find(f"{{{WSA}}}{name}") if found is None else found
        assert found is not None
        return found

    def sign(self, signer: Signer, how: Signing | None = None) -> Letter:
        """Put a Signature into the Security header."""
        self.security.append(signature(self, signer, how or Signing()))
        return self

    def written(self) -> bytes:
        """The message as it goes out."""
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")


def signature(letter: Letter, signer: Signer, how: Signing) -> etree._Element:
    """A Signature over parts of the letter, to be put where it is wanted."""
    references = "".join(reference.written(letter) for reference in how.references)
    node = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}" xmlns:wsse="{WSSE}"><ds:SignedInfo>{how.c14n}{how.method}{references}'
        f"</ds:SignedInfo><ds:SignatureValue/>{how.key_info}{how.more}</ds:Signature>"
    )
    signed = how.canonical(node[0])
    value = rsa_value(signer)(signed) if how.value is None else how.value(signed)
    node[1].text = b64encode(value).decode()
    return node


def rsa_value(signer: Signer, algorithm: hashes.HashAlgorithm | None = None) -> Callable[[bytes], bytes]:
    """What makes an RSA signature, PKCS #1 v1.5."""
    key, digest = signer.key, algorithm or hashes.SHA256()
    assert isinstance(key, rsa.RSAPrivateKey)
    return lambda signed: key.sign(signed, padding.PKCS1v15(), digest)


def key_info(signer: Signer) -> str:
    """A KeyInfo that holds a certificate."""
    der = b64encode(signer.certificate.public_bytes(Encoding.DER)).decode()
    return (
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )


def token(signer: Signer) -> etree._Element:
    """A BinarySecurityToken that holds a certificate."""
    made = etree.Element(f"{{{WSSE}}}BinarySecurityToken", ValueType=X509V3, EncodingType=BASE64)
    made.text = b64encode(signer.certificate.public_bytes(Encoding.DER)).decode()
    return made


@dataclass(frozen=True)
class Hand:
    """What a forger has: an honest answer's content, somebody else's, the question, and keys.

    `asked`: MessageID of the question. `earlier`: a whole valid answer to an earlier question.
    """

    content: etree._Element = field(repr=False)
    other: etree._Element = field(repr=False)
    asked: str
    question: bytes = field(repr=False)
    earlier: bytes = field(repr=False)
    signer: Signer
    impostor: Signer
    neighbour: Signer

    def letter(self, **changes: timedelta) -> Letter:
        """An honest answer, not signed yet."""
        return Letter(self.content, self.asked, **changes)

    def honest(self) -> bytes:
        """An honest answer."""
        return self.letter().sign(self.signer).written()

    def forged(self) -> etree._Element:
        """The content with one value changed."""
        content = deepcopy(self.content)
        leaf = [node for node in content.iter("*") if not len(node) and (node.text or "").strip()][-1]
        leaf.text = f"{leaf.text}9"
        return content

    def forged_body(self, identifier: str | None = None) -> etree._Element:
        """A Body that nobody signed."""
        body = etree.Element(f"{{{SOAP}}}Body")
        if identifier is not None:
            body.set(ID, identifier)
        body.append(self.forged())
        return body


@dataclass(frozen=True)
class Attack:
    """One forgery by name. `expected`: HTTP status and reason of the problem to which it must lead.

    `fools`: a careless verifier, which registers every id and takes what XML Signature allows, accepts it.
    `about_number`: only where a number is asked about.
    """

    name: str
    expected: tuple[int, str]
    write: Callable[[Hand], bytes] = field(repr=False)
    fools: bool = False
    about_number: bool = False
