"""`fidus contract check` against running sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fidus.demo.home import DemoHome
from tests.journeys.alone import home_in
from tests.journeys.commands import fidus
from tests.journeys.world import World

pytestmark = pytest.mark.slow

REGISTER = "national-register"


def test_every_source_of_the_demonstration_publishes_our_contract(world: World) -> None:
    done = fidus("contract", "check", home=world.home)
    assert (done.code, done.err) == (0, "")
    assert f"{REGISTER}: RetrieveTIGroupsV2.wsdl is as ours." in done.out
    assert "is not known" not in done.out


def test_for_programs(world: World) -> None:
    told = json.loads(fidus("contract", "check", REGISTER, "--json", home=world.home).out)
    assert {"source": REGISTER, "file": "RetrieveTIGroupsV2.wsdl", "differences": [], "trouble": None} in told


def test_a_source_that_is_down_is_said_to_be(tmp_path: Path) -> None:
    home: DemoHome = home_in(tmp_path / "home")
    done = fidus("contract", "check", REGISTER, home=home.folder)
    assert done.code == 1
    assert f"{REGISTER}: RetrieveTIGroupsV2.wsdl could not be compared: " in done.err


def test_a_source_that_is_none_is_named(tmp_path: Path) -> None:
    home: DemoHome = home_in(tmp_path / "home")
    done = fidus("contract", "check", "another", home=home.folder)
    assert (done.code, done.out) == (1, "")
    assert "there is no source another in fidus.toml; there are: " in done.err
