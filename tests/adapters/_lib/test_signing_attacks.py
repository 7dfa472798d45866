"""Every forgery of tests/attacks against the verifier itself; most of them fool a careless one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters._lib.keys import ExpectedSigner
from adapters._lib.signing import verify_envelope
from fidus.errors import SourceAnswerInvalid, SourceError, SourceSignatureInvalid
from mocks.soap import DS, WSU
from mocks.wssec import Signer
from tests.attacks.algorithms import ALGORITHMS
from tests.attacks.claims import CLAIMS
from tests.attacks.letter import Attack, Hand, Letter
from tests.attacks.wrappings import WRAPPINGS
from tests.misbehaving import ANSWER, SIGNATURE

FORGERIES = (*WRAPPINGS, *ALGORITHMS, *CLAIMS)
CONTENT = etree.fromstring('<said xmlns="urn:said"><name>Anna</name><number>12</number></said>')
ASKED = "urn:uuid:0a7f6c1e-0000-4000-8000-000000000001"
ERRORS: dict[tuple[int, str], type[SourceError]] = {
    ANSWER: SourceAnswerInvalid,
    SIGNATURE: SourceSignatureInvalid,
}


def signer(name: str) -> Signer:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return Signer(made, key)


@pytest.fixture(scope="module")
def hand() -> Hand:
    """A source's keys and those of two others."""
    source, hub = signer("source"), signer("hub")
    earlier = Letter(CONTENT, "urn:uuid:0a7f6c1e-0000-4000-8000-000000000000").sign(source).written()
    question = Letter(CONTENT, ASKED).sign(hub).written()
    return Hand(CONTENT, CONTENT, ASKED, question, earlier, source, source.impostor(), hub)


@pytest.fixture(scope="module")
def expected(hand: Hand, tmp_path_factory: pytest.TempPathFactory) -> ExpectedSigner:
    """The source, and nobody else."""
    file: Path = tmp_path_factory.mktemp("signers") / "source.crt"
    file.write_bytes(hand.signer.certificate.public_bytes(Encoding.PEM))
    return ExpectedSigner.load("source", (file,))


def verified(raw: bytes, expected: ExpectedSigner) -> etree._Element:
    return verify_envelope(raw, signer=expected, relates_to=ASKED, now=datetime.now(UTC))


def fools(raw: bytes, by: Signer) -> bool:
    """Whether a verifier accepts it that looks parts up by any id, the first or the last that has it, and
    otherwise trusts xmlsec."""
    return any(accepted(raw, by, last) for last in (False, True))


def accepted(raw: bytes, by: Signer, last: bool) -> bool:
    root = etree.fromstring(raw, etree.XMLParser(remove_comments=True, collect_ids=False))
    found = root.find(f".//{{{DS}}}Signature")
    if found is None:
        return False
    public = by.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(public, xmlsec.constants.KeyDataFormatPem, None)
    nodes = [node for node in root.iter("*") if f"{{{WSU}}}Id" in node.attrib]
    by_id = {node.get(f"{{{WSU}}}Id"): node for node in (nodes if last else reversed(nodes))}
    for node in by_id.values():
        context.register_id(node, "Id", WSU)
    try:
        context.verify(found)
    except xmlsec.Error:
        return False
    return True


def named(attack: Attack) -> str:
    return attack.name


def test_an_honest_answer_is_read(hand: Hand, expected: ExpectedSigner) -> None:
    assert fools(hand.honest(), hand.signer)
    body = verified(hand.honest(), expected)
    assert body.findtext("{urn:said}said/{urn:said}name") == "Anna"


@pytest.mark.parametrize("attack", [one for one in FORGERIES if one.expected in ERRORS], ids=named)
def test_a_forgery_is_refused(hand: Hand, expected: ExpectedSigner, attack: Attack) -> None:
    """Whatever concerns the content's meaning alone is for the adapter, after the signature."""
    if attack.name in CONTENT_ALONE:
        read = verified(attack.write(hand), expected)
        assert etree.tostring(read, method="c14n") != etree.tostring(hand.letter().body, method="c14n")
        return
    with pytest.raises(ERRORS[attack.expected]) as caught:
        verified(attack.write(hand), expected)
    assert type(caught.value) is ERRORS[attack.expected]
    assert "Anna" not in str(caught.value)


CONTENT_ALONE = {
    *("another-person-s-answer-rightly-signed", "something-else-rightly-signed"),
    *("an-empty-body-rightly-signed", "two-answers-in-one-body", "the-answer-in-another-namespace"),
    "an-answer-with-more-than-its-contract-has",
}


@pytest.mark.parametrize("attack", FORGERIES, ids=named)
def test_what_is_said_to_fool_the_careless_does(hand: Hand, attack: Attack) -> None:
    """Otherwise a forgery might be refused for a slip of the forger's and try nothing."""
    assert fools(attack.write(hand), hand.signer) is attack.fools


def test_each_forgery_has_a_name_of_its_own() -> None:
    assert len({attack.name for attack in FORGERIES}) == len(FORGERIES)
