"""Who and what belongs together in the show."""

from __future__ import annotations

from pathlib import Path

from fidus.demo.cast import cast
from fidus.demo.eyes import title
from fidus.services import load_services
from mocks.world import world


def test_the_four_belong_together_and_are_always_the_same() -> None:
    one, all_ = cast(), world()
    assert one == cast()
    assert one.company in all_.by_director[one.person.number]
    assert one.car in all_.by_holder[one.person.number]
    assert one.person.address is not None
    assert all_.town.at(one.person.address) == one.building
    for told in (one.person.family_name, one.company.names.fr, one.car.plate, one.building.street.names.fr):
        assert told in one.says()


def test_each_row_is_filled_by_a_service_and_has_a_name() -> None:
    leaves = {
        leaf
        for service in load_services(Path(__file__).parents[3] / "adapters").values()
        for leaf in service.leaves
    }
    for thing in cast().things():
        empty = [path for path in thing.rows if not any(f"{leaf}.".startswith(f"{path}.") for leaf in leaves)]
        assert empty == []
        assert all(title(path) for path in thing.rows)
