"""Whose signature is made and whose is believed: key material from configured files only."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fidus.errors import ConfigurationFault, ConfigurationInvalid

_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The hub's own key for signing messages, with its certificate in DER, base64."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: str = field(repr=False)

    @property
    def kind(self) -> str:
        """rsa or ecdsa."""
        return "rsa" if isinstance(self.private, rsa.RSAPrivateKey) else "ecdsa"

    @classmethod
    def load(cls, certificate: Path, key: Path) -> SigningKey:
        """From two PEM files. Raises ConfigurationInvalid: unreadable, too weak, or not a pair."""
        public = _certificate(certificate)
        private = _private(key)
        if _spki(public.public_key()) != _spki(private.public_key()):
            raise _invalid(
                key, "it is not the key of the certificate", "Give the two files that belong together"
            )
        return cls(private, b64encode(public.public_bytes(serialization.Encoding.DER)).decode())


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One certificate that may sign, ready for xmlsec. `kind`: rsa or ecdsa."""

    kind: str
    valid_from: datetime
    valid_until: datetime
    key: xmlsec.Key = field(repr=False)

    def is_valid(self, at: datetime) -> bool:
        """Within the certificate's own dates, both ends included."""
        return self.valid_from <= at <= self.valid_until


@dataclass(frozen=True, slots=True)
class ExpectedSigner:
    """Who may sign the answers of `source`: the holders of the pinned certificates, and nobody else.

    Several certificates are for the time of a rollover; each counts only within its own dates. A certificate
    that arrives in a message is never looked at, whoever issued it: the key comes from configuration.
    """

    source: str
    keys: tuple[TrustedKey, ...]

    @classmethod
    def load(cls, source: str, certificates: tuple[Path, ...]) -> ExpectedSigner:
        """From PEM files, one certificate each. Raises ConfigurationInvalid: none, unreadable or too weak."""
        if not certificates:
            raise _invalid(
                Path(source), "no certificate is named that may sign", "Name one or more in `signers`"
            )
        return cls(source, tuple(_trusted(path) for path in certificates))

    def candidates(self, kind: str, at: datetime) -> tuple[TrustedKey, ...]:
        """The keys of this kind whose certificates are valid at that moment."""
        return tuple(key for key in self.keys if key.kind == kind and key.is_valid(at))


def _trusted(path: Path) -> TrustedKey:
    certificate = _certificate(path)
    public = certificate.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return TrustedKey(
        kind="rsa" if isinstance(public, rsa.RSAPublicKey) else "ecdsa",
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        key=xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None),
    )


def _certificate(path: Path) -> x509.Certificate:
    raw = _read(path)
    try:
        certificate = x509.load_pem_x509_certificate(raw)
    except ValueError:
        raise _invalid(path, "it is not a certificate in PEM", "Give an X.509 certificate in PEM") from None
    _strong(path, certificate.public_key())
    return certificate


def _private(path: Path) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    raw = _read(path)
    try:
        key = serialization.load_pem_private_key(raw, None)
    except (ValueError, TypeError):
        raise _invalid(path, "it is not an open private key in PEM", "Give a PKCS #8 key in PEM") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _invalid(path, "its kind of key is not taken", "Use RSA or an elliptic curve")
    return key


def _strong(path: Path, public: object) -> None:
    """RSA from 2048 bits, or P-256, P-384, P-521."""
    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= 2048:
        return
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, _CURVES):
        return
    raise _invalid(path, "its kind of key is not taken", "Use RSA from 2048 bits, P-256, P-384 or P-521")


def _spki(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | object) -> bytes:
    assert isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise _invalid(path, "it cannot be read", "Give a file that the hub may read") from None


def _invalid(path: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(path), 0, problem, cure),))
