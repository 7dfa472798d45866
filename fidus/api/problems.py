"""The one mapping of errors to HTTP: status, type, title and who can mend it.

Members as in RFC 9457, and of the Belgif guide `href`, `issues`, `limit`, `retryAfterSec`; of fidus `origin`
and, after an intent, `consultationId`. No value that a caller or a source sent ever stands in a problem; a
bug has no `detail`, only its trace id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from fidus.api.texts import DETAILS
from fidus.errors import (
    AuditUnavailable,
    ConfigurationInvalid,
    Conflict,
    ExchangeRefused,
    FidusError,
    HubFault,
    IdempotencyKeyReused,
    IdentityRejected,
    Issue,
    IssueType,
    MethodNotAllowed,
    MissingPermission,
    NotAcceptable,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    QuotaReason,
    RefusedBecause,
    RequestInvalid,
    SourceAnswerInvalid,
    SourceFault,
    SourceSignatureInvalid,
    SourceTimeout,
    SourceUnavailable,
    UnsupportedMedia,
)
from fidus.model import TraceIds

RETRY_HUB_S: Final = 5  # a log that cannot be written is looked after at once
RETRY_SOURCE_S: Final = 30  # a source that is away rarely comes back sooner

_GUIDE = "https://www.belgif.be/specification/rest/api-guide/problems"


class Origin(StrEnum):
    """Who can mend it."""

    CALLER = "caller"
    HUB = "hub"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem. `code`: last part of its type. `owner`: whose type it is, belgif or fidus."""

    status: int
    owner: str
    code: str
    title: str
    origin: Origin = Origin.CALLER

    @property
    def type(self) -> str:
        """The URN by which programs know it."""
        return f"urn:problem-type:{self.owner}:{self.code}"

    def href(self, base: str) -> str:
        """The page that explains it. Who was not recognised can only open the documentation."""
        if self.owner == "belgif":
            return f"{_GUIDE}/{self.code}.html"
        if self.status == 401:
            return f"{base}/doc#{self.code}"
        return f"{base}/refData/problemTypes/{self.code}"


def _belgif(status: int, code: str, title: str, origin: Origin = Origin.CALLER) -> ProblemType:
    return ProblemType(status, "belgif", code, title, origin)


def _own(status: int, code: str, title: str, origin: Origin = Origin.CALLER) -> ProblemType:
    return ProblemType(status, "fidus", code, title, origin)


_TOO_MANY = _belgif(429, "tooManyRequests", "Too Many Requests")

REFUSED: Final[Mapping[RefusedBecause, ProblemType]] = MappingProxyType(
    {
        RefusedBecause.NOT_IN_FORCE: _own(403, "notInForce", "Flow Not In Force"),
        RefusedBecause.SUSPENDED: _own(403, "suspended", "Flow Suspended"),
        RefusedBecause.CHANNEL_NOT_GRANTED: _own(403, "channelNotGranted", "Channel Not Granted"),
        RefusedBecause.QUERY_NOT_GRANTED: _own(403, "queryNotGranted", "Query Not Granted"),
        RefusedBecause.NO_OPEN_DOSSIER: _own(403, "noOpenDossier", "No Open Dossier"),
        RefusedBecause.MANDATE_MISSING: _own(403, "mandateMissing", "Mandate Missing"),
    }
)

EXCEEDED: Final[Mapping[QuotaReason, ProblemType]] = MappingProxyType(
    {
        QuotaReason.PER_SECOND: _TOO_MANY,
        QuotaReason.PER_DAY: _TOO_MANY,
        QuotaReason.GUESSES_UNDER_WAY: _TOO_MANY,
        QuotaReason.GUESSES_SPENT: _belgif(429, "tooManyFailedRequests", "Too Many Failed Requests"),
        QuotaReason.REFUSALS: _TOO_MANY,
    }
)

