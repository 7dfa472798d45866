"""Whatever the catalogue, the question and the moment: nothing is granted beyond the flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from fidus.errors import NotFound
from fidus.model import (
    Channel,
    Facts,
    Flow,
    Mode,
)
from fidus.policy import (
    Asked,
    Granted,
    Refused,
    brussels_day,
    decide,
    seconds_to_midnight,
)
from tests.fidus.policy_questions import (
    ADDRESS,
    FLOW,
    INSTITUTION,
    NOON,
    OTHER,
    OWNER,
    YEAR_AGO,
    asked,
    catalogue,
    facts,
    refused,
)

MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2028, 2, 1), timezones=st.just(UTC))
Case = tuple[Asked, Flow, Facts]


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """So that a case has a few oddities, not all of them at once."""
    return st.sampled_from([usual] * 12 + list(others))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    mode = draw(st.sampled_from(Mode))
    compare: dict[str, Any] = {"address": {}}
    flow = replace(
        FLOW,
        mode=mode,
        institution=draw(mostly(OWNER, OTHER)),
        fields=draw(mostly(ADDRESS, (), ADDRESS[:1], (*ADDRESS, "age"))),
        channels=draw(mostly(frozenset(Channel), frozenset(), frozenset({Channel.API}))),
        valid_from=draw(mostly(date(2026, 2, 1), date(2026, 6, 15), date(2027, 1, 1))),
        valid_until=draw(mostly(date(2027, 11, 30), date(2026, 6, 14), date(2028, 1, 1))),
        requires_dossier=draw(st.booleans()),
        limits=draw(mostly({}, {"periodYears": 2}, {"unheardOf": 1})),
        contract=draw(mostly("v1", "v2")),
        max_guesses=draw(st.integers(1, 5)),
    )
    question = asked(
        confirm=draw(mostly(compare if mode is Mode.CONFIRM else None, None, {}, compare, {"age": 1})),
        values=draw(st.sampled_from([{}, YEAR_AGO, {"period": {"startDate": "1999-01-01"}}])),
        institution=draw(mostly(OWNER, OTHER)),
        flow=draw(mostly(FLOW.id, "unheard-of")),
        channel=draw(st.sampled_from(Channel)),
    )
    now = Facts(
        now=draw(st.just(NOON) | MOMENTS),
        suspended=draw(mostly(False, True)),
        day_used=draw(mostly(0, 9, 10, 11)),
        second_used=draw(mostly(0, 2, 3, 4)),
        guesses=draw(mostly(0, 1, 3, 4, 5)),
        guesses_taken=draw(mostly(0, 1, 3, 4, 5)),
        open_dossier=draw(mostly(True, False, None)),
    )
    return question, flow, now


@given(cases(), st.booleans())
def test_whatever_is_granted_lies_within_the_flow(case: Case, suspended: bool) -> None:
    question, flow, now = case
    book = catalogue(flow, suspended=frozenset({flow.id}) if suspended else frozenset())
    decision = decide(question, book, now)
    if isinstance(decision, Refused):
        assert getattr(decision.error, "rule", decision.step) == decision.step
        return
    today = by_the_directive(now.now)
    assert question.institution == flow.institution == OWNER
    assert flow.valid_from <= today <= flow.valid_until
    assert INSTITUTION.valid_from <= today <= INSTITUTION.valid_until
    assert not suspended
    assert not now.suspended
    assert question.channel in flow.channels
    assert set(decision.leaves) <= set(flow.fields)
    assert (flow.mode is Mode.DATA) == (question.request.confirm is None) == (not decision.groups)
    assert set(question.request.confirm or ()) <= set(decision.groups)
    assert not (decision.leaves and decision.groups)
    assert now.day_used < flow.quota.per_day
    assert now.second_used < flow.quota.per_second
    assert flow.mode is Mode.DATA or max(now.guesses, now.guesses_taken) < flow.max_guesses
    assert now.open_dossier or not flow.requires_dossier


def by_the_directive(now: datetime) -> date:
    """The day in Brussels, by directive 2000/84/EC: UTC+2 between the last Sundays of March and October,
    changing at 1:00 UTC; UTC+1 otherwise."""
    begins, ends = (
        max(
            datetime(now.year, month, day, 1, tzinfo=UTC)
            for day in range(25, 32)
            if _is_sunday(now.year, month, day)
        )
        for month in (3, 10)
    )
    return (now + timedelta(hours=2 if begins <= now < ends else 1)).date()


def _is_sunday(year: int, month: int, day: int) -> bool:
    return date(year, month, day).isoweekday() == 7


@given(st.datetimes(datetime(2002, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)))
def test_a_day_in_brussels_is_one_by_the_directive(now: datetime) -> None:
    assert brussels_day(now) == by_the_directive(now)


@pytest.mark.parametrize("mode", Mode)
def test_the_properties_see_grants_of_both_modes(mode: Mode) -> None:
    def granted(case: Case) -> bool:
        question, flow, now = case
        return flow.mode is mode and isinstance(decide(question, catalogue(flow), now), Granted)

    find(cases(), granted, settings=settings(max_examples=1000, database=None, deadline=None))


@given(MOMENTS, st.integers(-400, 400).filter(bool))
def test_every_day_outside_validity_is_refused(now: datetime, days: int) -> None:
    today = by_the_directive(now)
    ends = sorted((today + timedelta(days=days), today + timedelta(days=days + (1 if days > 0 else -1))))
    flow = replace(FLOW, valid_from=ends[0], valid_until=ends[1])
    assert refused(decide(asked(), catalogue(flow), facts(now=now))).step == 3


@given(cases())
def test_another_institution_never_learns_that_a_flow_exists(case: Case) -> None:
    question, flow, now = case
    stranger = replace(question, institution="0999000327")
    known, unknown = decide(stranger, catalogue(flow), now), decide(stranger, catalogue(flow, flows={}), now)
    assert type(refused(known).error) is type(refused(unknown).error) is NotFound


@given(cases())
def test_the_same_question_is_always_decided_alike(case: Case) -> None:
    question, flow, now = case
    first, second = decide(question, catalogue(flow), now), decide(question, catalogue(flow), now)
    if isinstance(first, Refused):
        second = refused(second)
        assert (first.step, type(first.error), str(first.error)) == (
            second.step,
            type(second.error),
            str(second.error),
        )
    else:
        assert first == second


@given(MOMENTS)
def test_midnight_is_the_first_moment_of_the_next_day(moment: datetime) -> None:
    seconds = seconds_to_midnight(moment)
    assert brussels_day(moment + timedelta(seconds=seconds)) == brussels_day(moment) + timedelta(days=1)
    assert brussels_day(moment + timedelta(seconds=seconds - 1)) == brussels_day(moment)
