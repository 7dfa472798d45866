"""Following a person whose number was replaced to the newest number, where a flow allows it. Pure.

Only the question changes: the new number never leaves, and the record is found under both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fidus.model import Absent, Answer, Flow, Found, Query, Service, Subject


@dataclass(frozen=True, slots=True)
class Followed:
    """The question about the newest number, and whose that is."""

    query: Query = field(repr=False)
    newest: Subject = field(repr=False)


def follow(answer: Answer, query: Query, flow: Flow, service: Service) -> Followed | None:
    """What to ask instead: once, where the flow follows (`follow_replaced`) and the source says by which
    number the one asked was replaced. None: the answer stands."""
    if not (flow.follow_replaced and isinstance(answer, Absent) and answer.replaced_by is not None):
        return None
    newest = answer.replaced_by
    numbers = {subject.id for subject in query.subjects if subject.type is newest.type}
    values = {
        member.name: newest.id
        for member in service.members
        if member.subject is newest.type and query.values.get(member.name) in numbers
    }
    return Followed(replace(query, values={**query.values, **values}, subjects=(newest,)), newest)


def under_both(answer: Answer, query: Query, newest: Subject) -> Answer:
    """The answer about the newest number, for a record that is found under both numbers."""
    if isinstance(answer, Found):
        return replace(answer, subjects=(*query.subjects, newest, *answer.subjects))
    return replace(answer, replaced_by=answer.replaced_by or newest)
