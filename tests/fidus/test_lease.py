"""A process shows that it lives, and knows when it has shown it too long ago."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from fidus.errors import AuditUnavailable
from fidus.lease import LAPSES_AFTER_S, LIVE, RENEW_EVERY_S
from fidus.store import leases

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

DATABASES = ("sqlite", "postgresql")


def live(desk: Desk) -> list[str]:
    """The leases that the store knows, each with its flag."""
    with desk.reader.snapshot() as connection:
        held = leases.all_leases(connection)
    assert [desk.reader.flag(f"lease:{lease}") for lease in held] == [LIVE] * len(held)
    return held


def test_a_lease_lives_for_twenty_seconds(desk: Desk) -> None:
    assert not desk.lease.alive()
    desk.run(desk.lease.ensure())
    assert live(desk) == [desk.lease.id]
    desk.seconds += LAPSES_AFTER_S - 0.1
    assert desk.lease.holds(desk.lease.id)
    assert not desk.lease.holds("another")
    desk.seconds += 0.1
    assert not desk.lease.holds(desk.lease.id)
    assert LAPSES_AFTER_S > 3 * RENEW_EVERY_S


def test_renewing_keeps_it(desk: Desk) -> None:
    desk.run(desk.lease.ensure())
    first = desk.lease.id
    for _ in range(5):
        desk.seconds += LAPSES_AFTER_S - 1
        desk.run(desk.lease.renew())
    desk.run(desk.lease.ensure())
    assert (desk.lease.id, live(desk)) == (first, [first])


@pytest.mark.parametrize("way", ["renew", "ensure"])
def test_once_lapsed_a_new_one_is_taken_and_the_former_buried(desk: Desk, way: str) -> None:
    desk.run(desk.lease.ensure())
    first = desk.lease.id
    desk.seconds += LAPSES_AFTER_S
    desk.run(getattr(desk.lease, way)())
    assert desk.lease.id != first
    assert live(desk) == [desk.lease.id]
    assert desk.reader.flag(f"lease:{first}") == ""


def test_many_that_need_one_take_one(desk: Desk) -> None:
    async def scene() -> None:
        await asyncio.gather(*(desk.lease.ensure() for _ in range(20)))

    desk.run(scene())
    assert live(desk) == [desk.lease.id]


def test_it_counts_from_before_the_log_was_asked(desk: Desk) -> None:
    """What the store takes long to write is no longer for that."""

    async def dawdle(_: object) -> None:
        desk.seconds += LAPSES_AFTER_S

    desk.line.before = dawdle
    desk.run(desk.lease.renew())
    assert not desk.lease.alive()


def test_what_cannot_be_written_is_not_held(desk: Desk) -> None:
    with desk.locked(), pytest.raises(AuditUnavailable):
        desk.run(desk.lease.ensure())
    assert not desk.lease.alive()


def test_a_renewal_that_fails_changes_nothing(desk: Desk) -> None:
    desk.run(desk.lease.ensure())
    first = desk.lease.id
    desk.seconds += RENEW_EVERY_S
    with desk.locked(), pytest.raises(AuditUnavailable):
        desk.run(desk.lease.renew())
    assert desk.lease.holds(first)
    desk.seconds += LAPSES_AFTER_S - RENEW_EVERY_S
    assert not desk.lease.alive()


def test_an_orderly_end_leaves_none(desk: Desk) -> None:
    desk.run(desk.lease.ensure())
    desk.run(desk.lease.end())
    assert (live(desk), desk.lease.alive()) == ([], False)


def test_leases_of_the_dead_are_buried(desk: Desk) -> None:
    desk.run(desk.lease.ensure())
    first = desk.lease.id
    desk.reopen()
    assert live(desk) == [first]
    desk.run(desk.lease.bury([first]))
    assert live(desk) == []
