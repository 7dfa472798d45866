"""What was signed is what is read; what is of another time or request is not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import xmlsec
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from xmlsec import constants

from adapters._lib.keys import ExpectedSigner, SigningKey
from adapters._lib.signing import sign_envelope, verify_envelope
from fidus.errors import SourceAnswerInvalid, SourceError


def test_an_honest_answer_is_read(forge: Any) -> None:
    assert forge.verify(forge.answer()) == "yes"


def test_what_is_read_hangs_in_nothing_that_was_not_signed(forge: Any) -> None:
    body = verify_envelope(
        forge.answer(), signer=forge.signer(), relates_to=forge.ASKED, now=datetime.now(UTC)
    )
    assert body.tag == f"{{{forge.SOAP}}}Body"
    around = body.getroottree().getroot()
    names = [etree.QName(child).localname for child in around]
    assert names == ["Signature", "Body", "Timestamp", "MessageID", "RelatesTo"]
    assert [etree.QName(child).localname for child in around[0]] == ["SignedInfo", "SignatureValue"]


def test_an_elliptic_signature_is_read(forge: Any, certificates: Any) -> None:
    pair = certificates.elliptic()
    expected = ExpectedSigner.load("register", (pair.certificate,))
    assert forge.verify(forge.answer(forge.ASKED, pair=pair), expected) == "yes"


def test_during_a_rollover_either_certificate_signs(forge: Any, certificates: Any) -> None:
    old, new = certificates.get("source"), certificates.get("next-source")
    expected = ExpectedSigner.load("register", (old.certificate, new.certificate))
    for pair in (old, new):
        assert forge.verify(forge.answer(forge.ASKED, pair=pair), expected) == "yes"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"digest": constants.TransformSha512}, id="longer-digest"),
        pytest.param({"method": constants.TransformRsaSha512}, id="longer-signature"),
        pytest.param({"prefixes": "soap wsu"}, id="prefix-list"),
        pytest.param({"prefixes": ""}, id="empty-prefix-list"),
    ],
)
def test_what_other_stacks_write_is_read(forge: Any, changes: dict[str, Any]) -> None:
    raw = etree.tostring(forge.sign(forge.unsigned(), **changes))
    assert forge.verify(raw) == "yes"


def test_a_comment_does_not_split_a_value(forge: Any) -> None:
    raw = forge.answer(forge.ASKED, "<n:said xmlns:n='urn:said'>yes</n:said>").replace(
        b">yes<", b">y<!--no-->es<"
    )
    assert forge.verify(raw) == "yes"


def test_a_key_in_the_message_is_not_looked_at(forge: Any) -> None:
    root = forge.sign(forge.unsigned())
    signature = root.find(".//ds:Signature", forge.NS)
    info = etree.SubElement(signature, f"{{{forge.DS}}}KeyInfo")
    etree.SubElement(info, f"{{{forge.DS}}}KeyName").text = "somebody"
    assert forge.verify(root) == "yes"


@pytest.mark.parametrize("fraction", ["", ".1", ".123", ".123456789"])
def test_moments_with_any_fraction_are_read(forge: Any, fraction: str) -> None:
    root = forge.unsigned()
    created = root.find(".//wsu:Created", forge.NS)
    created.text = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
    assert forge.verify(forge.sign(root)) == "yes"


@pytest.mark.parametrize(
    ("created", "expires"),
    [
        pytest.param(-600, -300, id="over"),
        pytest.param(-2, -1, id="just-over"),
        pytest.param(-301, 60, id="older-than-is-taken"),
        pytest.param(90, 390, id="from-the-future"),
    ],
)
def test_an_answer_of_another_time_is_refused(forge: Any, created: int, expires: int) -> None:
    now = datetime.now(UTC)
    root = forge.unsigned(
        forge.ASKED, created=now + timedelta(seconds=created), expires=now + timedelta(seconds=expires)
    )
    with pytest.raises(SourceAnswerInvalid, match=r"expired|future"):
        forge.verify(forge.sign(root))


def test_a_clock_slightly_ahead_is_borne(forge: Any) -> None:
    root = forge.unsigned(forge.ASKED, created=datetime.now(UTC) + timedelta(seconds=30))
    assert forge.verify(forge.sign(root)) == "yes"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (".//wsu:Created", "2026-13-01T00:00:00Z"),
        (".//wsu:Created", "2026-01-01T00:00:00"),
        (".//wsu:Created", "2026-01-01T00:00:00+01:00"),
        (".//wsu:Expires", "soon"),
        (".//wsu:Expires", None),
    ],
)
def test_a_timestamp_says_from_when_until_when(forge: Any, path: str, value: str | None) -> None:
    root = forge.unsigned()
    element = root.find(path, forge.NS)
    if value is None:
        element.getparent().remove(element)
    else:
        element.text = value
    with pytest.raises(SourceAnswerInvalid, match="timestamp"):
        forge.verify(forge.sign(root))


@pytest.mark.parametrize(
    "other",
    ["urn:uuid:0a7f6c1e-0000-4000-8000-000000000002", "", "urn:uuid:0a7f6c1e-0000-4000-8000-0000000000010"],
)
def test_an_answer_to_another_request_is_refused(forge: Any, other: str) -> None:
    with pytest.raises(SourceAnswerInvalid, match="another request"):
        forge.verify(forge.answer(other))


def test_a_relation_with_children_is_refused(forge: Any) -> None:
    root = forge.unsigned()
    etree.SubElement(root.find(".//wsa:RelatesTo", forge.NS), "more")
    with pytest.raises(SourceAnswerInvalid, match="has children"):
        forge.verify(forge.sign(root))


def test_something_else_than_an_envelope_is_refused(forge: Any) -> None:
    raw = forge.answer().replace(forge.SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope")
    with pytest.raises(SourceAnswerInvalid, match=r"not a SOAP 1\.1 envelope"):
        forge.verify(raw)


def test_what_is_no_plain_xml_is_refused(forge: Any) -> None:
    with pytest.raises(SourceAnswerInvalid, match="document type"):
        forge.verify(b"<!DOCTYPE e []>" + forge.answer())


def test_an_error_quotes_nothing_and_hides_nothing(forge: Any, capfd: Any) -> None:
    raw = forge.answer(forge.ASKED, "<n:said xmlns:n='urn:said'>VALUE</n:said>")
    for forged in (raw.replace(b">VALUE<", b">VALUE2<"), raw.replace(b"</n:said>", b"VALUE"), raw[:-20]):
        with pytest.raises(SourceError) as caught:
            forge.verify(forged)
        assert "VALUE" not in str(caught.value)
        assert caught.value.source == "register"
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert capfd.readouterr() == ("", "")


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_no_changed_byte_changes_what_is_read(forge: Any, data: st.DataObject) -> None:
    def read(answer: bytes) -> bytes:
        body = verify_envelope(answer, signer=signer, relates_to=forge.ASKED, now=datetime.now(UTC))
        return etree.tostring(body, method="c14n", exclusive=True)

    raw, signer = forge.answer(), forge.signer()
    where = data.draw(st.integers(0, len(raw) - 1))
    forged = raw[:where] + bytes([data.draw(st.integers(0, 255))]) + raw[where + 1 :]
    try:
        assert read(forged) == read(raw)
    except SourceError:
        pass


def _found(root: etree._Element, path: str, namespaces: dict[str, str]) -> etree._Element:
    element = root.find(path, namespaces)
    assert element is not None
    return element


@pytest.mark.parametrize("kind", ["source", "elliptic", "p521"])
def test_xmlsec_accepts_what_is_signed_here(forge: Any, certificates: Any, kind: str) -> None:
    pairs = {
        "source": lambda: certificates.get("source"),
        "elliptic": certificates.elliptic,
        "p521": lambda: certificates.get("p521", lambda: ec.generate_private_key(ec.SECP521R1())),
    }
    pair = pairs[kind]()
    key = SigningKey.load(pair.certificate, pair.key)
    content = "<n:ask xmlns:n='urn:n' b='2' a='1'>é &amp; &lt;<x/>\r\n</n:ask>".encode()
    raw = sign_envelope(content, key=key, message_id=f"urn:uuid:{uuid4()}", now=datetime.now(UTC))
    root = etree.fromstring(raw)
    context = xmlsec.SignatureContext()
    context.key = ExpectedSigner.load("x", (pair.certificate,)).keys[0].key
    for part in ("soap:Body", "soap:Header/wsse:Security/wsu:Timestamp", "soap:Header/wsa:MessageID"):
        context.register_id(_found(root, part, forge.NS), "Id", forge.WSU)
    context.verify(_found(root, "soap:Header/wsse:Security/ds:Signature", forge.NS))
    assert root.findtext(".//{urn:n}ask") == "é & <"


def test_a_question_carries_certificate_and_times(forge: Any, certificates: Any) -> None:
    pair = certificates.get("source")
    key = SigningKey.load(pair.certificate, pair.key)
    now = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
    root = etree.fromstring(sign_envelope(b"<a/>", key=key, message_id="urn:uuid:1", now=now))
    assert root.findtext(".//wsu:Created", namespaces=forge.NS) == "2026-03-01T12:00:00.123Z"
    assert root.findtext(".//wsu:Expires", namespaces=forge.NS) == "2026-03-01T12:05:00.123Z"
    assert root.findtext("soap:Header/wsa:MessageID", namespaces=forge.NS) == "urn:uuid:1"
    token = root.find(".//wsse:BinarySecurityToken", forge.NS)
    assert token is not None
    assert token.text == "".join(pair.certificate.read_text().splitlines()[1:-1])
    reference = root.find(".//ds:KeyInfo//wsse:Reference", forge.NS)
    assert reference is not None
    assert reference.get("URI") == f"#{token.get(f'{{{forge.WSU}}}Id')}"
