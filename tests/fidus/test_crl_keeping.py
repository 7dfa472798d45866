"""Lists are fetched before they end, kept for the next start, and never replaced by older ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fidus.crl_keeping import FILE_S, LEAST_S, LONGEST_RETRY_S, REFRESH_S, Keeper, Source
from fidus.revocation import ALARM, GRACE, Freshness, Watched
from tests.fidus.lists import Revoker
from tests.fidus.surroundings import Clock
from tests.fidus.webserver import WebServer, slow, web_server, whole

DAY = timedelta(days=1)


@dataclass
class Events:
    """What the operator was told: event, reason, and whether it is an alarm."""

    told: list[tuple[str, str, bool]] = field(default_factory=list)

    def revocation(self, event: str, *, issuer: str, reason: str, alarm: bool) -> None:
        assert issuer == "institutions"
        self.told.append((event, reason, alarm))

    def take(self) -> list[tuple[str, str, bool]]:
        told, self.told = self.told, []
        return told


@dataclass
class Desk:
    """A keeper of one issuer's list, and everything around it."""

    folder: Path
    server: WebServer
    clock: Clock = field(default_factory=Clock)
    events: Events = field(default_factory=Events)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.issuer = Revoker(self.clock.now)
        self.begin()

    def begin(self, *locations: str) -> None:
        """A new life of the hub."""
        self.watched = Watched("institutions", self.issuer.certificate)
        self.source = Source(self.watched, locations or (self.server.url("/list"),))
        self.keeper = Keeper((self.source,), self.folder / "crl", self.clock, self.events, lambda: 1.0)

    def publish(self, *revoked: int, **more: Any) -> bytes:
        """What the issuer publishes from now on."""
        self.issuer.at = self.clock.now
        data = self.issuer.crl(*revoked, **more)
        self.server.answers["/list"] = whole(data)
        return data

    def open(self) -> list[tuple[str, str, bool]]:
        self.runner.run(self.keeper.open())
        self.runner.run(self.keeper.begin())
        return self.events.take()

    def keep(self, **later: float) -> list[tuple[str, str, bool]]:
        """One round of the duty, and whatever it began."""
        self.clock.advance(**later)

        async def round_and_rest() -> None:
            await self.keeper.keep()
            await asyncio.gather(*self.keeper._tasks.values())

        self.runner.run(round_and_rest())
        return self.events.take()

    @property
    def due_in_s(self) -> float:
        assert self.source.due is not None
        return (self.source.due - self.clock.now).total_seconds()

    @property
    def freshness(self) -> Freshness:
        return self.watched.freshness(self.clock.now)

    @property
    def kept(self) -> list[Path]:
        return list((self.folder / "crl").iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with web_server() as server:
        made = Desk(tmp_path, server)
        yield made
        made.runner.run(made.keeper.close())
        made.runner.close()


def revoked(desk: Desk) -> set[int]:
    assert desk.watched.crl is not None
    return set(desk.watched.crl.revoked)


def test_the_first_list_is_there_before_anybody_is_answered(desk: Desk) -> None:
    data = desk.publish(7, number=1)
    assert desk.open() == [("crl_taken", "number 1", False)]
    assert (revoked(desk), desk.freshness) == ({7}, Freshness.CURRENT)
    (kept,) = desk.kept
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (data, 0o600)
    assert desk.due_in_s == REFRESH_S


def test_a_new_list_holds_from_the_next_round_on(desk: Desk) -> None:
    desk.publish(number=1)
    desk.open()
    desk.publish(7, number=2)
    assert desk.keep(seconds=REFRESH_S - 1) == []
    assert desk.keep(seconds=1) == [("crl_taken", "number 2", False)]
    assert revoked(desk) == {7}
    assert desk.keep(seconds=REFRESH_S) == []  # the same again is nothing new
    assert len(desk.server.asked) == 3


def test_an_operator_may_have_it_fetched_at_once(desk: Desk) -> None:
    desk.publish(number=1)
    desk.open()
    desk.publish(7, number=2)
    desk.runner.run(desk.keeper.refresh())
    assert revoked(desk) == {7}


def test_it_is_fetched_again_halfway_to_its_end(desk: Desk) -> None:
    desk.publish(lasts=timedelta(minutes=20))
    desk.open()
    assert desk.due_in_s == 600
    desk.clock.advance(minutes=19)
    desk.runner.run(desk.keeper.refresh())
    assert desk.due_in_s == LEAST_S  # the issuer is late: again and again, but not without pause


def test_rounds_are_spread(desk: Desk) -> None:
    desk.publish()
    desk.keeper._draw = lambda: 0.0
    desk.open()
    assert desk.due_in_s == REFRESH_S * 0.8
    desk.server.answers.clear()
    desk.keep(hours=1)
    assert desk.due_in_s == LEAST_S / 2


def test_failures_are_retried_ever_more_rarely_and_told(desk: Desk) -> None:
    desk.publish()
    desk.open()
    desk.server.answers.clear()
    pauses = []
    for _ in range(6):
        assert desk.keep(hours=1) == [("crl_not_taken", "the server answered 404", False)]
        pauses.append(desk.due_in_s)
    assert pauses == [60, 120, 240, 480, LONGEST_RETRY_S, LONGEST_RETRY_S]
    desk.publish(number=2)
    desk.keep(hours=1)
    assert (desk.source.failures, desk.due_in_s) == (0, REFRESH_S)


def test_an_issuer_that_falls_silent_is_told_at_half_its_grace_and_ends_with_it(desk: Desk) -> None:
    desk.publish(lasts=DAY)
    desk.open()
    desk.server.answers.clear()
    failed = ("crl_not_taken", "the server answered 404", False)
    assert desk.keep(days=1, seconds=1) == [("crl_freshness", "late", False), failed]
    assert desk.keep(seconds=ALARM.total_seconds()) == [("crl_freshness", "alarm", True), failed]
    assert desk.keep(seconds=(GRACE - ALARM).total_seconds()) == [("crl_freshness", "ended", True), failed]
    desk.publish(number=2)
    assert desk.keep(hours=1) == [("crl_taken", "number 2", False)]
    assert desk.keep() == [("crl_freshness", "current", False)]


def test_what_was_kept_serves_at_the_next_start(desk: Desk) -> None:
    desk.publish(7)
    desk.open()
    written = desk.kept[0].stat().st_ino
    desk.begin()
    desk.runner.run(desk.keeper.open())
    assert (revoked(desk), desk.freshness, len(desk.server.asked)) == ({7}, Freshness.CURRENT, 1)
    assert desk.open() == []
    assert len(desk.server.asked) == 1
    assert desk.keep() == []
    assert len(desk.server.asked) == 2  # asked all the same, while questions are answered already
    assert desk.kept[0].stat().st_ino == written


@pytest.mark.parametrize("again", [False, True], ids=["same life", "after a restart"])
def test_an_older_list_does_not_bring_a_revoked_certificate_back(desk: Desk, again: bool) -> None:
    older = desk.publish(number=4)
    desk.publish(7, number=5)
    desk.open()
    if again:
        desk.begin()
        desk.open()
    desk.server.answers["/list"] = whole(older)
    assert desk.keep(hours=1) == [("crl_not_taken", "older", False)]
    assert revoked(desk) == {7}


def test_a_list_that_is_not_right_changes_nothing(desk: Desk) -> None:
    desk.publish(7, number=5)
    desk.open()
    for data, why in ((b"", "unreadable"), (Revoker(desk.clock.now).crl(number=9), "badSignature")):
        desk.server.answers["/list"] = whole(data)
        assert desk.keep(hours=1) == [("crl_not_taken", why, False)]
    assert revoked(desk) == {7}


def test_of_several_locations_the_first_good_one_serves(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    desk.publish(7)
    desk.begin(str(file), desk.server.url("/none"), desk.server.url("/list"))
    assert [event for event, _, _ in desk.open()] == ["crl_not_taken", "crl_not_taken", "crl_taken"]
    file.write_bytes(desk.issuer.crl(8, number=2))
    assert desk.keep(hours=1) == [("crl_taken", "number 2", False)]
    assert desk.server.paths == ["/none", "/list"]


def test_a_file_is_looked_at_often(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    desk.begin(str(file))
    assert [event for event, _, _ in desk.open()] == ["crl_not_taken", "crl_freshness"]
    assert (desk.freshness, desk.due_in_s) == (Freshness.NEVER, LEAST_S)
    file.write_bytes(desk.issuer.crl(8))
    desk.keep(seconds=LEAST_S)
    assert (revoked(desk), desk.due_in_s) == ({8}, FILE_S)


@pytest.mark.parametrize(
    ("damage", "why"), [(b"", "unreadable"), (b"\0", "unreadable")], ids=["empty", "another byte"]
)
def test_a_kept_list_that_was_damaged_is_told_and_fetched_anew(desk: Desk, damage: bytes, why: str) -> None:
    desk.publish(7)
    desk.open()
    desk.kept[0].write_bytes(damage)
    desk.begin()
    assert desk.open() == [("crl_kept_unusable", why, True), ("crl_taken", "number 1", False)]
    assert revoked(desk) == {7}


def test_a_list_that_cannot_be_kept_is_in_force_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk must not give a revoked certificate its life."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    desk.publish(7)
    with monkeypatch.context() as patched:
        patched.setattr("fidus.crl_keeping.write_file", full)
        not_kept = ("crl_not_kept", "No space left on device", True)
        assert desk.open() == [("crl_taken", "number 1", False), not_kept]
        assert revoked(desk) == {7}
        assert desk.keep(hours=1) == [not_kept]  # tried again, as long as it fails
    assert desk.keep(hours=1) == []
    assert len(desk.kept) == 1


def test_a_slow_server_delays_nobody_and_the_end_does_not_wait_for_it(desk: Desk) -> None:
    desk.publish()
    desk.open()
    desk.server.answers["/list"] = slow(bytes(100), 0.2)

    async def scene() -> int:
        desk.clock.advance(hours=1)
        for _ in range(3):
            await desk.keeper.keep()
            await asyncio.sleep(0.05)
        await desk.keeper.close()
        return len(desk.server.asked)

    assert desk.runner.run(asyncio.wait_for(scene(), 5)) == 2


def test_a_bug_in_a_round_is_told_as_that_of_the_duty(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish()
    desk.open()

    async def scene() -> None:
        monkeypatch.setattr("fidus.crl_keeping.fetch", None)
        desk.clock.advance(hours=1)
        await desk.keeper.keep()
        await asyncio.sleep(0.01)
        with pytest.raises(TypeError):
            await desk.keeper.keep()
        await desk.keeper.keep()

    desk.runner.run(scene())
