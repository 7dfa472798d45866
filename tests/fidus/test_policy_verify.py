"""What is in force is what the log says was put in force; what was changed in the store alone is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fidus.errors import AuditUnavailable
from fidus.verification import verify_home
from tests.fidus.home import Home
from tests.fidus.questions import FILES, flow_file


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """FILES were applied as entry 0, a flow was suspended as 1, another suspended and resumed as 2 and 3, a
    further flow applied as 4."""
    home = Home(tmp_path / "home")
    with home.open() as hub:
        home.run(hub.changes.suspend("town-address", "a test"))
        home.run(hub.changes.suspend("town-whole", "a test"))
        home.run(hub.changes.resume("town-whole", "a test"))
        home.run(hub.changes.apply({**FILES, "town/town-more.toml": flow_file()}, ()))
    return home


def change(home: Home, *statements: str) -> None:
    with closing(sqlite3.connect(home.folder / "fidus.db")) as store, store:
        for statement in statements:
            assert store.execute(statement).rowcount > 0


def faults(home: Home) -> dict[str, int | None]:
    report = verify_home(home.settings)
    return {fault.what: fault.index for fault in report.faults}


def test_what_was_applied_is_in_force(home: Home) -> None:
    assert faults(home) == {}
    home.runner.close()


FILES_CHANGED = "The flow files in the store are not those that this entry says were applied"
NEWEST = "What is in force is not what the newest apply, this entry, says"
SUSPENDED = "The flows that are suspended are not those that the log tells of up to this entry"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(
            "UPDATE texts SET text = CAST(replace(CAST(text AS TEXT), 'per_day', ' per_day') AS BLOB)",
            {FILES_CHANGED: 4},
            id="a-flow-file",
        ),
        pytest.param(
            "DELETE FROM catalogue_files WHERE path = 'town/town-more.toml'", {FILES_CHANGED: 4}, id="no-file"
        ),
        pytest.param("UPDATE catalogues SET digest = x'00' WHERE entry = 0", {FILES_CHANGED: 0}, id="digest"),
        pytest.param("DELETE FROM catalogues WHERE entry = 4", {NEWEST: 4}, id="an-older-one"),
        pytest.param("DELETE FROM suspensions", {SUSPENDED: 3}, id="no-suspension"),
        pytest.param("UPDATE suspensions SET flow = 'town-whole'", {SUSPENDED: 3}, id="another-suspension"),
    ],
)
def test_what_was_changed_in_the_store_is_found(home: Home, statement: str, expected: dict[str, int]) -> None:
    change(home, statement)
    assert faults(home) == expected
    home.runner.close()


def test_a_hub_puts_nothing_in_force_that_was_not_applied(home: Home) -> None:
    """One flow that grants more, past the approvals."""
    change(home, "UPDATE texts SET text = CAST(replace(CAST(text AS TEXT), 'per_day', ' per_day') AS BLOB)")
    with pytest.raises(AuditUnavailable, match="not those that were applied"):
        home.run(home.hub().open())
    home.runner.close()
