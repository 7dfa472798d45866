"""Open data of a demonstration: a full file and an update of its world, loaded as an operator would."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from fidus.cbe.load import load
from fidus.store.cbe_shelf import shelf_of
from mocks.cbe.opendata import Extract, write_full, write_update
from mocks.cbe.snapshot import Difference, Snapshot
from mocks.world import world

FOLDER: Final = "open-data"
FULL: Final = Extract(date(2025, 6, 30), 140)
UPDATE: Final = Extract(date(2025, 12, 31), 141)


def provide(home: Path, database: str) -> None:
    """Load what is missing of them; what somebody loaded since stays. `database`: as in the settings.

    Raises ConfigurationInvalid.
    """
    known = shelf_of(home, database).about().get("extractNumber")
    if known not in (None, str(FULL.number)):
        return
    before, after = (Snapshot(world(), extract.day) for extract in (FULL, UPDATE))
    folder = home / FOLDER
    folder.mkdir(exist_ok=True)
    full, update = folder / FULL.name(update=False), folder / UPDATE.name(update=True)
    write_full(full, before, FULL)
    write_update(update, Difference(before, after), UPDATE)
    for file in (full, update) if known is None else (update,):
        load(file, shelf_of(home, database))
