"""Signatures by algorithms, transforms and references that XML Signature allows and nobody needs."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from mocks.soap import DS, EXC_C14N, ID, RSA_SHA256, SHA256
from tests.attacks.letter import (
    ALL,
    PARTS,
    PLAIN,
    Attack,
    Hand,
    Letter,
    Reference,
    Signing,
    canonical,
    only,
    rsa_value,
    signature,
)
from tests.misbehaving import SIGNATURE

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_XSL = "http://www.w3.org/1999/XSL/Transform"
_COPY = (
    f'<xsl:stylesheet version="1.0" xmlns:xsl="{_XSL}"><xsl:template match="@*|node()"><xsl:copy>'
    '<xsl:apply-templates select="@*|node()"/></xsl:copy></xsl:template></xsl:stylesheet>'
)
_MANY = " ".join(f"p{number}" for number in range(20_000))
How = Callable[[Hand], Signing]


def _by(how: How) -> Callable[[Hand], bytes]:
    """An honest letter, signed so."""
    return lambda hand: hand.letter().sign(hand.signer, how(hand)).written()


def _covering(*references: Reference) -> How:
    return lambda _: Signing(references)


def _method(algorithm: str, more: str = "") -> str:
    return f'<ds:SignatureMethod Algorithm="{algorithm}">{more}</ds:SignatureMethod>'


def _transform(algorithm: str, more: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{more}</ds:Transform>'


def _xpath(text: str) -> str:
    return _transform("http://www.w3.org/TR/1999/REC-xpath-19991116", f"<ds:XPath>{text}</ds:XPath>")


def _rsa(algorithm: str, digest: hashes.HashAlgorithm) -> How:
    return lambda hand: Signing(method=_method(algorithm), value=rsa_value(hand.signer, digest))


def _hmac(form: tuple[Encoding, PublicFormat], bits: int | None = None) -> How:
    """What everybody knows, the public key, taken as a shared secret."""

    def how(hand: Hand) -> Signing:
        secret = hand.signer.key.public_key().public_bytes(*form)
        size = None if bits is None else bits // 8
        length = "" if bits is None else f"<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>"
        return Signing(
            method=_method(f"{_MORE}hmac-sha256", length),
            value=lambda signed: hmac.digest(secret, signed, "sha256")[:size],
        )

    return how


def _pss(hand: Hand) -> Signing:
    key = hand.signer.key
    assert isinstance(key, rsa.RSAPrivateKey)
    salt = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return Signing(
        method=_method("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
        value=lambda signed: key.sign(signed, salt, hashes.SHA256()),
    )


def _algorithms() -> Iterator[tuple[str, How, bool]]:
    yield "sha-1-digests", lambda _: Signing(only(digest="http://www.w3.org/2000/09/xmldsig#sha1")), True
    yield "md5-digests", lambda _: Signing(only(digest=f"{_MORE}md5")), True
    yield "sha-224-digests", lambda _: Signing(only(digest=f"{_MORE}sha224")), True
    yield (
        "sha-1-digest-of-the-body-alone",
        lambda _: Signing((Reference(digest="http://www.w3.org/2000/09/xmldsig#sha1"), *ALL[1:])),
        True,
    )
    yield "sha-1-signature", _rsa("http://www.w3.org/2000/09/xmldsig#rsa-sha1", hashes.SHA1()), True
    yield "md5-signature", _rsa(f"{_MORE}rsa-md5", hashes.MD5()), True
    yield "sha-224-signature", _rsa(f"{_MORE}rsa-sha224", hashes.SHA224()), True
    yield "signature-named-longer-than-it-is", _rsa(f"{_MORE}rsa-sha512", hashes.SHA256()), False
    yield "rsa-pss-signature-that-was-not-agreed-on", _pss, True
    pem = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    yield "hmac-keyed-with-the-public-key-in-pem", _hmac(pem), False
    yield "hmac-keyed-with-the-public-key-in-der", _hmac((Encoding.DER, pem[1])), False
    yield "hmac-of-one-byte", _hmac(pem, 8), False
    yield "hmac-of-no-length", _hmac(pem, 0), False
    yield "signature-method-none", lambda _: Signing(method=_method("none"), value=lambda _: b""), False
    yield "no-signature-value", lambda _: Signing(value=lambda _: b""), False
    yield "signature-value-of-zeros", lambda _: Signing(value=lambda _: bytes(256)), False
    yield "signature-value-that-is-one", lambda _: Signing(value=lambda _: bytes(255) + b"\1"), False
    yield "ecdsa-named-over-an-rsa-value", lambda _: Signing(method=_method(f"{_MORE}ecdsa-sha256")), False


def _forms() -> Iterator[tuple[str, How, bool]]:
    def whole(algorithm: str, **form: bool) -> How:
        return lambda _: Signing(
            c14n=f'<ds:CanonicalizationMethod Algorithm="{algorithm}"/>',
            canonical=lambda node: canonical(node, **form),
        )

    yield "signed-info-in-inclusive-form", whole(_C14N, exclusive=False), False
    yield "signed-info-in-a-form-with-comments", whole(f"{EXC_C14N}WithComments", comments=True), True
    yield "signed-info-in-an-unknown-form", whole("urn:example:form"), False

    def parts(algorithm: str, **form: bool) -> How:
        def of(part: str) -> Callable[[Letter], bytes]:
            return lambda letter: canonical(letter.part(part), **form)

        chain = _transform(algorithm)
        return _covering(*(Reference(part, transforms=chain, digested=of(part)) for part in PARTS))

    yield "parts-in-inclusive-form", parts(_C14N, exclusive=False), True
    yield "parts-in-a-form-with-comments", parts(f"{EXC_C14N}WithComments", comments=True), True


def _transforms() -> Iterator[tuple[str, How, bool]]:
    chains = {
        "an-xpath-filter-that-keeps-all": (_xpath("true()") + PLAIN, True),
        "an-enveloped-signature-transform": (_transform(_ENVELOPED) + PLAIN, True),
        "an-xslt-transform": (
            _transform("http://www.w3.org/TR/1999/REC-xslt-19991116", _COPY) + PLAIN,
            True,
        ),
        "a-base64-transform": (_transform("http://www.w3.org/2000/09/xmldsig#base64"), False),
        "a-token-transform": (
            _transform(
                "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
            ),
            False,
        ),
        "an-unknown-transform": (_transform("urn:example:transform"), False),
        "the-same-transform-twice": (PLAIN + PLAIN, True),
        "a-transform-without-name": ("<ds:Transform/>", False),
        "no-transform": ("", False),
        "a-transform-with-a-program-inside": (_transform(EXC_C14N, _COPY), False),
        "two-thousand-transforms": (PLAIN * 2_000, True),
        "twenty-thousand-listed-prefixes": (
            _transform(EXC_C14N, f'<l:InclusiveNamespaces xmlns:l="{EXC_C14N}" PrefixList="{_MANY}"/>'),
            True,
        ),
    }
    for name, (chain, fools) in chains.items():
        yield name, _covering(*only(transforms=chain)), fools

    def hides(letter: Letter) -> bytes:
        body = deepcopy(letter.body)
        for child in body:
            body.remove(child)
        return canonical(body)

    hidden = Reference(
        transforms=_xpath("not(ancestor-or-self::*[parent::*[local-name()='Body']])") + PLAIN, digested=hides
    )
    yield "an-xpath-filter-that-leaves-the-content-out", lambda _: Signing((hidden, *ALL[1:])), True


def _references() -> Iterator[tuple[str, How, bool]]:
    for part in PARTS:
        left = tuple(one for one in ALL if one.part != part)
        yield f"no-reference-to-the-{part.lower()}", _covering(*left), True
    yield "no-reference-at-all", lambda _: Signing(()), False
    yield "the-same-reference-twice", lambda _: Signing((*ALL, ALL[0])), True
    yield "three-hundred-references-to-the-body", lambda _: Signing((*ALL, *(ALL[0],) * 300)), True
    yield "a-reference-without-uri", lambda _: Signing((*ALL[1:], Reference(uri=None))), False
    yield "a-reference-with-an-id-of-its-own", lambda _: Signing((Reference(more=' Id="r"'), *ALL[1:])), True
    kind = f' Type="{DS}Manifest"'
    yield "a-reference-that-says-it-is-a-manifest", lambda _: Signing((Reference(more=kind), *ALL[1:])), True
    pointer = "#xpointer(id('the-Body'))"
    yield "a-reference-by-xpointer", lambda _: Signing((Reference(uri=pointer), *ALL[1:])), True
    yield "a-reference-to-a-prefix-of-an-id", lambda _: Signing((Reference(uri="#the-Bod"), *ALL[1:])), False


def _elsewhere() -> Iterator[Attack]:
    """What is digested lies outside of the message."""
    file = Path(__file__)

    def outside(uri: str) -> Callable[[Hand], bytes]:
        reference = Reference(uri=uri, transforms="", digested=lambda _: file.read_bytes())
        return _by(lambda _: Signing((reference, *ALL[1:])))

    yield Attack("a-reference-to-a-file", SIGNATURE, outside(file.as_uri()), fools=True)
    yield Attack("a-reference-to-a-web-address", SIGNATURE, outside("http://127.9.9.9:41909/x"))
    yield Attack("a-reference-to-a-web-address-over-tls", SIGNATURE, outside("https://127.9.9.9:41909/x"))
    yield Attack("a-reference-to-an-attachment", SIGNATURE, outside("cid:attachment"))

    yield Attack("a-reference-to-the-whole-document", SIGNATURE, _whole, fools=True)
    yield Attack("a-manifest-that-lists-the-parts", SIGNATURE, _manifest, fools=True)


_ID = f'xmlns:wsu="{ID[1:].partition("}")[0]}" wsu:Id'


def _whole(hand: Hand) -> bytes:
    """One enveloped signature over the whole document, as a SAML one would be."""
    letter = hand.letter()
    reference = Reference(
        uri="", transforms=_transform(_ENVELOPED) + PLAIN, digested=lambda one: canonical(one.root)
    )
    signed = signature(letter, hand.signer, Signing((reference,)))
    letter.security.append(signed)
    return letter.written()


def _manifest(hand: Hand) -> bytes:
    """SignedInfo refers to a list that refers to the parts, and digests nothing of them itself."""
    letter = hand.letter()
    listed = "".join(one.written(letter) for one in only(digested=lambda _: b"never checked"))
    made = etree.fromstring(f'<ds:Manifest xmlns:ds="{DS}" {_ID}="m">{listed}</ds:Manifest>')
    value = b64encode(hashlib.sha256(canonical(made)).digest()).decode()
    info = (
        f'<ds:Reference URI="#m" Type="{DS}Manifest"><ds:Transforms>{PLAIN}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{value}</ds:DigestValue></ds:Reference>'
    )
    how = Signing((), method=_method(RSA_SHA256) + info, more="<ds:Object/>")
    node = signature(letter, hand.signer, how)
    node[-1].append(made)
    letter.security.append(node)
    return letter.written()


ALGORITHMS = (
    *(
        Attack(name, SIGNATURE, _by(how), fools)
        for table in (_algorithms, _forms, _transforms, _references)
        for name, how, fools in table()
    ),
    *_elsewhere(),
)
