"""The log of a demonstration as its operator can read it: entries, and what is under their seals."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from audit.keys import DirectoryKeyStore
from audit.log import Log
from audit.reader import Reader
from audit.recorder import Recorder

Entry = dict[str, Any]


class Journal:
    """Reads the store of one home, beside the hub that writes it."""

    def __init__(self, home: Path, reader: Reader) -> None:
        self.reader = reader
        keys = DirectoryKeyStore(home / "keys")
        nothing_is_written = cast(Log, None)
        self._recorder = asyncio.run(
            Recorder.open(nothing_is_written, reader, keys, lambda: datetime.now(UTC))
        )

    def size(self) -> int:
        """How many entries there are."""
        return self.reader.head().size

    def entries(self, start: int = 0) -> list[Entry]:
        """All entries from `start` on."""
        return [json.loads(entry) for entry in self.reader.entries(start, self.size())]

    def published(self, directory: Path) -> Path:
        """The folder of the published files, once they hold everything that was written before."""
        size, until = self.size(), time.monotonic() + 10
        while int((directory / "checkpoint").read_text(encoding="utf-8").split("\n")[1]) < size:
            assert time.monotonic() < until, "nothing was published for ten seconds"
            time.sleep(0.05)
        return directory

    def pair(self, consultation: str) -> tuple[Entry, Entry]:
        """Intent and outcome of a consultation that has ended."""
        identifier = UUID(consultation)
        intent, outcome = self.reader.intent_of(identifier), self.reader.outcome_of(identifier)
        assert intent is not None
        assert outcome is not None
        assert intent < outcome
        return json.loads(self.reader.entry(intent)), json.loads(self.reader.entry(outcome))

    def opened(self, entry: Entry) -> dict[str, Any]:
        """What is under the entry's seal."""
        opened = self._recorder.open_sealed(entry)
        assert opened is not None
        return opened

    def subjects(self, entry: Entry) -> dict[str, str]:
        """Identifier -> role of everybody under the seal who has one."""
        return {one["id"]: one["role"] for one in self.opened(entry).get("subjects", ()) if "id" in one}


@contextmanager
def journal_of(home: Path) -> Iterator[Journal]:
    """The journal of a home, open for as long as it is wanted."""
    reader = Reader(home / "fidus.db")
    try:
        yield Journal(home, reader)
    finally:
        reader.close()
