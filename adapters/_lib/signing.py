"""Signed SOAP envelopes: one is written for each question, and an answer is read only where it is signed.

Why this is our own code on xmlsec: docs/decisions/0004-what-was-signed-is-what-is-read.md.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any

import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from lxml import etree

from adapters._lib.keys import ExpectedSigner, SigningKey
from adapters._lib.names import (
    BASE64,
    DS,
    ECDSA_SHA256,
    EXCLUSIVE,
    RSA_SHA256,
    SHA256,
    SIGNATURES,
    SOAP,
    WSA,
    WSSE,
    WSU,
    X509_TOKEN,
    q,
)
from adapters._lib.shape import NotSigned, Reference, Shape, read_signature
from adapters._lib.xml import XmlRefused, canonical, parse, parse_own, text_of
from fidus.errors import SourceAnswerInvalid, SourceSignatureInvalid

LIFE = timedelta(minutes=5)  # how long our messages are good for, and how old an answer may be
SKEW = timedelta(seconds=60)  # how far the clock of a source may be ahead of ours

_BODY = "Body"
_TIMESTAMP = "Timestamp"
_MESSAGE_ID = "MessageID"
_RELATES_TO = "RelatesTo"
_ENVELOPE, _SECURITY, _SIGNATURE = q(SOAP, "Envelope"), q(WSSE, "Security"), q(DS, "Signature")
_ID = q(WSU, "Id")
_PLAIN_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")  # never an XPointer
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,6})?\d*Z")
# Whatever any reader might take for an id: wsu:Id, Id, ID, id, xml:id. A list of strings.
_ALL_IDS: Any = etree.XPath(
    "descendant-or-self::*/@*[translate(local-name(), 'ID', 'id') = 'id']", smart_strings=False
)


def sign_envelope(
    content: bytes, *, key: SigningKey, message_id: str, now: datetime, life: timedelta = LIFE
) -> bytes:
    """A SOAP 1.1 envelope in UTF-8 around `content` (one element, well-formed, with its namespaces).

    Signed are Body, Timestamp and MessageID: exclusive canonical form, SHA-256, RSA or ECDSA as the key is.
    `message_id`: an absolute URI without characters that XML would escape, such as `urn:uuid:…`.
    """
    created, expires = _instant(now), _instant(now + life)
    # Each part is written in its canonical form, which stays the same wherever it stands.
    parts = {
        _BODY: canonical(
            etree.fromstring(
                b'<soap:Body xmlns:soap="%b" xmlns:wsu="%b" wsu:Id="%b">%b</soap:Body>'
                % (SOAP.encode(), WSU.encode(), _BODY.encode(), content)
            )
        ).decode(),
        _TIMESTAMP: f'<wsu:Timestamp xmlns:wsu="{WSU}" wsu:Id="{_TIMESTAMP}">'
        f"<wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>",
        _MESSAGE_ID: f'<wsa:MessageID xmlns:wsa="{WSA}" xmlns:wsu="{WSU}" wsu:Id="{_MESSAGE_ID}">'
        f"{message_id}</wsa:MessageID>",
    }
    info = _signed_info(parts, RSA_SHA256 if key.kind == "rsa" else ECDSA_SHA256)
    signature = b64encode(_signature(key, info.encode())).decode()
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Header>{parts[_MESSAGE_ID]}'
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" soap:mustUnderstand="1">'
        f'<wsse:BinarySecurityToken EncodingType="{BASE64}" ValueType="{X509_TOKEN}" wsu:Id="Token">'
        f"{key.certificate}</wsse:BinarySecurityToken>{parts[_TIMESTAMP]}"
        f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{signature}</ds:SignatureValue><ds:KeyInfo>'
        f'<wsse:SecurityTokenReference><wsse:Reference URI="#Token" ValueType="{X509_TOKEN}"/>'
        "</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security></soap:Header>"
        f"{parts[_BODY]}</soap:Envelope>"
    ).encode()


def _signed_info(parts: dict[str, str], algorithm: str) -> str:
    """SignedInfo over the parts by id, in its canonical form."""
    references = "".join(
        f'<ds:Reference URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform>'
        f'</ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>'
        f"{b64encode(hashlib.sha256(part.encode()).digest()).decode()}</ds:DigestValue></ds:Reference>"
        for name, part in parts.items()
    )
    return (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}">'
        f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>'
        f"{references}</ds:SignedInfo>"
    )


def _signature(key: SigningKey, signed: bytes) -> bytes:
    """RSA: PKCS #1 v1.5. ECDSA: r and s side by side, as long as the curve (XML Signature 1.1 §6.4.3)."""
    if not isinstance(key.private, ec.EllipticCurvePrivateKey):
        return key.private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    r, s = utils.decode_dss_signature(key.private.sign(signed, ec.ECDSA(hashes.SHA256())))
    size = (key.private.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def verify_envelope(
    raw: bytes, *, signer: ExpectedSigner, relates_to: str, now: datetime, max_age: timedelta = LIFE
) -> etree._Element:
    """The Body of a signed answer to the request `relates_to`, parsed from the very bytes that were digested;
    around it there is nothing but what was signed with it.

    1. The bytes are plain, small, flat XML.                           SourceAnswerInvalid
    2. They are a SOAP 1.1 envelope.                                   SourceAnswerInvalid
    3. It has one Header and one Body; one Security there holds one Signature, and there is none elsewhere.
                                                                       SourceSignatureInvalid
    4. Body, Timestamp, MessageID and RelatesTo stand once each at their fixed paths, each under an id that
       no other attribute of the document has.                        SourceSignatureInvalid
    5. The Signature has the one shape and the few algorithms taken, and refers to exactly these four. (same)
    6. Each part, in its canonical form, has the digest that SignedInfo says. (same)
    7. These bytes and the Signature become a document of their own. From here on only that is looked at.
    8. xmlsec verifies it with a configured key; only the four are registered as ids. (same)
    9. The Timestamp is not from the future, not over and not older than `max_age`.   SourceAnswerInvalid
    10. RelatesTo names this request.                                  SourceAnswerInvalid
    """
    try:
        return _verified(raw, signer, relates_to, now, max_age)
    except XmlRefused as refused:
        cause = str(refused)
    except NotSigned as refused:
        raise SourceSignatureInvalid(signer.source, str(refused)) from None
    raise SourceAnswerInvalid(signer.source, cause)


def _verified(
    raw: bytes, signer: ExpectedSigner, relates_to: str, now: datetime, max_age: timedelta
) -> etree._Element:
    root = parse(raw)  # (1)
    if root.tag != _ENVELOPE:  # (2)
        raise XmlRefused("the answer is not a SOAP 1.1 envelope")
    parts, signature = _parts(root)  # (3), (4)
    ids = _ids(root, parts)
    shape = read_signature(signature)  # (5)
    if shape.references.keys() != set(ids):
        raise NotSigned("the signature does not cover exactly what must be signed")
    digested = [_digested(part, shape.references[name]) for name, part in zip(ids, parts, strict=True)]  # (6)
    alone, *told = parse_own(_only_what_is_signed(signature, shape, digested))  # (7)
    _check_signature(alone, shape, told, signer, now)  # (8)
    body, timestamp, _, relation = told
    _check_fresh(timestamp, now, max_age)  # (9)
    if text_of(relation) != relates_to:  # (10)
        raise XmlRefused("the answer is to another request")
    return body


def _parts(root: etree._Element) -> tuple[list[etree._Element], etree._Element]:
    """Body, Timestamp, MessageID and RelatesTo, and the Signature, each at its one fixed path."""
    if [child.tag for child in root] != [q(SOAP, "Header"), q(SOAP, "Body")]:
        raise NotSigned("the envelope is not one Header and one Body")
    header, body = root
    security = _only(header, _SECURITY)
    signature = _only(security, _SIGNATURE)
    for element in (security, signature):
        if len(list(root.iter(element.tag))) != 1:
            raise NotSigned("there is a second signature or security header")
    timestamp = _only(security, q(WSU, _TIMESTAMP))
    return [
        body,
        timestamp,
        _only(header, q(WSA, _MESSAGE_ID)),
        _only(header, q(WSA, _RELATES_TO)),
    ], signature


def _only(parent: etree._Element, tag: str) -> etree._Element:
    found = list(parent.iterchildren(tag))
    if len(found) != 1:
        raise NotSigned("a part that must be signed, or its signature, is missing or there twice")
    return found[0]


def _ids(root: etree._Element, parts: list[etree._Element]) -> list[str]:
    """The wsu:Id of each part. Every id of the document is counted, whichever attribute a reader may take."""
    all_ids = _ALL_IDS(root)
    ids = [part.get(_ID, "") for part in parts]
    if any(all_ids.count(identifier) != 1 or not _PLAIN_ID.fullmatch(identifier) for identifier in ids):
        raise NotSigned("a part that must be signed has no id of its own")
    return ids


def _digested(part: etree._Element, reference: Reference) -> bytes:
    """The bytes whose digest was signed."""
    written = canonical(part, reference.inclusive)
    if not compare_digest(hashlib.new(reference.digest, written).digest(), reference.value):
        raise NotSigned("a part is not what was signed")
    return written


def _only_what_is_signed(signature: etree._Element, shape: Shape, digested: list[bytes]) -> bytes:
    """A document of the signature and of what it covers, and of nothing else of the message.

    No prefix is declared around the parts, and around SignedInfo one that no PrefixList names, so none comes
    into scope that was not: each is canonicalised to the same bytes here as there. KeyInfo stays behind.
    """
    info, value = signature[0], signature[1]
    return b'<signed><alone:Signature xmlns:alone="%b">%b%b</alone:Signature>%b</signed>' % (
        DS.encode(),
        canonical(info, shape.inclusive),
        canonical(value),
        b"".join(digested),
    )


def _check_signature(
    signature: etree._Element,
    shape: Shape,
    parts: list[etree._Element],
    signer: ExpectedSigner,
    now: datetime,
) -> None:
    for trusted in signer.candidates(SIGNATURES[shape.algorithm], now):
        context = xmlsec.SignatureContext()
        context.key = trusted.key
        for part in parts:
            context.register_id(part, "Id", WSU)
        try:
            context.verify(signature)
        except xmlsec.Error:
            continue
        return
    raise NotSigned("the signature is not one that a configured key made")


def _check_fresh(timestamp: etree._Element, now: datetime, max_age: timedelta) -> None:
    if [child.tag for child in timestamp] != [q(WSU, "Created"), q(WSU, "Expires")]:
        raise XmlRefused("the timestamp of the answer does not say from when until when")
    created, expires = (_moment(text_of(child)) for child in timestamp)
    if created > now + SKEW:
        raise XmlRefused("the answer is from the future")
    if now > expires or now - created > max_age:
        raise XmlRefused("the answer has expired")


def _moment(text: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    try:
        return datetime.fromisoformat(f"{match[1]}{match[2] or ''}+00:00") if match else _unreadable()
    except ValueError:
        return _unreadable()


def _unreadable() -> datetime:
    raise XmlRefused("the timestamp of the answer is not a moment in UTC")
