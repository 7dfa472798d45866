"""An event in the words of the domain: what is to be recorded, before sealing and serialising."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from fidus.model import Subject, TraceIds


class Kind(StrEnum):
    """The kinds of entries (formats.md §1)."""

    INTENT = "intent"
    OUTCOME = "outcome"
    REFUSAL = "refusal"
    REFUSALS = "refusals"
    ADMIN = "admin"
    READ = "read"
    SUMMARY = "summary"
    DELIVERY = "delivery"
    INVOICE = "invoice"


class Outcome(StrEnum):
    """How a consultation ended."""

    FOUND = "found"
    ABSENT = "absent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What only a key holder may read (formats.md §2). Absent members are left out of the plaintext."""

    subjects: tuple[Subject, ...] = field(repr=False, default=())
    end_user: str | None = field(repr=False, default=None)
    case_reference: str | None = field(repr=False, default=None)
    query: Mapping[str, Any] | None = field(repr=False, default=None)
    answer_nonce: bytes | None = field(repr=False, default=None)
    flow: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Event:
    """Everything an entry tells, clear and sealed. Members that do not apply stay None and are left out.

    `detail`: the member named after the kind, for kinds that are no consultation. The counts of subjects in
    clear are made from `sealed.subjects`.
    """

    kind: Kind
    at: datetime
    consultation: UUID | None = None
    institution: str | None = None
    actor: str | None = None
    flow: str | None = None
    flow_digest: bytes | None = None
    channel: str | None = None
    trace_ids: TraceIds | None = None
    request: bytes | None = None
    answer: bytes | None = None
    asked: tuple[str, ...] | None = None
    facts: Mapping[str, Any] | None = None
    outcome: Outcome | None = None
    error: str | None = None
    rule: int | None = None
    fields: tuple[str, ...] | None = None
    part: tuple[int, int] | None = None
    detail: Mapping[str, Any] | None = None
    sealed: Sealed | None = None
