"""From a client certificate to the institution behind it, at every request.

Who showed the certificate holds its key: the TLS layer checked that, the hub's own or that of a proxy which
the settings name (`fidus/client_cert.py`). Whether it still means an institution is decided here, anew for
each request, so that a revocation or an until-date ends connections that are kept open.
"""

from __future__ import annotations

from datetime import datetime

from fidus.certificate import ClientCertificate, read_certificate
from fidus.errors import IdentityReason, IdentityRejected
from fidus.issuers import is_valid
from fidus.model import Caller, Catalogue
from fidus.policy import brussels_day, is_in_force
from fidus.revocation import Standing
from fidus.trust import Trust

_REFUSED = {
    Standing.REVOKED: IdentityReason.REVOKED,
    Standing.UNKNOWN: IdentityReason.REVOCATION_UNKNOWN,
}


def identify(der: bytes | None, catalogue: Catalogue, trust: Trust, now: datetime) -> Caller:
    """The institution behind a client certificate, and the roles of the key it used.

    1. The peer showed a certificate.          6. It is not revoked, as far as its issuer says, and the
    2. The certificate can be read.               issuer's list of revoked ones is known and serves.
    3. A registered issuer issued it.          7. It names one enterprise number, check digits right.
    4. It is meant for client authentication,  8. That institution enrolled its key, from and until when
       strong, and understood.                    includes today.
    5. It and its issuer are valid now.        9. The institution is in force today.

    `der`: the certificate as the TLS layer took it, None if the peer showed none. Days are days in Brussels.
    A key that is enrolled several times has the roles of all that hold today.
    Raises IdentityRejected with the first step that fails; the peer is told the same for each.
    """
    if der is None:  # (1)
        raise IdentityRejected(IdentityReason.NO_CERTIFICATE)
    read = read_certificate(der, trust.issuers)  # (2)
    if not read.issuers:  # (3)
        raise IdentityRejected(IdentityReason.ISSUER_NOT_REGISTERED)
    if read.fault is not None:  # (4)
        raise IdentityRejected(read.fault)
    _require_certified(read, trust, now)  # (5, 6)
    if read.number is None:  # (7)
        raise IdentityRejected(IdentityReason.NO_USABLE_NUMBER)
    caller = _enrolled(read.number, read.spki_sha256, catalogue, now)
    trust.shown.note(read.number, read.spki_sha256, read.certificate.not_valid_after_utc)
    return caller


def _require_certified(read: ClientCertificate, trust: Trust, now: datetime) -> None:
    valid = [issuer for issuer in read.issuers if is_valid(issuer, now)]
    if not is_valid(read.certificate, now) or not valid:  # (5)
        raise IdentityRejected(IdentityReason.OUTSIDE_VALIDITY)
    serial = read.certificate.serial_number
    standing = trust.revocation.standing(valid, serial, read.points, now)
    if standing is not Standing.GOOD:  # (6)
        raise IdentityRejected(_REFUSED[standing])


def _enrolled(number: str, spki_sha256: str, catalogue: Catalogue, now: datetime) -> Caller:
    today = brussels_day(now)
    institution = catalogue.institutions.get(number)
    enrolled = () if institution is None else institution.keys
    keys = [key for key in enrolled if key.spki_sha256 == spki_sha256 and is_in_force(key, today)]
    if institution is None or not keys:  # (8)
        raise IdentityRejected(IdentityReason.NOT_ENROLLED)
    if not is_in_force(institution, today):  # (9)
        raise IdentityRejected(IdentityReason.INSTITUTION_NOT_IN_FORCE)
    roles = frozenset().union(*(key.roles for key in keys))
    return Caller(institution.number, roles, spki_sha256)
