"""Every error that fidus raises on purpose, in one tree.

    FidusError
      RequestInvalid            the caller's body or path breaks rules: all faults at once
      IdentityRejected          no institution stands behind this connection
      NotFound                  unknown, or another institution's: the two never differ
      ExchangeRefused           one's own flow, but not now or not so
      MissingPermission         the key that called has not the role
      Conflict · PayloadTooLarge · IdempotencyKeyReused · UnsupportedMedia · NotAcceptable · MethodNotAllowed
      QuotaExceeded             too many, come back later
      SourceError               the source gave no answer that may be used
        SourceUnavailable · SourceTimeout · SourceFault · SourceAnswerInvalid · SourceSignatureInvalid
      AuditUnavailable          the log cannot be written: nothing is asked, nothing leaves
      HubFault                  a bug
      ConfigurationInvalid      a file or setting; what was in force stays in force

An error carries facts, never prose that would have to be parsed, and never a value that a caller or a
source sent: `str(error)` may be logged. The one mapping to HTTP is `fidus/api/problems.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from fidus.model import Subject


class FidusError(Exception):
    """The root. Anything outside this tree is a bug and becomes a HubFault at the edge.

    `consultation`: set once an intent is durable, so that the caller is told under which id it stands.
    """

    consultation: UUID | None = None


class IssueType(StrEnum):
    """Why one member of a request is refused (Belgif rest-guide, input-validation problem types)."""

    SCHEMA_VIOLATION = "urn:problem-type:belgif:input-validation:schemaViolation"
    INVALID_INPUT = "urn:problem-type:belgif:input-validation:invalidInput"
    UNKNOWN_INPUT = "urn:problem-type:belgif:input-validation:unknownInput"
    INVALID_STRUCTURE = "urn:problem-type:belgif-ext:input-validation:invalidStructure"
    OUT_OF_RANGE = "urn:problem-type:belgif-ext:input-validation:outOfRange"
    REQUIRED_INPUT = "urn:problem-type:belgif-ext:input-validation:requiredInput"
    INVALID_PERIOD = "urn:problem-type:belgif-ext:input-validation:invalidPeriod"
    EXACTLY_ONE_OF = "urn:problem-type:belgif-ext:input-validation:exactlyOneOfExpected"


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault of a request. `name` is a Belgif path such as `query.ssin` or "" for the whole; `detail` is
    a fixed English sentence that names the rule and what to do. The value itself is never here."""

    type: IssueType
    name: str
    detail: str
    location: str = "body"  # body | header | path | query


class RequestInvalid(FidusError):
    """400: every fault of the request, in the order found.

    What could be read all the same, for the record of the refusal: `subjects` asked about, `asked` the known
    members that were sent, `body` the RFC 8785 form; empty or None where it could not. `unread`: the raw body
    of a request whose faults lie elsewhere, so that those of the body can be told at once with them.
    """

    def __init__(
        self,
        issues: tuple[Issue, ...],
        *,
        subjects: tuple[Subject, ...] = (),
        asked: tuple[str, ...] | None = None,
        body: bytes | None = None,
        unread: bytes | None = None,
    ) -> None:
        super().__init__(f"{len(issues)} faults in the request")
        self.issues = issues
        self.subjects = subjects
        self.asked = asked
        self.body = body
        self.unread = unread


class IdentityReason(StrEnum):
    """Why a peer is no institution. Counted; the peer itself is always told the same."""

    NO_CERTIFICATE = "noCertificate"
    UNREADABLE = "unreadable"
    ISSUER_NOT_REGISTERED = "issuerNotRegistered"
    NOT_FOR_CLIENT_AUTH = "notForClientAuth"
    UNKNOWN_CRITICAL = "unknownCriticalExtension"
    WEAK_CRYPTOGRAPHY = "weakCryptography"
    OUTSIDE_VALIDITY = "outsideValidity"
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocationUnknown"
    NO_USABLE_NUMBER = "noUsableNumber"
    NOT_ENROLLED = "notEnrolled"
    INSTITUTION_NOT_IN_FORCE = "institutionNotInForce"
    NOT_A_PROXY = "clientCertNotFromProxy"
    CLIENT_CERT_MALFORMED = "clientCertMalformed"


class IdentityRejected(FidusError):
    """401: no certificate, or one that does not lead to an enrolled institution in force."""

    def __init__(self, reason: IdentityReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class NotFound(FidusError):
    """404. `known_to_caller` never exists here on purpose: unknown and another's read the same."""


class RefusedBecause(StrEnum):
    """Why one's own flow may not be used now (last part of the problem type)."""

    NOT_IN_FORCE = "notInForce"
    SUSPENDED = "suspended"
    CHANNEL_NOT_GRANTED = "channelNotGranted"
    QUERY_NOT_GRANTED = "queryNotGranted"
    NO_OPEN_DOSSIER = "noOpenDossier"
    MANDATE_MISSING = "mandateMissing"


class ExchangeRefused(FidusError):
    """403: the flow is the caller's own; `rule` is the number of the policy step that refused."""

    def __init__(self, reason: RefusedBecause, rule: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.rule = rule


class MissingPermission(FidusError):
    """403: the key that called has not the role that this operation needs."""


class Conflict(FidusError):
    """409: against the stored state, such as the receipt of a consultation that is still open."""


class PayloadTooLarge(FidusError):
    """413. `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class UnsupportedMedia(FidusError):
    """415: another media type, or a Content-Encoding."""


class NotAcceptable(FidusError):
    """406: nothing that the caller accepts can be given here."""


class MethodNotAllowed(FidusError):
    """405. `allowed`: the methods that this resource has, in alphabetical order."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(", ".join(allowed))
        self.allowed = allowed


class IdempotencyKeyReused(FidusError):
    """422."""


class QuotaReason(StrEnum):
    """Which bound was met."""

    PER_SECOND = "perSecond"
    PER_DAY = "perDay"
    GUESSES_UNDER_WAY = "guessesUnderWay"
    GUESSES_SPENT = "guessesSpent"
    REFUSALS = "refusals"


class QuotaExceeded(FidusError):
    """429. `retry_after_s` in whole seconds, at least 1."""

    def __init__(self, reason: QuotaReason, limit: int, retry_after_s: int, rule: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.limit = limit
        self.retry_after_s = retry_after_s
        self.rule = rule


class SourceError(FidusError):
    """The source gave no usable answer. `cause` is a short fixed English phrase for the operator."""

    def __init__(self, source: str, cause: str) -> None:
        super().__init__(f"{source}: {cause}")
        self.source = source
        self.cause = cause


class SourceUnavailable(SourceError):
    """503: refused, reset, unreachable, or it says so itself."""


class SourceTimeout(SourceError):
    """504: no whole answer within the deadline."""


class SourceFault(SourceError):
    """502: the source says that it could not treat the question."""


class SourceAnswerInvalid(SourceError):
    """502: against its contract, not about this request, too old, too large, truncated."""


class SourceSignatureInvalid(SourceError):
    """502: not signed as it must be, or by another."""


class AuditUnavailable(FidusError):
    """503, origin hub: the record could not be made durable. No data was given out."""


class HubFault(FidusError):
    """500: a bug; told without any detail."""


@dataclass(frozen=True, slots=True)
class ConfigurationFault:
    """One thing wrong in a file: where, which rule, what to do. `line` counts from 1, 0 if unknown."""

    file: str
    line: int
    problem: str
    cure: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.problem}. {self.cure}"


class ConfigurationInvalid(FidusError):
    """Flow files or settings are wrong: all faults, with file, line and cure."""

    def __init__(self, faults: tuple[ConfigurationFault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
