"""Keys that sign, and what the source's own signature looks like on the wire."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from mocks.wssec import Signer

OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
NS = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsse": f"{OASIS}wssecurity-secext-1.0.xsd",
    "wsu": f"{OASIS}wssecurity-utility-1.0.xsd",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
ID = f"{{{NS['wsu']}}}Id"


def test_an_answer_is_signed_over_exactly_its_four_parts(mock: Any) -> None:
    got = mock.ask(mock.people.number("noBox"))
    root = got.root
    security = root.find("soap:Header/wsse:Security", NS)
    parts = [
        root.find("soap:Body", NS),
        security.find("wsu:Timestamp", NS),
        root.find("soap:Header/wsa:MessageID", NS),
        root.find("soap:Header/wsa:RelatesTo", NS),
    ]
    references = security.findall("ds:Signature/ds:SignedInfo/ds:Reference", NS)
    assert sorted(one.get("URI") for one in references) == sorted(f"#{part.get(ID)}" for part in parts)
    assert mock.verifies(got)
    assert security.get(f"{{{NS['soap']}}}mustUnderstand") == "1"


def test_an_answer_relates_to_its_question_and_is_good_for_five_minutes(mock: Any) -> None:
    question = mock.question(mock.people.number("noBox"))
    got = mock.post(question.bytes())
    created, expires = (
        datetime.fromisoformat(got.text(f".//wsu:Timestamp/wsu:{name}")) for name in ("Created", "Expires")
    )
    assert got.text("soap:Header/wsa:RelatesTo") == question.message_id
    assert got.text("soap:Header/wsa:MessageID") != question.message_id
    assert expires - created == timedelta(minutes=5)


def test_the_token_is_the_signers_certificate(mock: Any) -> None:
    got = mock.ask(mock.people.number("noBox"))
    sent = x509.load_der_x509_certificate(base64.b64decode(got.text(".//wsse:BinarySecurityToken")))
    kept = (mock.home / "pki" / "national-register-sign.crt").read_bytes()
    assert sent == x509.load_pem_x509_certificate(kept)


def test_a_key_of_another_kind_cannot_sign(home: Path, tmp_path: Path) -> None:
    secret = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "other.key").write_bytes(secret)
    with pytest.raises(ValueError, match="only RSA and elliptic curve keys can sign"):
        Signer.load(home / "pki" / "hub-sign.crt", tmp_path / "other.key")


@pytest.mark.parametrize("name", ["second-hub-sign", "hub-sign"], ids=["elliptic", "rsa"])
def test_an_impostor_has_the_name_and_not_the_key(home: Path, name: str) -> None:
    real = Signer.load(home / "pki" / f"{name}.crt", home / "pki" / f"{name}.key")
    false = real.impostor()
    assert false.certificate.subject == real.certificate.subject
    assert false.certificate.serial_number == real.certificate.serial_number
    assert type(false.key) is type(real.key)
    assert false.certificate.public_key() != real.certificate.public_key()
