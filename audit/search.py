"""Searching the log: newest first, identifiers hidden unless they are asked for. That a search was made is
itself to be recorded; by the caller, who knows who searched and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, Protocol

from audit.canonical import moment
from audit.event import Kind
from audit.recorder import Recorder
from fidus.model import SubjectRole, SubjectType

REFUSED: Final = "refused"  # the outcome that a refusal is shown with
SCANNED: Final = 20_000  # entries that one page looks at, at most
_CHUNK: Final = 256


class Size(Protocol):
    """What is read of the log's head."""

    @property
    def size(self) -> int: ...


class Entries(Protocol):
    """What is read of the store. Each raises AuditUnavailable where it cannot be read."""

    def head(self) -> Size: ...

    def entry(self, index: int) -> bytes: ...

    def entries(self, start: int, stop: int) -> Iterable[bytes]: ...

    def tagged(self, tags: list[tuple[int, bytes]]) -> Sequence[tuple[int, SubjectRole | str]]: ...


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for; None: anything.

    `identifier`: a subject in any spelling that audit.index takes. `outcome`: one of formats.md §1, or
    `refused`. `role`: of the subject looked for, or, without one, of any subject counted in the entry.
    `since` is included, `until` is not; both need a time zone.
    """

    identifier: tuple[SubjectType, str] | None = field(repr=False, default=None)
    role: SubjectRole | None = None
    flow: str | None = None
    institution: str | None = None
    kind: Kind | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def shape(self) -> list[str]:
        """Which criteria were given, without their values: for the entry that says that a search was made."""
        return [one.name for one in fields(self) if getattr(self, one.name) is not None]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry found. `roles`: of the subject looked for, none if there was no such. `sealed`: only where
    it was asked for and the month's key still exists."""

    index: int
    at: str
    kind: str
    outcome: str | None
    institution: str | None
    flow: str | None
    channel: str | None
    consultation: str | None
    number: int | None
    roles: tuple[str, ...] = ()
    sealed: Mapping[str, Any] | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first. `cursor`: give it to the next call to go on; None: there is nothing older. A page
    may have fewer rows than the limit and a cursor all the same, since one call looks at a bounded number."""

    rows: tuple[Row, ...]
    cursor: int | None


def search(
    entries: Entries,
    recorder: Recorder,
    criteria: Criteria,
    *,
    limit: int = 50,
    cursor: int | None = None,
    reveal: bool = False,
) -> Page:
    """Find entries. Reads only; call it in a thread. `reveal`: open the seals of what is found.

    Raises ValueError for an identifier without normal form, a limit below 1 or a time without zone;
    AuditUnavailable if store or keys cannot be read.
    """
    if limit < 1:
        raise ValueError("The limit of a search is at least 1")
    test = _Test(criteria)
    end = entries.head().size if cursor is None else cursor
    rows: list[Row] = []
    for looked_at, (index, entry, roles) in enumerate(_candidates(entries, recorder, criteria, end), start=1):
        if test.accepts(entry, roles):
            rows.append(_row(index, entry, roles, recorder.open_sealed(entry) if reveal else None))
        if len(rows) == limit or looked_at == SCANNED:
            return Page(tuple(rows), index or None)  # the oldest entry has index 0
    return Page(tuple(rows), None)


_Candidate = tuple[int, dict[str, Any], tuple[str, ...]]


def _candidates(entries: Entries, recorder: Recorder, criteria: Criteria, end: int) -> Iterator[_Candidate]:
    """Entries below `end`, newest first: those with a tag of the subject, or else all."""
    if criteria.identifier is None:
        yield from _all(entries, end)
        return
    roles: dict[int, set[str]] = {}
    for index, role in entries.tagged(recorder.tagger.every(*criteria.identifier)):
        roles.setdefault(index, set()).add(str(role))
    for index in sorted((index for index in roles if index < end), reverse=True):
        yield index, json.loads(entries.entry(index)), tuple(sorted(roles[index]))


def _all(entries: Entries, end: int) -> Iterator[_Candidate]:
    while end > 0:
        start = max(0, end - _CHUNK)
        chunk = list(entries.entries(start, end))
        for offset in range(end - start - 1, -1, -1):
            yield start + offset, json.loads(chunk[offset]), ()
        end = start


class _Test:
    """The criteria as one question about an entry."""

    def __init__(self, criteria: Criteria) -> None:
        wanted = {
            "flow": criteria.flow,
            "institution": criteria.institution,
            "kind": criteria.kind,
            "outcome": criteria.outcome,
        }
        self._wanted = {name: value for name, value in wanted.items() if value is not None}
        self._role = criteria.role
        self._by_subject = criteria.identifier is not None
        self._since = "" if criteria.since is None else moment(criteria.since)
        self._until = None if criteria.until is None else moment(criteria.until)

    def accepts(self, entry: Mapping[str, Any], roles: tuple[str, ...]) -> bool:
        """Moments have one fixed width, so they compare as text."""
        known = {**entry, "outcome": _outcome(entry)}
        if any(known.get(name) != value for name, value in self._wanted.items()):
            return False
        if entry["at"] < self._since or (self._until is not None and entry["at"] >= self._until):
            return False
        return self._role is None or self._has_role(entry, roles, self._role)

    def _has_role(self, entry: Mapping[str, Any], roles: tuple[str, ...], role: SubjectRole) -> bool:
        if self._by_subject:
            return role in roles
        return bool(entry.get("subjects", {}).get(role.value, 0))


def _outcome(entry: Mapping[str, Any]) -> str | None:
    return REFUSED if entry["kind"] == Kind.REFUSAL else entry.get("outcome")


def _row(
    index: int, entry: Mapping[str, Any], roles: tuple[str, ...], sealed: Mapping[str, Any] | None
) -> Row:
    return Row(
        index=index,
        at=entry["at"],
        kind=entry["kind"],
        outcome=_outcome(entry),
        institution=entry.get("institution"),
        flow=entry.get("flow"),
        channel=entry.get("channel"),
        consultation=entry.get("consultation"),
        number=entry.get("number"),
        roles=roles,
        sealed=sealed,
    )
