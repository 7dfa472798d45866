"""Lists of revoked certificates (CRL), read and verified: RFC 5280, sections 5 and 6.3.

Only whole lists by the issuer itself are taken: no delta, no indirect list, none for some reasons only. For
how long a list serves is not judged here but with the clock, at each request: see `fidus/revocation.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import MD5, SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from fidus.certificate import require_whole_octets

CLOCKS_DIFFER: Final = timedelta(minutes=5)  # an issuer's clock may be ahead of ours by so much
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
    }
)
_UNDERSTOOD_OF_ENTRIES: Final = frozenset(
    {CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE}
)
_PEM: Final = b"-----BEGIN X509 CRL-----"


class CrlFault(StrEnum):
    """Why a list is not taken. Told to the operator by this name."""

    UNREADABLE = "unreadable"
    ANOTHER_ISSUER = "anotherIssuer"
    ISSUER_MAY_NOT_SIGN = "issuerMayNotSignLists"
    WEAK_SIGNATURE = "weakSignature"
    BAD_SIGNATURE = "badSignature"
    ANOTHER_KEY = "anotherKey"
    NO_KEY_IDENTIFIER = "noKeyIdentifier"
    NO_NEXT_UPDATE = "noNextUpdate"
    NO_NUMBER = "noNumber"
    NOT_BEGUN = "notBegun"
    DELTA = "delta"
    INDIRECT = "indirect"
    PARTIAL = "partial"
    UNKNOWN_CRITICAL = "unknownCriticalExtension"
    OLDER = "older"


class CrlInvalid(Exception):
    """A list that is not taken; `str(error)` is the fault's name."""

    def __init__(self, fault: CrlFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Crl:
    """A list whose issuer and signature were verified.

    `revoked`: serial numbers, those on hold included. `points`: the list speaks only of certificates that
    name one of these addresses as their distribution point; None: of all of the issuer's. `der`: as signed.
    """

    number: int
    this_update: datetime
    next_update: datetime
    revoked: frozenset[int] = field(repr=False)
    points: frozenset[str] | None
    der: bytes = field(repr=False)

    def require_no_older_than(self, taken: Crl) -> None:
        """Raises CrlInvalid where `taken` is newer: going back would give a revoked certificate its life."""
        if self.number < taken.number or self.this_update < taken.this_update:
            raise CrlInvalid(CrlFault.OLDER)


def read_crl(data: bytes, issuer: x509.Certificate, now: datetime) -> Crl:
    """The list in `data` (DER, or PEM with one list), if `issuer` made it and it is of a kind that is taken.

    1. It can be read, whole.                 4. It names the issuer's key (5.2.1).
    2. It bears the issuer's name.            5. It has begun, and says when the next one comes (5.1.2.5).
    3. The issuer may sign lists, and signed  6. It is numbered (5.2.3), whole, direct, about institutions'
       this one, by no broken hash.              certificates, and every critical extension is understood.

    Raises CrlInvalid with the first step that fails. Takes some 0.8 s of a core for 100,000 entries, of which
    0.15 s in one piece (the signature): call it in a thread.
    """
    try:
        if data.startswith(_PEM):  # (1)
            data = x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
        crl = x509.load_der_x509_crl(data)
        require_whole_octets(data, crl.signature)
        return _verified(crl, data, issuer, now)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion):
        raise CrlInvalid(CrlFault.UNREADABLE) from None


def _verified(
    crl: x509.CertificateRevocationList, der: bytes, issuer: x509.Certificate, now: datetime
) -> Crl:
    if crl.issuer != issuer.subject:  # (2)
        raise CrlInvalid(CrlFault.ANOTHER_ISSUER)
    _require_signature(crl, issuer)  # (3)
    _require_key_identifier(crl, issuer)  # (4)
    if crl.next_update_utc is None:  # (5)
        raise CrlInvalid(CrlFault.NO_NEXT_UPDATE)
    if crl.last_update_utc > now + CLOCKS_DIFFER:
        raise CrlInvalid(CrlFault.NOT_BEGUN)
    number, points = _number(crl), _points(crl)  # (6)
    return Crl(
        number=number,
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        revoked=frozenset(_serial(entry) for entry in crl),
        points=points,
        der=der,  # asked of the library, it would be written anew: as long as all the rest, and nobody runs
    )


def _require_signature(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        pass  # an issuer without the extension may do what its key can (4.2.1.3)
    else:
        if not usage.crl_sign:
            raise CrlInvalid(CrlFault.ISSUER_MAY_NOT_SIGN)
    if isinstance(crl.signature_hash_algorithm, MD5 | SHA1):
        raise CrlInvalid(CrlFault.WEAK_SIGNATURE)
    if not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type] # TypeError: can sign nothing
        raise CrlInvalid(CrlFault.BAD_SIGNATURE)


def _require_key_identifier(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    """Two keys of one name are told apart by it; the signature alone says which one it was."""
    try:
        named = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        raise CrlInvalid(CrlFault.NO_KEY_IDENTIFIER) from None
    try:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return
    if named.key_identifier not in (None, own.digest):
        raise CrlInvalid(CrlFault.ANOTHER_KEY)


def _number(crl: x509.CertificateRevocationList) -> int:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        raise CrlInvalid(CrlFault.NO_NUMBER) from None


def _points(crl: x509.CertificateRevocationList) -> frozenset[str] | None:
    """The distribution points that the list is bound to (5.2.5)."""
    points: frozenset[str] | None = None
    for extension in crl.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise CrlInvalid(CrlFault.DELTA)
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            points = _bound_to(extension.value)
        elif extension.critical and extension.oid not in _UNDERSTOOD:
            raise CrlInvalid(CrlFault.UNKNOWN_CRITICAL)
    return points


def _bound_to(point: x509.IssuingDistributionPoint) -> frozenset[str] | None:
    if point.indirect_crl:
        raise CrlInvalid(CrlFault.INDIRECT)
    others = point.only_contains_ca_certs or point.only_contains_attribute_certs
    if others or point.only_some_reasons is not None or point.relative_name is not None:
        raise CrlInvalid(CrlFault.PARTIAL)
    if point.full_name is None:
        return None
    names = (name.value for name in point.full_name if isinstance(name, x509.UniformResourceIdentifier))
    return frozenset(names)


def _serial(entry: x509.RevokedCertificate) -> int:
    for extension in entry.extensions:
        if extension.oid == CRLEntryExtensionOID.CERTIFICATE_ISSUER:
            raise CrlInvalid(CrlFault.INDIRECT)
        if extension.critical and extension.oid not in _UNDERSTOOD_OF_ENTRIES:
            raise CrlInvalid(CrlFault.UNKNOWN_CRITICAL)
        if (
            isinstance(extension.value, x509.CRLReason)
            and extension.value.reason is x509.ReasonFlags.remove_from_crl
        ):
            raise CrlInvalid(CrlFault.DELTA)
    return entry.serial_number
