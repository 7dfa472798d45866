"""For how long a list serves, and what it says of one certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fidus.crl import Crl
from fidus.revocation import ALARM, GRACE, Freshness, Revocation, Standing, Watched
from tests.fidus.lists import Revoker

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ONE, TWO = Revoker(NOW, "one").certificate, Revoker(NOW, "two").certificate
SECOND = timedelta(seconds=1)
NOWHERE: frozenset[str] = frozenset()


def crl(*revoked: int, points: frozenset[str] | None = None) -> Crl:
    return Crl(1, NOW - timedelta(days=7), NOW, frozenset(revoked), points, b"")


def watched(*revoked: int, points: frozenset[str] | None = None) -> Watched:
    return Watched("one", ONE, crl=crl(*revoked, points=points))


@pytest.mark.parametrize(
    ("late", "freshness", "serves", "alarming"),
    [
        (timedelta(0), Freshness.CURRENT, True, False),
        (SECOND, Freshness.LATE, True, False),
        (ALARM, Freshness.LATE, True, False),
        (ALARM + SECOND, Freshness.ALARM, True, True),
        (GRACE, Freshness.ALARM, True, True),
        (GRACE + SECOND, Freshness.ENDED, False, True),
    ],
    ids=["last second", "late", "half", "past half", "end of grace", "past grace"],
)
def test_a_list_serves_to_the_end_of_its_grace(
    late: timedelta, freshness: Freshness, serves: bool, alarming: bool
) -> None:
    found = watched().freshness(NOW + late)
    assert (found, found.serves, found.is_alarming) == (freshness, serves, alarming)
    standing = watched().standing(7, NOWHERE, NOW + late)
    assert standing is (Standing.GOOD if serves else Standing.UNKNOWN)


def test_the_grace_is_a_day() -> None:
    assert (timedelta(days=1), timedelta(hours=12)) == (GRACE, ALARM)


def test_without_any_list_nothing_is_known() -> None:
    never = Watched("one", ONE)
    assert never.freshness(NOW) is Freshness.NEVER
    assert (Freshness.NEVER.serves, Freshness.NEVER.is_alarming) == (False, True)
    assert never.standing(7, NOWHERE, NOW) is Standing.UNKNOWN


def test_an_issuer_that_is_said_to_have_none_is_not_checked() -> None:
    unchecked = Watched("one", ONE, checked=False, crl=crl(7))
    assert unchecked.freshness(NOW) is Freshness.UNCHECKED
    assert (Freshness.UNCHECKED.serves, Freshness.UNCHECKED.is_alarming) == (True, False)
    assert unchecked.standing(7, NOWHERE, NOW) is Standing.GOOD


@pytest.mark.parametrize("late", [timedelta(0), GRACE + SECOND], ids=["current", "ended"])
def test_who_was_revoked_stays_so_however_old_the_list(late: timedelta) -> None:
    assert watched(7).standing(7, NOWHERE, NOW + late) is Standing.REVOKED


@pytest.mark.parametrize(
    ("named", "standing"),
    [
        (NOWHERE, Standing.UNKNOWN),
        (frozenset({"http://crl.example/2"}), Standing.UNKNOWN),
        (frozenset({"http://crl.example/2", "http://crl.example/1"}), Standing.GOOD),
    ],
    ids=["none", "another", "its own"],
)
def test_a_list_for_some_addresses_speaks_of_no_other_certificate(
    named: frozenset[str], standing: Standing
) -> None:
    bound = watched(points=frozenset({"http://crl.example/1"}))
    assert bound.standing(7, named, NOW) is standing


def test_of_several_issuers_one_that_says_revoked_is_enough() -> None:
    revocation = Revocation((watched(7), Watched("two", TWO)))
    standings = {serial: revocation.standing((ONE, TWO), serial, NOWHERE, NOW) for serial in (7, 8)}
    assert standings == {7: Standing.REVOKED, 8: Standing.GOOD}
    assert revocation.standing((TWO,), 8, NOWHERE, NOW) is Standing.UNKNOWN


def test_an_issuer_of_which_nothing_is_said_is_not_taken() -> None:
    assert Revocation().standing((ONE,), 7, NOWHERE, NOW) is Standing.UNKNOWN
