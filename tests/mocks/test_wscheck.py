"""Each rule of the security header, broken alone: the source refuses over the wire and says which."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from lxml import etree

from mocks.soap import Refusal, open_envelope, parse
from mocks.wscheck import check

OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSU = f"{OASIS}wssecurity-utility-1.0.xsd"
NS = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsse": f"{OASIS}wssecurity-secext-1.0.xsd",
    "wsu": WSU,
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
Change = Callable[[etree._Element], None]


def at(root: etree._Element, path: str) -> etree._Element:
    found = root.find(path, NS)
    assert found is not None
    return found


def without(path: str) -> Change:
    def change(root: etree._Element) -> None:
        node = at(root, path)
        parent = node.getparent()
        assert parent is not None
        parent.remove(node)

    return change


def twice(path: str) -> Change:
    def change(root: etree._Element) -> None:
        node = at(root, path)
        node.addnext(copy.deepcopy(node))

    return change


def setting(path: str, name: str, value: str) -> Change:
    return lambda root: at(root, path).set(name, value)


def saying(path: str, text: str) -> Change:
    def change(root: etree._Element) -> None:
        at(root, path).text = text

    return change


def moved_body(root: etree._Element) -> None:
    """The classic: the signed Body goes into the header, another one takes its place."""
    body = at(root, "soap:Body")
    forged = copy.deepcopy(body)
    forged.set(f"{{{WSU}}}Id", "body-2")
    root.replace(body, forged)
    etree.SubElement(at(root, "soap:Header"), "{urn:x}Block").append(body)


def moved_message_id(root: etree._Element) -> None:
    signed = at(root, "soap:Header/wsa:MessageID")
    other = copy.deepcopy(signed)
    other.set(f"{{{WSU}}}Id", "message-2")
    other.text = "urn:uuid:01900000-0000-7000-8000-000000000002"
    signed.addprevious(other)
    etree.SubElement(at(root, "soap:Header"), "{urn:x}Block").append(signed)


def copied_signature(root: etree._Element) -> None:
    block = etree.SubElement(at(root, "soap:Header"), "{urn:x}Block")
    block.append(copy.deepcopy(at(root, ".//ds:Signature")))


def prefixed(root: etree._Element) -> None:
    namespace = "http://www.w3.org/2001/10/xml-exc-c14n#"
    etree.SubElement(at(root, ".//ds:Transform"), f"{{{namespace}}}InclusiveNamespaces", PrefixList="soap")


def canonical_with_prefixes(root: etree._Element) -> None:
    etree.SubElement(at(root, ".//ds:CanonicalizationMethod"), "{urn:x}Inclusive")


SECURITY = "soap:Header/wsse:Security"
TOKEN, STAMP = f"{SECURITY}/wsse:BinarySecurityToken", f"{SECURITY}/wsu:Timestamp"
LONG_AGO = datetime.now(UTC) - timedelta(hours=1)
SOON = datetime.now(UTC) + timedelta(hours=1)

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no-security": ({"after": without(SECURITY)}, "InvalidSecurity", "Header has 0 Security"),
    "two-securities": ({"after": twice(SECURITY)}, "InvalidSecurity", "Header has 2 Security"),
    "not-must-understand": (
        {"after": setting(SECURITY, f"{{{NS['soap']}}}mustUnderstand", "0")},
        "InvalidSecurity",
        "not marked soapenv:mustUnderstand=1",
    ),
    "no-token": ({"after": without(TOKEN)}, "InvalidSecurity", "Security has 0 BinarySecurityToken"),
    "token-type": ({"after": setting(TOKEN, "ValueType", "x")}, "InvalidSecurity", "not marked as X509v3"),
    "token-coding": ({"after": setting(TOKEN, "EncodingType", "x")}, "InvalidSecurity", "in Base64Binary"),
    "token-not-base64": ({"after": saying(TOKEN, "?")}, "InvalidSecurity", "is not base64"),
    "token-unknown": ({"after": saying(TOKEN, "AAAA")}, "FailedAuthentication", "is not one known here"),
    "no-timestamp": ({"after": without(STAMP)}, "InvalidSecurity", "Security has 0 Timestamp"),
    "no-created": ({"change": without(f"{STAMP}/wsu:Created")}, "InvalidSecurity", "Timestamp has 0 Created"),
    "no-expires": ({"change": without(f"{STAMP}/wsu:Expires")}, "InvalidSecurity", "Timestamp has 0 Expires"),
    "created-not-utc": (
        {"change": saying(f"{STAMP}/wsu:Created", "2026-01-01T00:00:00+01:00")},
        "InvalidSecurity",
        "Timestamp/Created is not a time in UTC",
    ),
    "expires-no-day": (
        {"change": saying(f"{STAMP}/wsu:Expires", "2026-02-30T00:00:00Z")},
        "InvalidSecurity",
        "Timestamp/Expires does not exist",
    ),
    "long-life": ({"life": timedelta(minutes=6)}, "InvalidSecurity", "within five minutes"),
    "backwards": ({"life": timedelta(minutes=-1)}, "InvalidSecurity", "does not end after it begins"),
    "expired": ({"created": LONG_AGO}, "MessageExpired", "Timestamp has expired"),
    "too-early": ({"created": SOON}, "MessageExpired", "Timestamp begins in the future"),
    "id-twice": ({"after": twice("soap:Header/wsa:MessageID")}, "Client", "has 2 wsa:MessageID"),
    "same-id": (
        {"after": lambda root: etree.SubElement(at(root, "soap:Header"), "{urn:x}B").set("Id", "body-1")},
        "InvalidSecurity",
        "An id stands more than once",
    ),
    "no-signature": ({"after": without(f"{SECURITY}/ds:Signature")}, "InvalidSecurity", "has 0 Signature"),
    "signature-elsewhere": ({"after": copied_signature}, "InvalidSecurity", "outside the security header"),
    "canonical-form": (
        {"after": setting(".//ds:CanonicalizationMethod", "Algorithm", "x")},
        "FailedCheck",
        "CanonicalizationMethod is not exclusive",
    ),
    "canonical-prefixes": ({"after": canonical_with_prefixes}, "FailedCheck", "without prefix list"),
    "sha1-signature": ({"method": "RsaSha1"}, "FailedCheck", "SignatureMethod is not rsa-sha256"),
    "sha1-digest": ({"digest": "Sha1"}, "FailedCheck", "DigestMethod is not sha256"),
    "transform": (
        {"after": setting(".//ds:Transform", "Algorithm", "x")},
        "FailedCheck",
        "The only transform must be exclusive",
    ),
    "transform-prefixes": ({"after": prefixed}, "FailedCheck", "no prefix list"),
    "key-info": (
        {"after": setting(".//wsse:Reference", "URI", "#body-1")},
        "InvalidSecurity",
        "KeyInfo does not refer to the BinarySecurityToken",
    ),
    "body-unsigned": ({"signed": ("time-1", "message-1")}, "FailedCheck", "Body is not signed"),
    "time-unsigned": ({"signed": ("body-1", "message-1")}, "FailedCheck", "Timestamp is not signed"),
    "message-id-unsigned": ({"signed": ("body-1", "time-1")}, "FailedCheck", "MessageID is not signed"),
    "whole-document": (
        {"after": setting(".//ds:Reference", "URI", "")},
        "FailedCheck",
        "names neither the Body nor a header block",
    ),
    "wrapped-body": ({"after": moved_body}, "FailedCheck", "names neither the Body nor a header block"),
    "wrapped-message-id": ({"after": moved_message_id}, "FailedCheck", "names neither the Body nor"),
    "body-changed": (
        {"after": saying(".//legalContext", "OTHER")},
        "FailedCheck",
        "The signature or a digest does not match",
    ),
    "value-changed": (
        {"after": saying(".//ds:SignatureValue", "AAAA")},
        "FailedCheck",
        "The signature or a digest does not match",
    ),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_broken_rule_is_named(mock: Any, name: str) -> None:
    changes, code, text = REFUSED[name]
    got = mock.ask(mock.people.number("noBox"), **changes)
    assert got.status == 500
    assert got.text("soap:Body/soap:Fault/faultcode").endswith(f":{code}")
    assert text in got.text("soap:Body/soap:Fault/faultstring")
    assert text in got.text(".//detail/diagnostic")
    assert got.root.find(".//ds:Signature", NS) is None


def test_the_hubs_other_key_is_accepted_too(mock: Any) -> None:
    """An elliptic key signs with ecdsa-sha256."""
    signer = mock.home / "pki" / "second-hub-sign"
    got = mock.ask(mock.people.number("noBox"), signer=signer, method="EcdsaSha256")
    assert got.text(".//status/value") == "DATA_FOUND"


@pytest.mark.parametrize(
    ("signer", "text"),
    [
        pytest.param("stranger", "is not one known here", id="stranger"),
        pytest.param("former-hub-sign", "is not valid at this time", id="out-of-date"),
    ],
)
def test_another_signer_is_refused(mock: Any, signer: str, text: str) -> None:
    got = mock.ask(mock.people.number("noBox"), signer=mock.home / "pki" / signer, method="EcdsaSha256")
    assert got.text(".//faultcode") == "wsse:FailedAuthentication"
    assert text in got.text(".//faultstring")


def test_a_short_key_is_refused_even_if_it_is_known(mock: Any) -> None:
    certificate = x509.load_pem_x509_certificate((mock.home / "pki" / "short.crt").read_bytes())
    raw = mock.question(mock.people.number("noBox"), signer=mock.home / "pki" / "short").bytes()
    with pytest.raises(Refusal, match="The key has less than 2048 bits"):
        check(open_envelope(parse(raw)), [certificate], datetime.now(UTC))


def test_more_may_be_signed_than_must(mock: Any) -> None:
    signed = ("body-1", "time-1", "message-1", "token-1")
    assert mock.ask(mock.people.number("noBox"), signed=signed).status == 200


def test_a_minute_of_clock_difference_is_allowed(mock: Any) -> None:
    ahead = datetime.now(UTC) + timedelta(seconds=50)
    behind = datetime.now(UTC) - timedelta(minutes=5, seconds=50)
    number = mock.people.number("noBox")
    assert [mock.ask(number, created=created).status for created in (ahead, behind)] == [200, 200]
