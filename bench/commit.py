"""What one synced commit costs on the disk on which everything else is measured."""

from __future__ import annotations

import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

COMMITS = 200


def commit_ms(folder: Path, rows: int, commits: int = COMMITS) -> float:
    """Milliseconds of one commit of so many rows of 600 bytes, the median; SQLite, write-ahead log,
    synchronous=FULL, as the log's own. The file is removed afterwards."""
    file = folder / "commit.db"
    file.unlink(missing_ok=True)
    took = []
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE entry (bytes BLOB NOT NULL)")
        for _ in range(commits):
            begun = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO entry VALUES (?)", [(bytes(600),)] * rows)
            connection.execute("COMMIT")
            took.append((time.perf_counter() - begun) * 1000)
    file.unlink()
    return statistics.median(took)
