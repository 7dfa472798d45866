"""From a client certificate to the institution behind it, at every request.

The TLS layer has checked the chain and that the peer holds the key; whether that certificate still means an
institution is decided here, anew for each request, so that a revocation or an until-date ends connections
that are kept open.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fidus.errors import IdentityReason, IdentityRejected
from fidus.identifiers import EnterpriseNumber
from fidus.issuers import Issuers, is_valid
from fidus.model import Caller, Catalogue
from fidus.policy import brussels_day, is_in_force

# Semantics identifier of legal persons: NTR (national trade register), BE (ETSI EN 319 412-1, 5.1.4).
_ORGANIZATION = re.compile(r"NTRBE-([0-9.]{10,13})")
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a certificate says for good. No decision: those depend on the day and on what is in force."""

    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...]
    for_client_auth: bool
    number: str | None
    spki_sha256: str


def identify(der: bytes | None, catalogue: Catalogue, issuers: Issuers, now: datetime) -> Caller:
    """The institution behind a client certificate, and the roles of the key it used.

    1. The peer showed a certificate.          5. It and its issuer are valid now.
    2. The certificate can be read.            6. It names one enterprise number, check digits right.
    3. A registered issuer issued it.          7. That institution enrolled its key, from and until when
    4. It is meant for client authentication.     includes today. 8. The institution is in force today.

    `der`: the certificate as the TLS layer took it, None if the peer showed none. Days are days in Brussels.
    A key that is enrolled several times has the roles of all that hold today.
    Raises IdentityRejected with the first step that fails; the peer is told the same for each.
    """
    if der is None:  # (1)
        raise IdentityRejected(IdentityReason.NO_CERTIFICATE)
    read = _read(der, issuers)  # (2)
    if not read.issuers:  # (3)
        raise IdentityRejected(IdentityReason.ISSUER_NOT_REGISTERED)
    if not read.for_client_auth:  # (4)
        raise IdentityRejected(IdentityReason.NOT_FOR_CLIENT_AUTH)
    if not is_valid(read.certificate, now) or not any(
        is_valid(issuer, now) for issuer in read.issuers
    ):  # (5)
        raise IdentityRejected(IdentityReason.OUTSIDE_VALIDITY)
    if read.number is None:  # (6)
        raise IdentityRejected(IdentityReason.NO_USABLE_NUMBER)
    return _enrolled(read.number, read.spki_sha256, catalogue, now)


def _enrolled(number: str, spki_sha256: str, catalogue: Catalogue, now: datetime) -> Caller:
    today = brussels_day(now)
    institution = catalogue.institutions.get(number)
    enrolled = () if institution is None else institution.keys
    keys = [key for key in enrolled if key.spki_sha256 == spki_sha256 and is_in_force(key, today)]
    if institution is None or not keys:  # (7)
        raise IdentityRejected(IdentityReason.NOT_ENROLLED)
    if not is_in_force(institution, today):  # (8)
        raise IdentityRejected(IdentityReason.INSTITUTION_NOT_IN_FORCE)
    return Caller(institution.number, frozenset().union(*(key.roles for key in keys)))


# Reading costs a signature check; a certificate is shown with every request of a connection.
@lru_cache(maxsize=1024)
def _read(der: bytes, issuers: Issuers) -> _Read:
    try:
        certificate = x509.load_der_x509_certificate(der)
        spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return _Read(
            certificate,
            issuers.issued(certificate),
            _is_for_client_auth(certificate),
            _number(certificate),
            b64encode(sha256(spki).digest()).decode(),
        )
    except _UNREADABLE:
        raise IdentityRejected(IdentityReason.UNREADABLE) from None


def _is_for_client_auth(certificate: x509.Certificate) -> bool:
    """Said in so many words: a certificate without extended key usage is not taken."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


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
