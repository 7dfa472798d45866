"""The registered issuers of client certificates: whose word on an institution's name is taken."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True, eq=False)
class Issuers:
    """Certificates of issuers, as registered with the hub. Each reading of them is one of its own: to compare
    certificates is to hash all of them, and that at each request."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def from_pem(cls, bundle: bytes) -> Issuers:
        """From PEM text with one or more certificates. Raises ValueError for none or a broken one."""
        return cls(tuple(x509.load_pem_x509_certificates(bundle)))

    def issued(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """The registered issuers whose name and signature the certificate bears; none: a foreign one."""
        return tuple(issuer for issuer in self.certificates if has_issued(issuer, certificate))

    def are_all_of(self, organization: str) -> bool:
        """Whether every issuer's own name holds this organization, as those of a demonstration do."""
        return all(organization in _organizations(issuer) for issuer in self.certificates)


def is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether the moment lies within the certificate's validity, both ends included."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the certificate bears the issuer's name and signature, and the issuer may issue any."""
    # ValueError: another name. TypeError: a kind of key that signs no certificate.
    with contextlib.suppress(ValueError, TypeError, InvalidSignature):
        certificate.verify_directly_issued_by(issuer)
        return may_issue(issuer)
    return False


def may_issue(certificate: x509.Certificate) -> bool:
    """Whether it says of itself that its key signs certificates (RFC 5280, 4.2.1.9 and 4.2.1.3)."""
    extensions = certificate.extensions
    try:
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        return False
    try:
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def _organizations(certificate: x509.Certificate) -> set[str | bytes]:
    return {name.value for name in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
