"""Refusals are recorded one by one up to a bound, and counted beyond it: none is forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from fidus.api.problems import PROBLEMS, problem_type
from fidus.errors import (
    AuditUnavailable,
    ConfigurationInvalid,
    Conflict,
    ExchangeRefused,
    FidusError,
    HubFault,
    IdempotencyKeyReused,
    IdentityRejected,
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
from fidus.refusals import PER_MINUTE, reason_of
from tests.fidus.questions import HOUSING, TOWN, body, person

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

DATABASES = ("sqlite", "postgresql")

SOURCE = ("a-source", "a fixed phrase")
ERRORS: list[FidusError] = [
    RequestInvalid(()),
    *map(ExchangeRefused, RefusedBecause),
    MissingPermission(),
    NotFound(),
    MethodNotAllowed(()),
    NotAcceptable(),
    Conflict(),
    PayloadTooLarge(1),
    UnsupportedMedia(),
    IdempotencyKeyReused(),
    *(QuotaExceeded(reason, 1, 1) for reason in QuotaReason),
    SourceUnavailable(*SOURCE),
    SourceTimeout(*SOURCE),
    SourceFault(*SOURCE),
    SourceAnswerInvalid(*SOURCE),
    SourceSignatureInvalid(*SOURCE),
    AuditUnavailable(),
    ConfigurationInvalid(()),
    HubFault(),
]


def test_an_entry_names_the_problem_that_the_caller_is_told() -> None:
    assert {type(error) for error in ERRORS} == PROBLEMS.keys() - {IdentityRejected}
    for error in ERRORS:
        assert reason_of(error) == problem_type(error).code


def refuse(desk: Desk, times: int, flow: str = "town-nothing", by: str = TOWN) -> Counter[str]:
    """So many refusals at once, by what the caller was told."""

    async def scene() -> Counter[str]:
        told = await asyncio.gather(
            *(desk.consult(flow, body(person()), by=by) for _ in range(times)), return_exceptions=True
        )
        return Counter(reason_of(error) for error in told if isinstance(error, FidusError))

    return desk.run(scene())


def test_beyond_300_a_minute_they_are_counted_and_told_to_wait(desk: Desk) -> None:
    desk.clock.advance(seconds=20)
    assert refuse(desk, PER_MINUTE) == {"resourceNotFound": 300}
    error = desk.refused(QuotaExceeded, "town-nothing", body(person()))
    assert (error.reason, error.limit, error.retry_after_s) == (QuotaReason.REFUSALS, 300, 40)
    desk.refused(QuotaExceeded, "town-address", b"{")
    assert refuse(desk, 5, by=HOUSING) == {"resourceNotFound": 5}
    desk.ask("town-address", body(person()))  # what is granted is granted
    assert len(desk.entries("refusal")) == 305
    desk.clock.advance(seconds=40)
    desk.refused(NotFound, "town-nothing", body(person()))
    desk.run(desk.refusals.flush())
    entry = desk.entry("refusals")
    assert entry.keys() == {"v", "kind", "at", "institution", "number", "refusals"}
    assert entry["institution"] == TOWN
    assert entry["refusals"] == {
        "period": {"from": "2026-10-05T08:30:20.000000Z", "until": "2026-10-05T08:31:00.000000Z"},
        "reasons": {"badRequest": 1, "resourceNotFound": 1},
    }


def test_the_bound_is_kept_when_many_come_at_once(desk: Desk) -> None:
    assert refuse(desk, 330) == {"resourceNotFound": 300, "tooManyRequests": 30}
    assert len(desk.entries("refusal")) == 300
    desk.run(desk.refusals.flush())
    assert desk.entry("refusals")["refusals"]["reasons"] == {"resourceNotFound": 30}


def test_strangers_have_one_entry_for_all(desk: Desk) -> None:
    for reason in ("noCertificate", "tlsVerify10", "noCertificate"):
        desk.refusals.count(None, reason)
        desk.clock.advance(seconds=1)
    desk.run(desk.refusals.flush())
    entry = desk.entry("refusals")
    assert entry.keys() == {"v", "kind", "at", "refusals"}
    assert entry["refusals"]["reasons"] == {"noCertificate": 2, "tlsVerify10": 1}
    desk.run(desk.refusals.flush())
    assert len(desk.entries("refusals")) == 1


def test_what_cannot_be_written_stays_counted(desk: Desk) -> None:
    desk.refusals.count(None, "noCertificate")
    desk.refusals.count(TOWN, "resourceNotFound")
    begun = desk.clock.now
    with desk.locked(), pytest.raises(AuditUnavailable):
        desk.run(desk.refusals.flush())
    desk.clock.advance(minutes=1)
    desk.refusals.count(None, "notEnrolled")
    desk.run(desk.refusals.flush())
    town, strangers = sorted(desk.entries("refusals"), key=lambda entry: "institution" not in entry)
    assert town["refusals"]["reasons"] == {"resourceNotFound": 1}
    assert strangers["refusals"]["reasons"] == {"noCertificate": 1, "notEnrolled": 1}
    assert strangers["refusals"]["period"]["from"] == f"{begun:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_what_comes_while_it_cannot_be_written_is_counted_too(desk: Desk) -> None:
    async def count_and_fail(_: object) -> None:
        desk.refusals.count(None, "noCertificate")
        desk.clock.advance(seconds=1)
        raise AuditUnavailable

    desk.refusals.count(None, "noCertificate")
    begun = desk.clock.now
    desk.line.before = count_and_fail
    with pytest.raises(AuditUnavailable):
        desk.run(desk.refusals.flush())
    desk.line.before = None
    desk.run(desk.refusals.flush())
    counted = desk.entry("refusals")["refusals"]
    assert counted["reasons"] == {"noCertificate": 2}
    assert counted["period"]["from"] == f"{begun:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_a_body_that_was_not_read_is_refused_as_what_it_is(desk: Desk) -> None:
    desk.refused(UnsupportedMedia, "town-address", UnsupportedMedia())
    assert desk.entry("refusal")["error"] == "unsupportedMediaType"
