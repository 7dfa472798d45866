"""The registered issuers of client certificates: whose word on an institution's name is taken."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Issuers:
    """Certificates of issuers, as registered with the hub."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def from_pem(cls, bundle: bytes) -> Issuers:
        """From PEM text with one or more certificates. Raises ValueError for none or a broken one."""
        return cls(tuple(x509.load_pem_x509_certificates(bundle)))

    def issued(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """The registered issuers whose name and signature the certificate bears; none: a foreign one."""
        return tuple(issuer for issuer in self.certificates if _bears(certificate, issuer))

    def are_all_of(self, organization: str) -> bool:
        """Whether every issuer's own name holds this organization, as those of a demonstration do."""
        return all(organization in _organizations(issuer) for issuer in self.certificates)


def is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether the moment lies within the certificate's validity, both ends included."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _bears(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    # ValueError: another name. TypeError: a kind of key that signs no certificate.
    with contextlib.suppress(ValueError, TypeError, InvalidSignature):
        certificate.verify_directly_issued_by(issuer)
        return True
    return False


def _organizations(certificate: x509.Certificate) -> set[str | bytes]:
    return {name.value for name in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
