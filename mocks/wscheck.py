"""Checking the security header of a question, each rule of the contract by itself, with a precise reason.

What is verified is what is read: the references are tied to *the* Body, Timestamp and MessageID at their
places before the cryptography runs, every id is unique in the document, and only those nodes can be found by
id. The key is that of a certificate known beforehand; the one in the message only says which.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from mocks.soap import (
    BASE64,
    DS,
    ECDSA_SHA256,
    EXC_C14N,
    ID,
    RSA_SHA256,
    SHA256,
    SOAP,
    WSA,
    WSSE,
    WSU,
    X509V3,
    Envelope,
    insecure,
)

LONGEST_LIFE = timedelta(minutes=5)
CLOCK_DIFFERENCE = timedelta(seconds=60)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_ID_NAMES = (ID, "Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id", "AssertionID")


def check(message: Envelope, known: Sequence[x509.Certificate], now: datetime) -> None:
    """Return if the message is signed as the contract wants, by one of `known`, and fresh. Raises Refusal.

    1. One security header, marked mustUnderstand.   2. Its token is a certificate that is known and valid.
    3. Its Timestamp is in order and holds now.      4. No id stands twice.
    5. One Signature, with the allowed algorithms.   6. It covers Body, Timestamp and MessageID.
    7. It is right, by the key of the known certificate.
    """
    security = security_header(message.header)  # (1)
    token = only(security, WSSE, "BinarySecurityToken")
    certificate = _certificate(token, known, now)  # (2)
    stamp = only(security, WSU, "Timestamp")
    fresh(stamp, now)  # (3)
    _unique_ids(message.root)  # (4)
    signature = only(security, DS, "Signature")
    if len(list(message.root.iter(f"{{{DS}}}Signature"))) != 1:
        raise insecure("InvalidSecurity", "There is a Signature outside the security header")
    info = only(signature, DS, "SignedInfo")
    _algorithms(info, certificate)  # (5)
    _points_to(signature, token)
    parts = {
        "Body": message.body,
        "Timestamp": stamp,
        "MessageID": only(message.header, WSA, "MessageID"),
    }
    signed = _references(info, message, security, parts)  # (6)
    _verify(signature, signed, certificate)  # (7)


def only(parent: etree._Element, namespace: str, name: str) -> etree._Element:
    """The one child of that name. Raises Refusal for none or several."""
    found = parent.findall(f"{{{namespace}}}{name}")
    if len(found) != 1:
        where = etree.QName(parent).localname
        raise insecure("InvalidSecurity", f"{where} has {len(found)} {name}, there must be exactly one")
    return found[0]


def security_header(header: etree._Element) -> etree._Element:
    """The one security header, which has to be understood. Raises Refusal."""
    security = only(header, WSSE, "Security")
    if security.get(f"{{{SOAP}}}mustUnderstand") != "1":
        raise insecure("InvalidSecurity", "Security is not marked soapenv:mustUnderstand=1")
    return security


def _certificate(token: etree._Element, known: Sequence[x509.Certificate], now: datetime) -> x509.Certificate:
    if token.get("ValueType") != X509V3 or token.get("EncodingType") != BASE64:
        raise insecure("InvalidSecurity", "BinarySecurityToken is not marked as X509v3 in Base64Binary")
    try:
        der = base64.b64decode("".join((token.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise insecure("InvalidSecurity", "BinarySecurityToken is not base64") from None
    for certificate in known:
        if certificate.public_bytes(serialization.Encoding.DER) == der:
            if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
                raise insecure("FailedAuthentication", "The certificate is not valid at this time")
            return certificate
    raise insecure("FailedAuthentication", "The certificate in BinarySecurityToken is not one known here")


def fresh(stamp: etree._Element, now: datetime) -> None:
    """Return for a Timestamp that holds now and for LONGEST_LIFE at most. Raises Refusal."""
    created, expires = moment(stamp, "Created"), moment(stamp, "Expires")
    if not timedelta(0) < expires - created <= LONGEST_LIFE:
        raise insecure("InvalidSecurity", "Timestamp does not end after it begins and within five minutes")
    if now > expires + CLOCK_DIFFERENCE:
        raise insecure("MessageExpired", "Timestamp has expired")
    if now < created - CLOCK_DIFFERENCE:
        raise insecure("MessageExpired", "Timestamp begins in the future")


def moment(parent: etree._Element, name: str) -> datetime:
    """The time, to the second, in the one child of that name. Raises Refusal."""
    text = only(parent, WSU, name).text or ""
    where = etree.QName(parent).localname
    if not _TIME.fullmatch(text):
        raise insecure("InvalidSecurity", f"{where}/{name} is not a time in UTC that ends in Z")
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        raise insecure("InvalidSecurity", f"{where}/{name} does not exist") from None


def _unique_ids(root: etree._Element) -> None:
    ids = Counter(
        node.get(name) for node in root.iter("*") for name in _ID_NAMES if node.get(name) is not None
    )
    if any(times > 1 for times in ids.values()):
        raise insecure("InvalidSecurity", "An id stands more than once in the message")


def _algorithms(info: etree._Element, certificate: x509.Certificate) -> None:
    """Canonical form and signature method: the allowed ones, and the one that fits the key."""
    method = only(info, DS, "CanonicalizationMethod")
    if method.get("Algorithm") != EXC_C14N or len(method):
        raise insecure("FailedCheck", "CanonicalizationMethod is not exclusive without prefix list")
    key = certificate.public_key()
    allowed = ECDSA_SHA256 if isinstance(key, ec.EllipticCurvePublicKey) else RSA_SHA256
    if only(info, DS, "SignatureMethod").get("Algorithm") != allowed:
        raise insecure("FailedCheck", f"SignatureMethod is not {allowed.rpartition('#')[2]}")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048:
        raise insecure("FailedCheck", "The key has less than 2048 bits")


def _points_to(signature: etree._Element, token: etree._Element) -> None:
    key_info = only(signature, DS, "KeyInfo")
    reference = only(only(key_info, WSSE, "SecurityTokenReference"), WSSE, "Reference")
    if not token.get(ID) or reference.get("URI") != f"#{token.get(ID)}":
        raise insecure("InvalidSecurity", "KeyInfo does not refer to the BinarySecurityToken")


def _references(
    info: etree._Element,
    message: Envelope,
    security: etree._Element,
    parts: Mapping[str, etree._Element],
) -> list[etree._Element]:
    """The nodes that are signed. Each required part is among them; the others are whole header blocks."""
    allowed = {
        node.get(ID): node for node in (message.body, *message.header, *security) if isinstance(node.tag, str)
    }
    signed = [_referred(reference, allowed) for reference in info.findall(f"{{{DS}}}Reference")]
    for name, part in parts.items():
        if not any(node is part for node in signed):
            raise insecure("FailedCheck", f"{name} is not signed")
    return signed


def _referred(reference: etree._Element, allowed: Mapping[str | None, etree._Element]) -> etree._Element:
    """The node that a Reference names, if form and algorithms are the allowed ones."""
    target = (reference.get("URI") or "").removeprefix("#")
    if not target or target not in allowed or reference.get("URI") != f"#{target}":
        raise insecure("FailedCheck", "A Reference names neither the Body nor a header block by its wsu:Id")
    transforms = list(only(reference, DS, "Transforms"))
    if len(transforms) != 1 or transforms[0].get("Algorithm") != EXC_C14N or len(transforms[0]):
        raise insecure("FailedCheck", "The only transform must be exclusive canonical form, no prefix list")
    if only(reference, DS, "DigestMethod").get("Algorithm") != SHA256:
        raise insecure("FailedCheck", "DigestMethod is not sha256")
    return allowed[target]


def _verify(
    signature: etree._Element, signed: Sequence[etree._Element], certificate: x509.Certificate
) -> None:
    context = xmlsec.SignatureContext()
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
    for node in signed:
        context.register_id(node, "Id", WSU)
    try:
        context.verify(signature)
    except xmlsec.Error:
        raise insecure("FailedCheck", "The signature or a digest does not match the message") from None
