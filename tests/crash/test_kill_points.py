"""A hub that is killed at any one point of a whole session leaves nothing that does not agree.

The session is played once to list its points, then once for each point and moment, each time on a new home.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.crash.aftermath import Takeover, at_death, at_rest
from tests.crash.killer import KINDS, Plan
from tests.crash.session import play
from tests.crash.world import World

pytestmark = pytest.mark.slow

PAGES = 60  # so that the short session carries its write-ahead log over a few times
CHUNKS = 10
KILLED = -9
TRIES = 3


@pytest.fixture(scope="session")
def points(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each point of an undisturbed session, with the place in our code that causes it."""
    home = world.home(tmp_path_factory.mktemp("points"))
    begun = len(world.asked())
    listing = home / "points"
    session, code = play(world, home, Plan(listing=listing, pages=PAGES))
    assert code == 0
    assert [*at_death(session, world.asked()[begun:])] == []
    assert [*at_rest(home, session.askings, world.asked()[begun:])] == []
    lines = listing.read_text(encoding="utf-8").splitlines()
    return {point: place for point, _, place in (line.partition(" ") for line in lines)}


def test_the_session_has_points_of_every_kind_and_room(points: dict[str, str]) -> None:
    assert {point.partition(":")[0] for point in points} == set(KINDS)
    places = " ".join(points.values())
    for room in (
        "audit.writer",
        "audit.tiles",
        "audit.keys",
        "audit.schema",
        "audit.sqlite",
        "fidus.hubkeys",
    ):
        assert room in places
    assert len(points) > 80


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_killed_at_this_point_nothing_is_lost_doubled_or_told_too_soon(
    world: World, points: dict[str, str], tmp_path: Path, chunk: int, when: str
) -> None:
    faults = {}
    for point in points:
        if int(point.partition(":")[2]) % CHUNKS == chunk:
            home = tmp_path / point.replace(":", "-")
            found = killed_at(world, home, Plan(point, when == "after", pages=PAGES))
            if found:
                faults[f"{when} {point} {points[point]}"] = found
            else:
                shutil.rmtree(home)
    assert faults == {}


def killed_at(world: World, home: Path, plan: Plan) -> list[str]:
    """What does not hold after a session that was killed as planned."""
    begun, code = 0, 0
    for _ in range(TRIES):  # on a slow machine fewer files may be published than when the points were listed
        shutil.rmtree(home, ignore_errors=True)
        begun = len(world.asked())
        session, code = play(world, world.home(home), plan)
        if code == KILLED:
            break
    if code != KILLED:
        return [f"the point was not reached; the hub ended with {code}"]
    return [
        *at_death(session, world.asked()[begun:]),
        *Takeover(world, session).faults(),
        *at_rest(home, session.askings, world.asked()[begun:]),
    ]
