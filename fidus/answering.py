"""From a source's answer to what leaves: minimised or compared, and what the record says of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from audit.event import Outcome
from fidus.confirm import Verdict, compare
from fidus.minimise import disclosed, keep, narrowed
from fidus.model import Absent, Answer, Flow, Found, JsonObject, Mode, Request, Service, Subject, SubjectRole


@dataclass(frozen=True, slots=True)
class Prepared:
    """What may leave (`members` of the answer), and what its record tells.

    `handed_over`: leaf paths in data mode, compared names in confirm mode. `guess_failed`: a comparison was
    answered with no, which uses up a guess.
    """

    members: Mapping[str, Any] = field(repr=False)
    outcome: Outcome
    handed_over: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = field(repr=False, default=())
    guess_failed: bool = False


def prepare(answer: Answer, request: Request, flow: Flow, service: Service) -> Prepared:
    """Keep what the flow grants and the caller wants of it, nothing else.

    In confirm mode only `found` and yes, no or unknown leave, and the record names nobody but whoever was
    asked about, under every number that was told; a flow without `existence` answers an absent subject like
    a present one of whom nothing is known, so that nobody learns who exists.
    """
    match answer:
        case Absent() if flow.mode is Mode.CONFIRM and not flow.existence:
            return replace(_confirmed(request, None, frozenset()), subjects=_renumbered(answer, request))
        case Absent():
            members = {"found": False, "why": answer.why.value}
            return Prepared(members, Outcome.ABSENT, subjects=_renumbered(answer, request))
        case Found() if flow.mode is Mode.CONFIRM:
            asked = tuple(one for one in answer.subjects if one.role is SubjectRole.ASKED)
            return replace(_confirmed(request, answer.fields, answer.withheld), subjects=asked)
        case Found():
            return _data(answer, narrowed(flow.fields, request.select), service.contracts[flow.contract])
        case _:
            assert_never(answer)


def _data(answer: Found, wanted: frozenset[str], groups: Mapping[str, tuple[str, ...]]) -> Prepared:
    """`wanted`: granted leaves, as far as the caller wants them."""
    secret = {name: frozenset(groups.get(name, (name,))) for name in answer.withheld}
    data, handed_over = keep(answer.fields, wanted.difference(*secret.values()))
    withheld = sorted(name for name, leaves in secret.items() if leaves & wanted)
    members: dict[str, Any] = {"found": True, "data": data}
    if withheld:
        members["withheld"] = withheld
    return Prepared(members, Outcome.FOUND, handed_over, disclosed(answer.subjects, handed_over))


def _confirmed(request: Request, fields: JsonObject | None, withheld: frozenset[str]) -> Prepared:
    asked = request.confirm or {}
    verdicts = {name: compare(name, values, fields, withheld) for name, values in asked.items()}
    return Prepared(
        members={"found": True, "confirmed": {name: verdict.value for name, verdict in verdicts.items()}},
        outcome=Outcome.CONFIRMED,
        handed_over=tuple(sorted(verdicts)),
        guess_failed=Verdict.NO in verdicts.values(),
    )


def _renumbered(answer: Absent, request: Request) -> tuple[Subject, ...]:
    """A replaced person is tagged under both numbers, so that either finds the consultation."""
    return () if answer.replaced_by is None else (*request.query.subjects, answer.replaced_by)
