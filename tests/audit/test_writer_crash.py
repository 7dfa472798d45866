"""A process that is killed at any moment: each record that it was told of is there, the store is whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audit.reader import Reader
from audit.store_verify import verify_store

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records

ROOT = Path(__file__).parents[2]

# Appends until it is killed; a line for each record that it was told is durable.
WRITER = """
import asyncio, sys, uuid
from pathlib import Path
from audit.log import Record
from audit.note import NoteKey
from audit.sqlite import SqliteBackend
from audit.writer import StoredLog

async def caller(log):
    while True:
        consultation = str(uuid.uuid4())
        entry = {"v": 1, "kind": "intent", "at": "2026-10-05T08:30:00.000000Z", "consultation": consultation,
                 "institution": "0206000032", "sealed": "A" * 900}
        appended = (await log.append(Record(entry)))[0]
        sys.stdout.write(f"{appended.index} {consultation}\\n")
        sys.stdout.flush()

async def main():
    key = NoteKey(sys.argv[2], bytes.fromhex(sys.argv[3]))
    log = StoredLog.open(SqliteBackend(Path(sys.argv[1])), key, {}, fatal=sys.exit, create=True)
    await asyncio.gather(*(caller(log) for _ in range(8)))

asyncio.run(main())
"""


def killed_after(store: LogStore, seconds: float) -> dict[str, int]:
    """Run the writer, kill it; what it was told: consultation -> index."""
    command = [sys.executable, "-c", WRITER, str(store.path), store.key.name, store.key.seed.hex()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        lines = [first, *process.stdout.readlines()]
    told = (line.split() for line in lines if line.endswith("\n"))
    return {consultation: int(index) for index, consultation in told}


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost(store: LogStore, records: Records) -> None:
    chance = random.Random(20261005)
    told: dict[str, int] = {}
    for _ in range(6):
        told |= killed_after(store, chance.uniform(0, 0.3))
        store.fill((records.admin(),))  # opens it under the rule for new connections
        entries = store.entries()
        assert all(consultation.encode() in entries[index] for consultation, index in told.items())
        with closing(Reader(store.path)) as reader:
            assert verify_store(reader, store.key.verifier).faults == ()
    assert len(told) > 100
