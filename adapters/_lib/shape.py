"""The one shape of an XML Signature that is taken; everything else the standard allows is refused.

XML Signature is a language: transforms run programs, references fetch, manifests nest. Nothing of that is
needed to sign four elements, so nothing of it reaches xmlsec.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass

from lxml import etree

from adapters._lib.names import DIGESTS, DS, EXCLUSIVE, SIGNATURES, q

_SIGNATURE = [q(DS, "SignedInfo"), q(DS, "SignatureValue")]
_SIGNED_INFO = [q(DS, "CanonicalizationMethod"), q(DS, "SignatureMethod")]  # then the references
_REFERENCE, _TRANSFORM = q(DS, "Reference"), q(DS, "Transform")
_OF_REFERENCE = [q(DS, "Transforms"), q(DS, "DigestMethod"), q(DS, "DigestValue")]
_INCLUSIVE = q(EXCLUSIVE, "InclusiveNamespaces")
MAX_PREFIXES = 64  # of one PrefixList: each is looked for at each element that is canonicalised


class NotSigned(ValueError):
    """Not signed as it must be. The text is a fixed phrase and never quotes the document."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What SignedInfo says of one part. `digest`: name in hashlib. `inclusive`: the PrefixList."""

    digest: str
    value: bytes
    inclusive: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A Signature as it was read, nothing verified. `references` by id, in order. `inclusive`: the PrefixList
    with which SignedInfo itself is canonicalised."""

    algorithm: str
    references: dict[str, Reference]
    inclusive: tuple[str, ...]


def read_signature(signature: etree._Element) -> Shape:
    """SignedInfo, SignatureValue and at most one KeyInfo, which is not read: exclusive canonical form without
    comments, SHA-256 or longer, RSA or ECDSA; each reference a plain `#id` with that one transform.
    Raises NotSigned.
    """
    tags = [child.tag for child in signature]
    if tags != _SIGNATURE and tags != [*_SIGNATURE, q(DS, "KeyInfo")]:
        raise NotSigned("the signature has parts that are not taken")
    info = list(signature[0])
    if [child.tag for child in info[:2]] != _SIGNED_INFO:
        raise NotSigned("the signature has parts that are not taken")
    inclusive = _exclusive(info[0])
    algorithm = _algorithm(info[1])
    if algorithm not in SIGNATURES or len(info[1]):
        raise NotSigned("the signature algorithm is not one that is taken")
    references: dict[str, Reference] = {}
    for element in info[2:]:
        identifier, reference = _reference(element)
        if identifier in references:
            raise NotSigned("the signature refers to a part twice")
        references[identifier] = reference
    return Shape(algorithm, references, inclusive)


def _reference(element: etree._Element) -> tuple[str, Reference]:
    children = list(element)
    if element.tag != _REFERENCE or [child.tag for child in children] != _OF_REFERENCE:
        raise NotSigned("the signature has parts that are not taken")
    uri = element.get("URI", "")
    if element.keys() != ["URI"] or not uri.startswith("#"):
        raise NotSigned("a reference of the signature is not to an id of this document")
    transforms, method, value = children
    if len(transforms) != 1 or transforms[0].tag != _TRANSFORM:
        raise NotSigned("a reference of the signature has transforms that are not taken")
    digest = DIGESTS.get(_algorithm(method))
    if digest is None or len(method):
        raise NotSigned("the digest algorithm is not one that is taken")
    return uri[1:], Reference(digest, _decoded(value), _exclusive(transforms[0]))


def _exclusive(element: etree._Element) -> tuple[str, ...]:
    """The PrefixList of an exclusive canonicalisation, and nothing but such a one."""
    children = list(element) if len(element) else ()
    if _algorithm(element) != EXCLUSIVE or [child.tag for child in children] not in ([], [_INCLUSIVE]):
        raise NotSigned("a canonicalisation or transform of the signature is not one that is taken")
    prefixes = tuple(children[0].get("PrefixList", "").split()) if children else ()
    if len(prefixes) > MAX_PREFIXES:
        raise NotSigned("a canonicalisation of the signature lists too many prefixes")
    return prefixes


def _algorithm(element: etree._Element) -> str:
    return element.get("Algorithm", "")


def _decoded(element: etree._Element) -> bytes:
    try:
        return b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("a digest of the signature is not base64") from None
