"""Carries a file of open data into our store: a table at a time, resumable, whole before it answers.

1. The file's own words say what it is (meta.csv), and that must follow what is there.
2. What a former process read of the same file, upon the same base, is kept; else it begins anew.
3. Codes come whole. Of an update all deletes come before all inserts.
4. Changes are noted by the day of the update.
5. What is built aside takes the place of what answered, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from audit.connection import TROUBLE, reason
from fidus.cbe.archive import Archive
from fidus.cbe.rows import Batch, batches, codes, day_of, keys, meta
from fidus.cbe.tables import ESTABLISHMENTS, TABLES, Table
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.store import cbe
from fidus.store.cbe_shelf import Fact, Shelf

A_COMMIT: Final = 100_000  # rows of a file
_SERIAL: Final = 1 << 32  # more than any table has lines
_AGAIN: Final = "Load the files in their order, or a full one"


@dataclass(frozen=True, slots=True)
class Extract:
    """What a file says of itself. `day`: of the snapshot, yyyy-mm-dd."""

    number: int
    update: bool
    day: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was done. `rows`: of the tables, as read by this process. `resumed`: a former one had begun."""

    extract: Extract
    rows: int
    resumed: bool
    enterprises: int
    establishments: int


Progress = Callable[[int, int], None]
"""Bytes of the tables so far, and of all of them."""


def load(file: Path, shelf: Shelf, progress: Progress = lambda _done, _all: None) -> Loaded:
    """Load a file, full or update; when this returns it answers. Raises ConfigurationInvalid with file and
    line: nothing has changed then."""
    with closing(Archive(file)) as archive, closing(shelf):
        extract = extract_of(archive)  # (1)
        try:
            shelf.take()
            return _Loading(archive, extract, shelf, progress).run()
        except TROUBLE as error:
            fault = ConfigurationFault(
                str(file),
                0,
                f"the store of open data cannot be written ({reason(error)})",
                "Mend that, and go on",
            )
            raise ConfigurationInvalid((fault,)) from None


def extract_of(archive: Archive) -> Extract:
    """Raises ConfigurationInvalid."""
    told = meta(archive)
    try:
        kind = {"full": False, "update": True}[told["ExtractType"].lower()]
        return Extract(int(told["ExtractNumber"]), kind, day_of(told["SnapshotDate"]))
    except (KeyError, ValueError):
        problem = "it does not say ExtractNumber, ExtractType (full or update) and SnapshotDate"
        raise archive.fault("meta.csv", 0, problem, "Load a file of version 1.0.0") from None


