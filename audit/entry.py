"""From an event to the members of its entry (formats.md §1). Pure; the writer adds number and counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from audit.canonical import b64, canonical, moment
from audit.event import Event, Kind, Outcome
from fidus.model import Subject, SubjectRole, TraceIds

VERSION: Final = 1
MAX_SUBJECTS: Final = 500  # of one entry; further ones stand in parts

_CONSULTATION: Final = frozenset(
    {"v", "kind", "at", "consultation", "institution", "actor", "flow", "flowDigest", "channel", "traceIds"}
    | {"subjects", "request"}
)
_INTENT: Final = _CONSULTATION | {"asked", "facts", "sealed"}
_OUTCOME: Final = _CONSULTATION | {"outcome", "fields"}
_REFUSAL: Final = frozenset({"v", "kind", "at", "institution", "subjects", "error"})

_NOBODY: Final[Mapping[str, int]] = {**{role.value: 0 for role in SubjectRole}, "unnumbered": 0}

# Per kind of consultation: what must be there, and what may be. `number` is the writer's.
_MEMBERS: Final[Mapping[Kind, tuple[frozenset[str], frozenset[str]]]] = {
    Kind.INTENT: (_INTENT - {"actor"}, _INTENT),
    Kind.OUTCOME: (_OUTCOME - {"actor"}, _OUTCOME | {"error", "answer", "part", "sealed"}),
    Kind.REFUSAL: (_REFUSAL, _INTENT | {"error", "rule"}),
}


def build(event: Event, sealed: bytes | None, first: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The entry's members, without those that the writer adds; what is absent is left out.

    `sealed`: the seal made from `event.sealed`; `first`: the event's head, where that is made already. Raises
    ValueError, naming kind and member, for an event that lacks a member of its kind or has one of another
    kind.
    """
    members = {
        **(head(event) if first is None else first),
        "at": moment(event.at),
        "actor": event.actor,
        "flow": event.flow,
        "flowDigest": _b64(event.flow_digest),
        "channel": event.channel,
        "traceIds": _traces(event.trace_ids),
        "outcome": None if event.outcome is None else event.outcome.value,
        "error": event.error,
        "rule": event.rule,
        "fields": None if event.fields is None else list(event.fields),
        "subjects": _counts(event) if event.kind in _MEMBERS else None,
        "request": _b64(event.request),
        "answer": _b64(event.answer),
        "asked": None if event.asked is None else list(event.asked),
        "facts": event.facts,
        "part": None if event.part is None else {"n": event.part[0], "m": event.part[1]},
        "sealed": _b64(sealed),
    }
    entry = {name: value for name, value in members.items() if value is not None}
    if event.detail is not None:
        entry[event.kind.value] = event.detail
    _check(event.kind, entry)
    return entry


def head(event: Event) -> dict[str, Any]:
    """The members that say which entry this is; the seal is bound to them."""
    members: dict[str, Any] = {"v": VERSION, "kind": event.kind.value}
    if event.consultation is not None:
        members["consultation"] = str(event.consultation)
    if event.institution is not None:
        members["institution"] = event.institution
    return members


def associated_data(entry: Mapping[str, Any]) -> bytes:
    """What the seal of this entry is bound to: canonical {v, kind, consultation, institution} (formats.md
    §2). A seal that was moved to another entry does not open."""
    bound = ("v", "kind", "consultation", "institution")
    return canonical({name: entry[name] for name in bound if name in entry})


def counts(subjects: tuple[Subject, ...]) -> dict[str, int]:
    """How many subjects have each role, and how many have no number: each subject is counted once."""
    found = dict(_NOBODY)
    for subject in subjects:
        found["unnumbered" if subject.id is None else subject.role] += 1
    return found


def parts(event: Event) -> tuple[Event, ...]:
    """An outcome with more than 500 subjects as several, to be written together in this order.

    Only the last has the answer's commitment and is the one to prove. Any other event comes back alone.
    """
    sealed = event.sealed
    if sealed is None or len(sealed.subjects) <= MAX_SUBJECTS:
        return (event,)
    groups = [
        sealed.subjects[start : start + MAX_SUBJECTS]
        for start in range(0, len(sealed.subjects), MAX_SUBJECTS)
    ]
    total = len(groups)
    return tuple(
        replace(
            event,
            part=(number, total),
            answer=event.answer if number == total else None,
            sealed=replace(sealed, subjects=group),
        )
        for number, group in enumerate(groups, start=1)
    )


def _counts(event: Event) -> dict[str, int]:
    """Counts of this entry's own seal. An outcome goes to the institution: who else the source knows the
    asked person as is for the seal alone, so `asked` counts 0 there (formats.md §1)."""
    found = counts(() if event.sealed is None else event.sealed.subjects)
    if event.kind is Kind.OUTCOME:
        found["asked"] = 0
    return found


def _check(kind: Kind, entry: Mapping[str, Any]) -> None:
    detailed = frozenset({"v", "kind", "at", kind.value})
    required, allowed = _MEMBERS.get(kind, (detailed, detailed | {"institution", "sealed"}))
    if not required <= entry.keys() <= allowed:
        if missing := required - entry.keys():
            raise ValueError(f"An entry of kind {kind.value} needs the member `{min(missing)}`")
        raise ValueError(f"An entry of kind {kind.value} has no member `{min(entry.keys() - allowed)}`")
    if kind is Kind.OUTCOME:
        _check_outcome(entry)


def _check_outcome(entry: Mapping[str, Any]) -> None:
    """What each outcome has, over and above the members of all: nobody was told anything by `interrupted`,
    `failed` has a reason and no answer, every other one has the answer in its last part."""
    outcome, part = entry["outcome"], entry.get("part", {"n": 1, "m": 1})
    expected = {
        "sealed": outcome != Outcome.INTERRUPTED,
        "error": outcome == Outcome.FAILED,
        "answer": outcome not in (Outcome.FAILED, Outcome.INTERRUPTED) and part["n"] == part["m"],
    }
    for name, wanted in expected.items():
        if wanted != (name in entry):
            must = "needs" if wanted else "has no"
            raise ValueError(f"An outcome `{outcome}` {must} member `{name}`")


def _traces(traces: TraceIds | None) -> dict[str, str] | None:
    if traces is None:
        return None
    own = {"own": str(traces.own)}
    return own if traces.related is None else {**own, "related": str(traces.related)}


def _b64(data: bytes | None) -> str | None:
    return None if data is None else b64(data)
