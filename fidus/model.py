"""The words of the domain as frozen dataclasses: no behaviour beyond reading, no technology.

Values that identify a person have `repr=False`, so that no log line or traceback shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

JsonObject: TypeAlias = Mapping[str, Any]
LocalText: TypeAlias = Mapping[str, str]  # fr, nl, de, en -> text

LANGUAGES = ("fr", "nl", "de", "en")


class Role(StrEnum):
    """What an enrolled key may do."""

    EXCHANGE = "exchange"
    DPO = "dpo"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Channel(StrEnum):
    """The way by which a question came in."""

    API = "api"
    SOAP = "soap"
    ONLINE = "online"
    BATCH = "batch"


class Mode(StrEnum):
    """DATA hands over fields; CONFIRM only compares and says yes, no or unknown."""

    DATA = "data"
    CONFIRM = "confirm"


class SubjectType(StrEnum):
    """What can be looked at."""

    PERSON = "person"
    ENTERPRISE = "enterprise"
    ESTABLISHMENT = "establishment"
    VEHICLE = "vehicle"
    ADDRESS = "address"


class SubjectRole(StrEnum):
    """Why a subject stands in an entry: asked about, a candidate of a search, or shown by the answer."""

    ASKED = "asked"
    LISTED = "listed"
    DISCLOSED = "disclosed"


@dataclass(frozen=True, slots=True)
class Subject:
    """Someone or something that a consultation looks at.

    `id` in the spelling of formats.md §2, None for one without number (counted as unnumbered).
    `fields`: leaf paths of the answer that show it; it is disclosed as soon as one of them is handed over.
    Empty: always.
    """

    type: SubjectType
    id: str | None = field(repr=False)
    role: SubjectRole
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Key:
    """An enrolled public key: standard base64 of SHA-256 over its SubjectPublicKeyInfo, what it may do, and
    from when until when (days in Brussels, both included)."""

    spki_sha256: str
    roles: frozenset[Role]
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Institution:
    """A body that asks, known by its enterprise number (ten digits)."""

    number: str
    slug: str
    kind: str  # institution | supplier | integrator
    name: LocalText
    keys: tuple[Key, ...]
    valid_from: date
    valid_until: date
    dpo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """How often a flow may be used."""

    per_second: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Deliberation:
    """The committee's decision that authorises a flow."""

    number: str
    date: date


@dataclass(frozen=True, slots=True)
class Flow:
    """One institution's right to ask one service of one source for one purpose.

    `fields`: leaf paths, groups already written out as of `contract`. `digest`: SHA-256 of the file's bytes.
    Days are days in Brussels, both ends included.
    """

    id: str
    institution: str
    service: str
    mode: Mode
    purpose: LocalText
    legal_basis: tuple[str, ...]
    fields: tuple[str, ...]
    valid_from: date
    valid_until: date
    channels: frozenset[Channel]
    quota: Quota
    contract: str
    digest: bytes
    deliberation: Deliberation | None = None
    existence: bool = True
    max_guesses: int = 5
    follow_replaced: bool = False
    requires_case: bool = True
    requires_end_user: bool = True
    requires_dossier: bool = False
    limits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class QueryMember:
    """One member of a service's query. `kind` names its form in `fidus/request_forms.py`."""

    name: str
    kind: str
    required: bool
    subject: SubjectType | None


@dataclass(frozen=True, slots=True)
class Service:
    """One operation that a source offers. `contracts`: version -> group name -> leaf paths in it.

    A group is what a flow file may name; a leaf path is dotted (`address.postalCode`), lists are passed
    through (`addresses.postalCode`). `confirmable`: group -> the members that can be compared. `choices`:
    sets of members of which exactly one is sent (a plate, or a VIN with its unifier).
    """

    id: str  # source slug / name
    title: LocalText
    members: tuple[QueryMember, ...]
    contracts: Mapping[str, Mapping[str, tuple[str, ...]]]
    confirmable: Mapping[str, tuple[str, ...]]
    example: JsonObject
    limits: frozenset[str] = frozenset()
    choices: tuple[tuple[str, ...], ...] = ()

    @property
    def leaves(self) -> frozenset[str]:
        """Every leaf of every version."""
        return frozenset(
            leaf for groups in self.contracts.values() for group in groups.values() for leaf in group
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is in force, as one immutable value. `epoch` rises with apply, suspend, resume and revoke."""

    epoch: int
    digest: bytes
    institutions: Mapping[str, Institution]  # by enterprise number
    flows: Mapping[str, Flow]  # by flow id
    services: Mapping[str, Service]  # by service id
    suspended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one subject, checked: canonical values by member name."""

    service: str
    values: JsonObject = field(repr=False)
    subjects: tuple[Subject, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks within the institution, and for which case; both for the record."""

    case_reference: str | None = field(repr=False, default=None)
    end_user: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Request:
    """One parsed request. `body`: RFC 8785 form of what was sent. `asked`: dotted names of its members.

    `select`: names of fields to which the caller narrows the answer, None for all that the flow grants.
    """

    query: Query
    confirm: JsonObject | None = field(repr=False)
    context: Context
    body: bytes = field(repr=False)
    asked: tuple[str, ...]
    select: tuple[str, ...] | None = None


class Why(StrEnum):
    """Why a source has no data: an answer, not an error."""

    UNKNOWN_SUBJECT = "unknownSubject"
    REPLACED = "replaced"
    NOTHING_IN_PERIOD = "nothingInPeriod"
    TOO_MANY_CANDIDATES = "tooManyCandidates"


@dataclass(frozen=True, slots=True)
class Found:
    """What a source holds: every field of the contract, by nested mapping. `as_of` is the source's own date.
    `withheld`: groups that exist but are secret or not communicable; they are absent from `fields`."""

    fields: JsonObject = field(repr=False)
    as_of: date
    subjects: tuple[Subject, ...] = field(repr=False, default=())
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Absent:
    """The source says there is nothing. `replaced_by` never leaves; it only tags the log."""

    why: Why
    as_of: date
    replaced_by: Subject | None = field(repr=False, default=None)


Answer: TypeAlias = Found | Absent


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands behind a connection: the institution and the roles of the key that it used.

    `key`: the SPKI hash of that key as institution files write it, "" where no certificate was shown."""

    institution: str
    roles: frozenset[Role]
    key: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TraceIds:
    """`own` is made by the hub for this call; `related` is the caller's, if it was a UUID."""

    own: UUID
    related: UUID | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policy is told about the moment; the intent's transaction reads the same.

    `day_used`: consultations of this flow today, before this one. `guesses`: `no` answers today about this
    subject under this flow; `guesses_taken` adds those still under way. `open_dossier` None: not asked for.
    `second_used`: in this second, in this process, one of `processes` that share the quota of a second.
    """

    now: datetime
    suspended: bool = False
    processes: int = 1
    day_used: int = 0
    second_used: int = 0
    guesses: int = 0
    guesses_taken: int = 0
    open_dossier: bool | None = None