class _Loading:
    """One run of the steps."""

    def __init__(self, archive: Archive, extract: Extract, shelf: Shelf, progress: Progress) -> None:
        self._archive = archive
        self._extract = extract
        self._shelf = shelf
        self._progress = progress
        wanted = [name for name in archive.tables if name in _members(extract.update)]
        self._all = sum(archive.tables[name] for name in wanted)
        self._before = 0  # bytes of the tables that are done
        self._rows = 0

    def run(self) -> Loaded:
        """Raises ConfigurationInvalid."""
        base = self._shelf.about()
        self._check_order(base)
        key = {"identity": self._archive.identity, "base": base.get("identity", "")}
        found = self._shelf.unfinished()
        resumed = {name: found.get(name) for name in key} == key
        if not resumed:
            self._begin(base, key)
        self._read_codes()
        if self._extract.update:
            for table in (ESTABLISHMENTS, *(one for one in TABLES.values() if one is not ESTABLISHMENTS)):
                self._delete(table)
        for table in TABLES.values():
            self._insert(table)
        counts = self._finish()
        self._shelf.publish()
        return Loaded(self._extract, self._rows, resumed, *counts)

    def _check_order(self, base: dict[str, str]) -> None:
        extract = self._extract
        if not extract.update:
            if base and extract.day < base["snapshotDate"]:
                raise self._older(base)
            return
        known = int(base["extractNumber"]) if base else None
        if known is None:
            raise self._archive.fault("", 0, "it is an update, and no full file was loaded", _AGAIN)
        if extract.number != known + 1:
            raise self._archive.fault(
                "", 0, f"it is update {extract.number}, and extract {known} is what it would follow", _AGAIN
            )
        if extract.day <= base["snapshotDate"]:
            raise self._older(base)

    def _older(self, base: dict[str, str]) -> ConfigurationInvalid:
        return self._archive.fault("", 0, f"it is older than what is there ({base['snapshotDate']})", _AGAIN)

    def _begin(self, base: dict[str, str], key: dict[str, str]) -> None:  # (2)
        extract = self._extract
        self._shelf.begin(copy=extract.update)
        after = base["knownAfter"] if extract.update else extract.day
        with self._shelf.aside() as connection:
            cbe.forget_progress(connection)
            cbe.forget_codes(connection)
            cbe.say(
                connection,
                {**key, "format": cbe.FORMAT, "knownAfter": after},
            )

    def _read_codes(self) -> None:  # (3)
        with self._shelf.aside() as connection:
            if "code.csv" not in cbe.progress(connection):
                for rows in codes(self._archive):
                    cbe.explain(connection, rows)
                    self._rows += len(rows)
                cbe.reached(connection, "code.csv", 1)
        self._done("code.csv")

    def _delete(self, table: Table) -> None:
        member = f"{table.name}_delete.csv"
        for numbers, done, upto in keys(self._archive, member, table, self._read(member)):
            with self._shelf.aside() as connection:
                cbe.remove(connection, table.part, numbers)
                cbe.changed(connection, self._extract.day, table.part, numbers)  # (4)
                cbe.reached(connection, member, done)
            self._rows += len(numbers)
            self._progress(self._before + upto, self._all)
        self._done(member)

    def _insert(self, table: Table) -> None:
        member = f"{table.name}_insert.csv" if self._extract.update else f"{table.name}.csv"
        begun = self._read(member)
        for some in _together(batches(self._archive, member, table, begun), A_COMMIT):
            facts = [fact for batch in some for fact in self._facts(table, batch)]
            done = some[-1]
            with self._shelf.aside() as connection:
                self._shelf.add(connection, facts)
                if self._extract.update:
                    touched = (fact[1] for fact in facts if fact[0] == table.part)
                    cbe.changed(connection, self._extract.day, table.part, touched)
                cbe.reached(connection, member, done.done)
            self._rows, begun = self._rows + done.done - begun, done.done
            self._progress(self._before + done.upto, self._all)
        self._done(member)

    def _facts(self, table: Table, batch: Batch) -> Iterator[Fact]:
        serial = self._extract.number * _SERIAL
        for number, line, doc in batch.rows:
            yield table.part, number, serial + line, doc
        if table is ESTABLISHMENTS:
            yield from cbe.places_of(batch.rows)

    def _read(self, member: str) -> int:
        with self._shelf.aside() as connection:
            return cbe.progress(connection).get(member, 0)

    def _done(self, member: str) -> None:
        self._before += self._archive.tables.get(member, 0)
        self._progress(self._before, self._all)

    def _finish(self) -> tuple[int, int]:
        extract = self._extract
        with self._shelf.aside() as connection:
            if extract.update:
                cbe.note_removed(connection, extract.day)
            told = {"extractNumber": str(extract.number), "snapshotDate": extract.day}
            cbe.say(connection, {**told, "loadedAt": datetime.now().astimezone().isoformat()})
            return cbe.count(connection, TABLES["enterprise"].part), cbe.count(
                connection, ESTABLISHMENTS.part
            )


def _members(update: bool) -> set[str]:
    kinds = ("_delete.csv", "_insert.csv") if update else (".csv",)
    return {"code.csv", *(f"{name}{kind}" for name in TABLES for kind in kinds)}


def _together(found: Iterable[Batch], rows: int) -> Iterator[Sequence[Batch]]:
    """Batches of about so many rows."""
    some: list[Batch] = []
    for batch in found:
        some.append(batch)
        if batch.done - some[0].done >= rows:
            yield some
            some = []
    if some:
        yield some
