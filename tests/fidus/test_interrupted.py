"""What was left behind gets its outcome once, and copies its intent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from fidus.errors import AuditUnavailable
from fidus.model import TraceIds
from tests.fidus.questions import RIGHT, body, person

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

COPIED = (
    "consultation",
    "institution",
    "flow",
    "flowDigest",
    "channel",
    "traceIds",
    "request",
)

DATABASES = ("sqlite", "postgresql")


def leave_behind(desk: Desk, flow: str = "town-address", sent: bytes | None = None) -> UUID:
    """An intent whose process never learns that it was written."""
    desk.line.losing.append("intent")
    traces = TraceIds(uuid4(), uuid4())
    desk.refused(AuditUnavailable, flow, sent or body(person()), traces=traces)
    return UUID(desk.entries("intent")[-1]["consultation"])


def test_the_outcome_copies_the_intent_and_seals_nothing(desk: Desk) -> None:
    leave_behind(desk)
    desk.clock.advance(seconds=30)
    assert desk.run(desk.interrupter.sweep()) == 1
    intent, outcome = desk.entry("intent"), desk.entry("outcome")
    assert {name: outcome[name] for name in COPIED} == {name: intent[name] for name in COPIED}
    assert outcome.keys() == {*COPIED, "v", "kind", "at", "number", "outcome", "fields", "subjects"}
    assert (outcome["outcome"], outcome["fields"], outcome["at"][11:19]) == ("interrupted", [], "08:30:30")
    assert set(outcome["subjects"].values()) == {0}
    assert desk.opened() == []


def test_everything_left_behind_is_ended_once_however_many_sweep(desk: Desk) -> None:
    for _ in range(3):
        leave_behind(desk)

    async def scene() -> list[int]:
        return await asyncio.gather(*(desk.interrupter.sweep() for _ in range(4)))

    assert sum(desk.run(scene())) == 3
    assert len(desk.entries("outcome")) == 3


def test_what_was_to_be_guessed_counts_as_failed(desk: Desk) -> None:
    leave_behind(desk, "housing-confirm", body(person(), RIGHT))
    leave_behind(desk)
    (guess, plain) = desk.opened()
    assert (desk.reader.counter(guess.failed), plain.failed) == (0, "")
    desk.run(desk.interrupter.sweep())
    assert desk.reader.counter(guess.failed) == 1


def test_a_sweep_that_fails_is_made_good_by_the_next(desk: Desk) -> None:
    leave_behind(desk)
    with desk.locked(), pytest.raises(AuditUnavailable):
        desk.run(desk.interrupter.sweep())
    assert desk.run(desk.interrupter.sweep()) == 1


def test_whoever_works_on_it_keeps_it_until_the_end(desk: Desk) -> None:
    with desk.interrupter.working_on(leave_behind(desk)):
        assert desk.run(desk.interrupter.sweep()) == 0
    assert desk.run(desk.interrupter.sweep()) == 1
