"""Every step of the decision refuses what it must, in its turn, and nothing is granted beyond the flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fidus.errors import ExchangeRefused, NotFound, QuotaExceeded, QuotaReason, RefusedBecause
from fidus.model import (
    Catalogue,
    Channel,
    Facts,
    Flow,
    Key,
    Mode,
    Role,
)
from fidus.policy import (
    Asked,
    Granted,
    brussels_day,
    decide,
    granted_groups,
    is_in_force,
    own_flow,
    seconds_to_midnight,
)
from tests.fidus.policy_questions import (
    ADDRESS,
    CONFIRM,
    FLOW,
    INSTITUTION,
    NOON,
    OTHER,
    OWNER,
    SERVICE,
    YEAR_AGO,
    asked,
    catalogue,
    facts,
    refused,
)


def test_what_a_flow_grants_is_granted_with_its_leaves() -> None:
    assert decide(asked(), catalogue(), facts()) == Granted(FLOW, SERVICE, leaves=ADDRESS, groups=())


def test_a_confirm_flow_grants_groups_and_no_leaf() -> None:
    decision = decide(asked(confirm={"address": {}}), catalogue(CONFIRM), facts())
    assert decision == Granted(CONFIRM, SERVICE, leaves=(), groups=("address",))


@pytest.mark.parametrize(
    ("question", "step"),
    [
        pytest.param(asked(flow="unheard-of"), 1, id="unknown-flow"),
        pytest.param(asked(institution=OTHER), 2, id="another-institution"),
    ],
)
def test_what_is_not_ones_own_is_not_found(question: Asked, step: int) -> None:
    decision = refused(decide(question, catalogue(), facts()))
    assert decision.step == step
    assert type(decision.error) is NotFound
    assert decision.error.args == ()


BEFORE, FIRST = datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC), datetime(2026, 1, 31, 23, 0, tzinfo=UTC)
LAST, AFTER = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC), datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
LIMITED = replace(FLOW, limits={"periodYears": 1})
DOSSIER = replace(FLOW, requires_dossier=True)


@pytest.mark.parametrize(
    ("question", "now", "book", "step", "reason"),
    [
        pytest.param(asked(), facts(now=BEFORE), catalogue(), 3, "notInForce", id="second-before-first-day"),
        pytest.param(asked(), facts(now=AFTER), catalogue(), 3, "notInForce", id="second-after-last-day"),
        pytest.param(asked(), facts(), catalogue(institutions={}), 3, "notInForce", id="institution-gone"),
        pytest.param(
            asked(),
            facts(),
            catalogue(institutions={OWNER: replace(INSTITUTION, valid_until=date(2026, 6, 14))}),
            3,
            "notInForce",
            id="institution-past",
        ),
        pytest.param(asked(), facts(suspended=True), catalogue(), 4, "suspended", id="suspended-by-fact"),
        pytest.param(
            asked(),
            facts(),
            catalogue(suspended=frozenset({FLOW.id})),
            4,
            "suspended",
            id="suspended-by-catalogue",
        ),
        pytest.param(asked(channel=Channel.SOAP), facts(), catalogue(), 5, "channelNotGranted", id="channel"),
        pytest.param(asked(), facts(), catalogue(services={}), 6, "queryNotGranted", id="service-unknown"),
        pytest.param(
            asked(),
            facts(),
            catalogue(replace(FLOW, contract="v2")),
            6,
            "queryNotGranted",
            id="contract-unknown",
        ),
        pytest.param(asked(service="x/y"), facts(), catalogue(), 6, "queryNotGranted", id="another-service"),
        pytest.param(
            asked(confirm={"address": {}}),
            facts(),
            catalogue(),
            6,
            "queryNotGranted",
            id="compares-in-data-mode",
        ),
        pytest.param(asked(), facts(), catalogue(CONFIRM), 6, "queryNotGranted", id="nothing-to-compare"),
        pytest.param(
            asked(confirm={}), facts(), catalogue(CONFIRM), 6, "queryNotGranted", id="compares-none"
        ),
        pytest.param(
            asked(confirm={"address": {}, "age": 1}),
            facts(),
            catalogue(CONFIRM),
            6,
            "queryNotGranted",
            id="compares-more-than-granted",
        ),
        pytest.param(asked(), facts(), catalogue(LIMITED), 6, "queryNotGranted", id="no-period"),
        pytest.param(
            asked(values={"period": {"startDate": "2025-06-14"}}),
            facts(),
            catalogue(LIMITED),
            6,
            "queryNotGranted",
            id="period-too-early",
        ),
        pytest.param(
            asked(values={"period": {}}),
            facts(),
            catalogue(LIMITED),
            6,
            "queryNotGranted",
            id="period-without-start",
        ),
        pytest.param(
            asked(values=YEAR_AGO),
            facts(),
            catalogue(replace(FLOW, limits={"unheardOf": 1})),
            6,
            "queryNotGranted",
            id="limit-nobody-can-judge",
        ),
        pytest.param(asked(), facts(), catalogue(DOSSIER), 7, "noOpenDossier", id="dossier-not-asked-for"),
        pytest.param(
            asked(), facts(open_dossier=False), catalogue(DOSSIER), 7, "noOpenDossier", id="dossier-closed"
        ),
    ],
)
def test_each_step_refuses_in_its_turn(
    question: Asked, now: Facts, book: Catalogue, step: int, reason: str
) -> None:
    decision = refused(decide(question, book, now))
    assert decision.step == step
    assert isinstance(decision.error, ExchangeRefused)
    assert (decision.error.reason, decision.error.rule) == (RefusedBecause(reason), step)


UNTIL_MIDNIGHT = 12 * 3600


@pytest.mark.parametrize(
    ("flow", "now", "step", "reason", "limit", "retry"),
    [
        pytest.param(FLOW, facts(second_used=3), 8, "perSecond", 3, 1, id="second"),
        pytest.param(FLOW, facts(day_used=10), 9, "perDay", 10, UNTIL_MIDNIGHT, id="day"),
        pytest.param(
            CONFIRM,
            facts(guesses=4, guesses_taken=4),
            10,
            "guessesSpent",
            4,
            UNTIL_MIDNIGHT,
            id="guesses-spent",
        ),
        pytest.param(
            CONFIRM, facts(guesses=3, guesses_taken=4), 10, "guessesUnderWay", 4, 1, id="guesses-under-way"
        ),
    ],
)
def test_each_bound_says_which_and_until_when(
    flow: Flow, now: Facts, step: int, reason: str, limit: int, retry: int
) -> None:
    question = asked(confirm={"address": {}}) if flow.mode is Mode.CONFIRM else asked()
    error = refused(decide(question, catalogue(flow), now)).error
    assert isinstance(error, QuotaExceeded)
    assert (error.rule, error.reason, error.limit, error.retry_after_s) == (
        step,
        QuotaReason(reason),
        limit,
        retry,
    )


@pytest.mark.parametrize(
    ("question", "now", "flow"),
    [
        pytest.param(asked(), facts(now=FIRST), FLOW, id="first-second-of-first-day"),
        pytest.param(asked(), facts(now=LAST), FLOW, id="last-second-of-last-day"),
        pytest.param(asked(), facts(second_used=2, day_used=9), FLOW, id="last-of-each-quota"),
        pytest.param(asked(values=YEAR_AGO), facts(), LIMITED, id="period-on-the-edge"),
        pytest.param(asked(), facts(open_dossier=True), DOSSIER, id="open-dossier"),
        pytest.param(
            asked(), facts(guesses=9, guesses_taken=9), FLOW, id="guesses-mean-nothing-in-data-mode"
        ),
        pytest.param(
            asked(confirm={"address": {}}), facts(guesses=3, guesses_taken=3), CONFIRM, id="last-guess"
        ),
    ],
)
def test_the_last_allowed_case_is_granted(question: Asked, now: Facts, flow: Flow) -> None:
    assert isinstance(decide(question, catalogue(flow), now), Granted)


@pytest.mark.parametrize(
    ("today", "start", "granted"),
    [
        pytest.param(datetime(2028, 2, 29, 12, tzinfo=UTC), "2027-03-01", True, id="leap-day-from-1-march"),
        pytest.param(
            datetime(2028, 2, 29, 12, tzinfo=UTC), "2027-02-28", False, id="leap-day-not-28-february"
        ),
        pytest.param(datetime(2028, 2, 29, 12, tzinfo=UTC), "2027-00-00", False, id="incomplete-date"),
        pytest.param(datetime(2028, 2, 29, 12, tzinfo=UTC), None, False, id="no-start"),
    ],
)
def test_years_are_counted_from_today(today: datetime, start: str | None, granted: bool) -> None:
    flow = replace(LIMITED, valid_until=date(2030, 1, 1))
    forever = catalogue(flow, institutions={OWNER: replace(INSTITUTION, valid_until=date(2030, 1, 1))})
    decision = decide(asked(values={"period": {"startDate": start}}), forever, facts(now=today))
    assert isinstance(decision, Granted) is granted


def test_a_limit_of_more_years_than_there_were_bounds_nothing() -> None:
    flow = replace(FLOW, limits={"periodYears": 5000})
    question = asked(values={"period": {"startDate": "0001-01-01"}})
    assert isinstance(decide(question, catalogue(flow), facts()), Granted)


def test_own_flow_tells_apart_only_own_and_not_own() -> None:
    assert own_flow(catalogue(), OWNER, FLOW.id) is FLOW
    assert own_flow(catalogue(), OTHER, FLOW.id) is None
    assert own_flow(catalogue(), OWNER, "unheard-of") is None


@pytest.mark.parametrize(
    ("fields", "contract", "groups"),
    [
        pytest.param(ADDRESS, "v1", ("address",), id="whole-group"),
        pytest.param(ADDRESS[:1], "v1", (), id="part-of-a-group"),
        pytest.param(ADDRESS, "v9", (), id="unknown-contract"),
    ],
)
def test_a_group_may_be_compared_only_as_a_whole(
    fields: tuple[str, ...], contract: str, groups: tuple[str, ...]
) -> None:
    assert granted_groups(replace(CONFIRM, fields=fields, contract=contract), SERVICE) == groups


def test_a_key_is_in_force_on_its_first_and_last_day() -> None:
    key = Key("", frozenset({Role.EXCHANGE}), date(2026, 1, 2), date(2026, 1, 3))
    assert [is_in_force(key, date(2026, 1, day)) for day in (1, 2, 3, 4)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("moment", "day", "seconds"),
    [
        pytest.param(
            datetime(2026, 6, 15, 21, 59, 59, tzinfo=UTC), date(2026, 6, 15), 1, id="last-second-summer"
        ),
        pytest.param(
            datetime(2026, 6, 15, 21, 59, 59, 1, tzinfo=UTC), date(2026, 6, 15), 1, id="less-than-one"
        ),
        pytest.param(
            datetime(2026, 6, 15, 22, 0, tzinfo=UTC), date(2026, 6, 16), 86_400, id="midnight-summer"
        ),
        pytest.param(
            datetime(2026, 12, 15, 23, 0, tzinfo=UTC), date(2026, 12, 16), 86_400, id="midnight-winter"
        ),
        pytest.param(
            datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29), 82_800, id="day-of-23-hours"
        ),
        pytest.param(
            datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25), 90_000, id="day-of-25-hours"
        ),
    ],
)
def test_days_are_days_in_brussels(moment: datetime, day: date, seconds: int) -> None:
    assert (brussels_day(moment), seconds_to_midnight(moment)) == (day, seconds)


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        brussels_day(NOON.replace(tzinfo=None))


def test_a_question_does_not_show_its_values() -> None:
    assert "1300" not in repr(asked(confirm={"address": {"postalCode": "1300"}}))
