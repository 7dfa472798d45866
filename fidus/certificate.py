"""What a client certificate says for good: read once, whatever connection or proxy it comes by.

Everything that decides is checked here or in `fidus/identity.py`, even where the TLS layer has looked before:
a certificate that a proxy hands on (`fidus/client_cert.py`) was never seen by the hub's own TLS.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from fidus.errors import IdentityReason, IdentityRejected
from fidus.identifiers import EnterpriseNumber
from fidus.issuers import Issuers

# Semantics identifier of legal persons: NTR (national trade register), BE (ETSI EN 319 412-1, 5.1.4).
_ORGANIZATION = re.compile(r"NTRBE-([0-9.]{10,13})")
UNREADABLE: Final = (  # what reading a certificate may raise
    ValueError,
    TypeError,  # cryptography's word for a name in a BIT STRING
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
# Critical ones besides these mean something that is not looked at (RFC 5280, 4.2: then it is refused).
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,  # names are not what an institution is known by
        ExtensionOID.CERTIFICATE_POLICIES,  # who is registered as an issuer is trusted under any of its own
    }
)
_LEAST_BITS: Final = {"rsa": 2048, "ec": 256}  # ETSI TS 119 312: in use beyond 2028


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """No decision: those depend on the day and on what is in force.

    `issuers`: the registered ones that signed it. `fault`: why it can never be taken, if so. `points`: the
    addresses at which its issuer publishes whom it revoked.
    """

    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...]
    fault: IdentityReason | None
    number: str | None
    spki_sha256: str
    points: frozenset[str]


# Reading costs a signature check; a certificate is shown with every request of a connection.
@lru_cache(maxsize=1024)
def read_certificate(der: bytes, issuers: Issuers) -> ClientCertificate:
    """Raises IdentityRejected (unreadable)."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        require_whole_octets(der, certificate.signature)
        return ClientCertificate(
            certificate,
            issuers.issued(certificate),
            _fault(certificate),
            _number(certificate),
            spki_sha256(certificate),
            _points(certificate),
        )
    except UNREADABLE:
        raise IdentityRejected(IdentityReason.UNREADABLE) from None


def require_whole_octets(der: bytes, signature: bytes) -> None:
    """Something signed ends with its signature, a BIT STRING without unused bits (RFC 5280, 4.1.1.3 and
    5.1.1.3): readers pass over other claims, and two spellings would count as one. Raises ValueError."""
    if not der.endswith(b"\x00" + signature):
        raise ValueError("the signature claims unused bits")


def spki_sha256(certificate: x509.Certificate) -> str:
    """SHA-256 over the SubjectPublicKeyInfo in base64, by which a key is named."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(spki).digest()).decode()


def _fault(certificate: x509.Certificate) -> IdentityReason | None:
    if not _is_for_client_auth(certificate):
        return IdentityReason.NOT_FOR_CLIENT_AUTH
    if any(one.critical and one.oid not in _UNDERSTOOD for one in certificate.extensions):
        return IdentityReason.UNKNOWN_CRITICAL
    if isinstance(certificate.signature_hash_algorithm, MD5 | SHA1) or not _is_strong(certificate):
        return IdentityReason.WEAK_CRYPTOGRAPHY
    return None


def _is_for_client_auth(certificate: x509.Certificate) -> bool:
    """Said in so many words: a certificate without extended key usage is not taken."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage and _may_sign(certificate)


def _may_sign(certificate: x509.Certificate) -> bool:
    """A client proves that it has the key by signing (RFC 8446, 4.4.2.2)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return True


def _is_strong(certificate: x509.Certificate) -> bool:
    match certificate.public_key():
        case rsa.RSAPublicKey(key_size=size):
            return size >= _LEAST_BITS["rsa"]
        case ec.EllipticCurvePublicKey(key_size=size):
            return size >= _LEAST_BITS["ec"]
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return True
        case _:
            return False


def _number(certificate: x509.Certificate) -> str | None:
    """The enterprise number that the subject names; None for none, more than one or a wrong one."""
    named = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    spelled = _ORGANIZATION.fullmatch(str(named[0].value)) if len(named) == 1 else None
    if spelled is None:
        return None
    try:
        return EnterpriseNumber.parse(spelled[1].replace(".", "")).value
    except ValueError:
        return None


def _points(certificate: x509.Certificate) -> frozenset[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(
        name.value
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    )