PROBLEMS: Final[Mapping[type[FidusError], ProblemType | Mapping[Any, ProblemType]]] = MappingProxyType(
    {
        RequestInvalid: _belgif(400, "badRequest", "Bad Request"),
        IdentityRejected: _own(401, "clientCertificateNotRecognized", "Client Certificate Not Recognized"),
        ExchangeRefused: REFUSED,
        MissingPermission: _belgif(403, "missingPermission", "Missing Permission"),
        NotFound: _belgif(404, "resourceNotFound", "Resource Not Found"),
        MethodNotAllowed: _own(405, "methodNotAllowed", "Method Not Allowed"),
        NotAcceptable: _own(406, "notAcceptable", "Not Acceptable"),
        Conflict: _own(409, "conflict", "Conflict"),
        PayloadTooLarge: _belgif(413, "payloadTooLarge", "Payload Too Large"),
        UnsupportedMedia: _own(415, "unsupportedMediaType", "Unsupported Media Type"),
        IdempotencyKeyReused: _own(422, "idempotencyKeyReused", "Idempotency Key Reused"),
        QuotaExceeded: EXCEEDED,
        HubFault: _belgif(500, "internalServerError", "Internal Server Error", Origin.HUB),
        ConfigurationInvalid: _belgif(500, "internalServerError", "Internal Server Error", Origin.HUB),
        SourceFault: _own(502, "sourceFault", "Source Fault", Origin.SOURCE),
        SourceAnswerInvalid: _own(502, "sourceAnswerInvalid", "Source Answer Invalid", Origin.SOURCE),
        SourceSignatureInvalid: _own(
            502, "sourceSignatureInvalid", "Source Signature Invalid", Origin.SOURCE
        ),
        AuditUnavailable: _belgif(503, "serviceUnavailable", "Service Unavailable", Origin.HUB),
        SourceUnavailable: _own(503, "sourceUnavailable", "Source Unavailable", Origin.SOURCE),
        SourceTimeout: _own(504, "sourceTimeout", "Source Timeout", Origin.SOURCE),
    }
)

_ISSUE_TITLES: Final[Mapping[IssueType, str]] = MappingProxyType(
    {
        IssueType.SCHEMA_VIOLATION: "Input isn't valid with respect to schema",
        IssueType.INVALID_INPUT: "Invalid input",
        IssueType.UNKNOWN_INPUT: "Unknown input",
        IssueType.INVALID_STRUCTURE: "Input value has invalid structure",
        IssueType.OUT_OF_RANGE: "Input value is out of range",
        IssueType.REQUIRED_INPUT: "Input is required",
        IssueType.INVALID_PERIOD: "Period is invalid",
        IssueType.EXACTLY_ONE_OF: "Exactly one of these inputs must be present",
    }
)


def problem_type(error: FidusError) -> ProblemType:
    """Which problem an error is. Raises KeyError for a class without problem: a bug, caught by a test."""
    entry = PROBLEMS[type(error)]
    if isinstance(entry, ProblemType):
        return entry
    assert isinstance(error, ExchangeRefused | QuotaExceeded)
    return entry[error.reason]


def all_types() -> tuple[ProblemType, ...]:
    """Each problem type once, by status and code."""
    found: set[ProblemType] = set()
    for entry in PROBLEMS.values():
        found |= {entry} if isinstance(entry, ProblemType) else set(entry.values())
    return tuple(sorted(found, key=lambda kind: (kind.status, kind.code)))


def document(error: FidusError, traces: TraceIds, language: str, base: str) -> dict[str, Any]:
    """The members of the problem. `base`: absolute address of the interface, without slash at the end."""
    kind = problem_type(error)
    members: dict[str, Any] = {
        "type": kind.type,
        "href": kind.href(base),
        "title": kind.title,
        "status": kind.status,
        "origin": kind.origin.value,
        **({} if kind.status == 500 else {"detail": DETAILS[kind.code][language]}),
        "instance": f"urn:uuid:{traces.own}",
    }
    if isinstance(error, RequestInvalid):
        members["issues"] = [_issue(issue) for issue in error.issues]
    if error.consultation is not None:
        members["consultationId"] = str(error.consultation)
    if isinstance(error, PayloadTooLarge | QuotaExceeded):
        members["limit"] = error.limit
    if (seconds := retry_after_s(error)) is not None:
        members["retryAfterSec"] = seconds
    return members


def retry_after_s(error: FidusError) -> int | None:
    """Whole seconds after which it is worth trying again: for 429 and 503, else None."""
    if isinstance(error, QuotaExceeded):
        return error.retry_after_s
    if isinstance(error, AuditUnavailable):
        return RETRY_HUB_S
    return RETRY_SOURCE_S if isinstance(error, SourceUnavailable) else None


def _issue(issue: Issue) -> dict[str, str]:
    named = {"name": issue.name} if issue.name else {}
    return {
        "type": issue.type.value,
        "title": _ISSUE_TITLES[issue.type],
        "in": issue.location,
        **named,
        "detail": issue.detail,
    }
