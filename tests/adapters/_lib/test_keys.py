"""Keys come from files that the operator named, and from strong enough ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from adapters._lib.keys import ExpectedSigner, SigningKey
from fidus.errors import ConfigurationInvalid


def test_a_pair_is_loaded(certificates: Any) -> None:
    rsa_pair, ec_pair = certificates.get("source"), certificates.elliptic()
    assert SigningKey.load(rsa_pair.certificate, rsa_pair.key).kind == "rsa"
    assert SigningKey.load(ec_pair.certificate, ec_pair.key).kind == "ecdsa"


def test_files_that_are_no_pair_are_refused(certificates: Any) -> None:
    one, other = certificates.get("source"), certificates.get("next-source")
    with pytest.raises(ConfigurationInvalid, match="not the key of the certificate"):
        SigningKey.load(one.certificate, other.key)


def test_a_key_says_nothing_of_itself(certificates: Any) -> None:
    pair = certificates.get("source")
    assert repr(SigningKey.load(pair.certificate, pair.key)) == "SigningKey()"


@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "signer.crt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationInvalid, match=r"signer\.crt: it (cannot be read|is not a certificate)"):
        ExpectedSigner.load("register", (file,))


def test_a_key_is_tried_on_signatures_of_its_kind_only(certificates: Any) -> None:
    files = (certificates.get("source").certificate, certificates.elliptic().certificate)
    signer = ExpectedSigner.load("register", files)
    for kind in ("rsa", "ecdsa"):
        assert [key.kind for key in signer.candidates(kind, datetime.now(UTC))] == [kind]


def test_nobody_expected_is_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match="no certificate is named"):
        ExpectedSigner.load("register", ())


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda: rsa.generate_private_key(65537, 1024), id="rsa-1024"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP256K1()), id="another-curve"),
    ],
)
def test_a_weak_certificate_is_refused(certificates: Any, key: Any, request: pytest.FixtureRequest) -> None:
    pair = certificates.get(request.node.callspec.id, key)
    with pytest.raises(ConfigurationInvalid, match="kind of key is not taken"):
        ExpectedSigner.load("register", (pair.certificate,))


def test_a_key_of_another_kind_is_refused(certificates: Any, tmp_path: Path) -> None:
    file = tmp_path / "other.key"
    file.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(ConfigurationInvalid, match="kind of key is not taken"):
        SigningKey.load(certificates.get("source").certificate, file)


@pytest.mark.parametrize("password", [None, b"locked"])
def test_what_is_no_open_key_is_refused(certificates: Any, tmp_path: Path, password: bytes | None) -> None:
    file = tmp_path / "locked.key"
    locked = serialization.BestAvailableEncryption(b"locked")
    file.write_bytes(
        b"nothing"
        if password is None
        else ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
        )
    )
    with pytest.raises(ConfigurationInvalid, match="not an open private key"):
        SigningKey.load(certificates.get("source").certificate, file)
