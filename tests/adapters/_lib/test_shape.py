"""Signatures of another shape, by weaker means, or by somebody else."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
import xmlsec
from lxml import etree
from xmlsec import constants

from adapters._lib.keys import ExpectedSigner
from fidus.errors import SourceSignatureInvalid


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"digest": constants.TransformSha1}, id="digest-sha1"),
        pytest.param({"method": constants.TransformRsaSha1}, id="rsa-sha1"),
        pytest.param({"c14n": constants.TransformExclC14NWithComments}, id="c14n-with-comments"),
        pytest.param({"c14n": constants.TransformInclC14N}, id="inclusive-c14n"),
        pytest.param({"transform": constants.TransformExclC14NWithComments}, id="transform-with-comments"),
        pytest.param({"transform": constants.TransformInclC14N}, id="inclusive-transform"),
        pytest.param({"transform": constants.TransformEnveloped}, id="enveloped"),
    ],
)
def test_other_algorithms_are_refused_though_the_signature_is_good(
    forge: Any, changes: dict[str, Any]
) -> None:
    with pytest.raises(SourceSignatureInvalid, match="not one that is taken"):
        forge.verify(forge.sign(forge.unsigned(), **changes))


def test_a_secret_made_of_the_public_certificate_signs_nothing(forge: Any, certificates: Any) -> None:
    root = forge.sign(forge.unsigned())
    method = root.find(".//ds:SignatureMethod", forge.NS)
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(
        constants.KeyDataHmac, certificates.get("source").certificate.read_bytes()
    )
    for part, name in (("soap:Body", 0), ("wsu:Timestamp", 0), ("wsa:MessageID", 0), ("wsa:RelatesTo", 0)):
        context.register_id(root.findall(f".//{part}", forge.NS)[name], "Id", forge.WSU)
    context.sign(root.find(".//ds:Signature", forge.NS))
    with pytest.raises(SourceSignatureInvalid, match="signature algorithm"):
        forge.verify(root)


def altered(forge: Any, path: str, alter: Any) -> bytes:
    root = forge.sign(forge.unsigned())
    alter(root.find(f".//ds:Signature/{path}", forge.NS))
    return etree.tostring(root)


def child(namespace: str, name: str, **attributes: str) -> Any:
    return lambda element: etree.SubElement(element, f"{{{namespace}}}{name}", attributes)


def attribute(name: str, value: str) -> Any:
    return lambda element: element.set(name, value)


def text(value: str) -> Any:
    return lambda element: setattr(element, "text", value)


def removed() -> Any:
    return lambda element: element.getparent().remove(element)


def doubled() -> Any:
    return lambda element: element.addnext(deepcopy(element))


DSIG = "http://www.w3.org/2000/09/xmldsig#"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FIRST = "ds:SignedInfo/ds:Reference"

# What each is refused for: whoever loosens one rule shall not be caught by the next by chance.
PARTS = "parts that are not taken"
KEY = "not one that a configured key made"
OTHER = "a part is not what was signed"
METHOD = "signature algorithm is not"
CANON = "canonicalisation or transform"
TWICE = "refers to a part twice"
HERE = "not to an id of this document"
COVER = "exactly what must be signed"
TRANS = "has transforms"
DIGEST = "digest algorithm is not"
BASE = "is not base64"


@pytest.mark.parametrize(
    ("path", "alter", "phrase"),
    [
        pytest.param(".", child(DSIG, "Object"), PARTS, id="object"),
        pytest.param(".", child("urn:other", "more"), PARTS, id="foreign-child"),
        pytest.param("ds:SignatureValue", removed(), PARTS, id="no-value"),
        pytest.param("ds:SignatureValue", text("AAAA"), KEY, id="another-value"),
        pytest.param("ds:SignatureValue", text("*"), KEY, id="value-not-base64"),
        pytest.param("ds:SignedInfo", child(DSIG, "Manifest"), PARTS, id="manifest"),
        pytest.param("ds:SignedInfo/ds:SignatureMethod", removed(), PARTS, id="no-method"),
        pytest.param("ds:SignedInfo/ds:CanonicalizationMethod", removed(), PARTS, id="no-canonical-form"),
        pytest.param(
            "ds:SignedInfo/ds:SignatureMethod", child(DSIG, "HMACOutputLength"), METHOD, id="output-length"
        ),
        pytest.param(
            "ds:SignedInfo/ds:SignatureMethod", attribute("Algorithm", ""), METHOD, id="no-algorithm"
        ),
        pytest.param(
            "ds:SignedInfo/ds:CanonicalizationMethod", child("urn:o", "o"), CANON, id="canonical-child"
        ),
        pytest.param(FIRST, doubled(), TWICE, id="reference-twice"),
        pytest.param(FIRST, attribute("URI", "http://127.0.0.1/part"), HERE, id="external"),
        pytest.param(FIRST, attribute("URI", "file:///etc/hostname"), HERE, id="file"),
        pytest.param(FIRST, attribute("URI", ""), HERE, id="whole-document"),
        pytest.param(FIRST, attribute("URI", "#xpointer(id('body-1'))"), COVER, id="xpointer"),
        pytest.param(FIRST, attribute("URI", "#body-2"), COVER, id="to-nothing"),
        pytest.param(FIRST, attribute("Type", f"{DSIG}Manifest"), HERE, id="typed-reference"),
        pytest.param(FIRST, child("urn:o", "o"), PARTS, id="reference-child"),
        pytest.param(f"{FIRST}/ds:Transforms", removed(), PARTS, id="no-transforms"),
        pytest.param(f"{FIRST}/ds:Transforms/ds:Transform", doubled(), TRANS, id="transform-twice"),
        pytest.param(f"{FIRST}/ds:Transforms/ds:Transform", removed(), TRANS, id="no-transform"),
        pytest.param(f"{FIRST}/ds:Transforms/ds:Transform", attribute("Algorithm", XSLT), CANON, id="xslt"),
        pytest.param(f"{FIRST}/ds:Transforms/ds:Transform", attribute("Algorithm", XPATH), CANON, id="xpath"),
        pytest.param(f"{FIRST}/ds:DigestMethod", child("urn:o", "o"), DIGEST, id="digest-child"),
        pytest.param(
            f"{FIRST}/ds:DigestMethod", attribute("Algorithm", "urn:none"), DIGEST, id="digest-unknown"
        ),
        pytest.param(f"{FIRST}/ds:DigestValue", text("*"), BASE, id="digest-not-base64"),
        pytest.param(f"{FIRST}/ds:DigestValue", text("é"), BASE, id="digest-not-ascii"),
        pytest.param(f"{FIRST}/ds:DigestValue", text("AAAA"), OTHER, id="another-digest"),
    ],
)
def test_a_signature_of_another_shape_is_refused(forge: Any, path: str, alter: Any, phrase: str) -> None:
    with pytest.raises(SourceSignatureInvalid, match=phrase):
        forge.verify(altered(forge, path, alter))


def test_a_changed_body_is_refused(forge: Any) -> None:
    with pytest.raises(SourceSignatureInvalid):
        forge.verify(forge.answer().replace(b">yes<", b">no<"))


def test_an_id_that_is_a_pointer_is_refused(forge: Any) -> None:
    raw = forge.answer().replace(b"body-1", b"xpointer(/)")
    with pytest.raises(SourceSignatureInvalid, match="no id of its own"):
        forge.verify(raw)


def test_another_signer_is_refused_though_it_brings_its_certificate(forge: Any, certificates: Any) -> None:
    other = certificates.get("somebody-else")
    root = forge.sign(forge.unsigned(), other)
    info = etree.SubElement(root.find(".//ds:Signature", forge.NS), f"{{{forge.DS}}}KeyInfo")
    data = etree.SubElement(info, f"{{{forge.DS}}}X509Data")
    pem = other.certificate.read_text().splitlines()
    etree.SubElement(data, f"{{{forge.DS}}}X509Certificate").text = "".join(pem[1:-1])
    with pytest.raises(SourceSignatureInvalid, match="configured key"):
        forge.verify(root)


def test_a_key_of_another_kind_is_not_tried(forge: Any, certificates: Any) -> None:
    raw = forge.answer(forge.ASKED, pair=certificates.elliptic())
    with pytest.raises(SourceSignatureInvalid, match="configured key"):
        forge.verify(raw)


@pytest.mark.parametrize("days", [pytest.param((-3, -1), id="over"), pytest.param((1, 3), id="not-yet")])
def test_a_certificate_counts_within_its_dates(forge: Any, certificates: Any, days: tuple[int, int]) -> None:
    starts, ends = (timedelta(days=count) for count in days)
    pair = certificates.get(f"dated{days[0]}", starts=starts, ends=ends)
    expected = ExpectedSigner.load("register", (pair.certificate,))
    with pytest.raises(SourceSignatureInvalid, match="configured key"):
        forge.verify(forge.answer(forge.ASKED, pair=pair), expected)


def test_our_digests_hold_without_xmlsec(forge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were xmlsec to say yes to anything, the digests would still hold the parts to what was signed."""

    class Yes:
        key: object

        def register_id(self, *_: object) -> None: ...

        def verify(self, _: object) -> None: ...

    raw = forge.answer().replace(b">yes<", b">no<")
    monkeypatch.setattr("adapters._lib.signing.xmlsec.SignatureContext", Yes)
    with pytest.raises(SourceSignatureInvalid, match="not what was signed"):
        forge.verify(raw)


def test_xmlsec_holds_without_our_digests(forge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were our comparison to say yes to anything, xmlsec would still refuse what is not signed."""
    raw = forge.answer().replace(b">yes<", b">no<")
    monkeypatch.setattr("adapters._lib.signing.compare_digest", lambda *_: True)
    with pytest.raises(SourceSignatureInvalid, match="configured key"):
        forge.verify(raw)
