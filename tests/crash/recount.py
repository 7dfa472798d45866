"""The log of a home counted again, with nothing of the hub's: sqlite3, hashlib, json and the formats.

`Ledger.of` reads a copy of the store. `faults` says what does not hold of the log by itself; what clients,
source and files know of it is compared in tests/crash/compare.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sqlite3
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BRUSSELS = ZoneInfo("Europe/Brussels")
REFUSALS_A_MINUTE = 300  # of one institution, that are recorded one by one; more are counted


def sha256(*parts: bytes) -> bytes:
    """Of the parts, joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962 §2.1, over leaf hashes."""
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01", root(leaves[:split]), root(leaves[split:]))


def roots(leaves: Sequence[bytes]) -> Iterator[bytes]:
    """The root of the first 0, 1, 2 … of them: of several perfect trees, the largest first."""
    edge: list[tuple[int, bytes]] = []
    yield sha256()
    for leaf in leaves:
        size, top = 1, leaf
        while edge and edge[-1][0] == size:
            size, top = 2 * size, sha256(b"\x01", edge.pop()[1], top)
        edge.append((size, top))
        folded = top
        for _, left in reversed(edge[:-1]):
            folded = sha256(b"\x01", left, folded)
        yield folded


@dataclass(frozen=True)
class Signed:
    """What a signed checkpoint says."""

    size: int
    root: bytes

    @classmethod
    def open(cls, note: str, seed: bytes) -> Signed:
        """Raises ValueError unless the key of this seed signed it."""
        text, _, signatures = note.rpartition("\n\n")
        origin, size, hashed = text.split("\n")
        signature = base64.b64decode(signatures.split(" ")[2])[4:]
        try:
            key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
            key.verify(signature, f"{text}\n".encode())
        except InvalidSignature:
            raise ValueError(f"the checkpoint of {origin} is not signed by its key") from None
        return cls(int(size), base64.b64decode(hashed))


@dataclass(frozen=True)
class Ledger:
    """Everything in the store that this recount looks at."""

    seed: bytes = field(repr=False)
    size: int
    entries: tuple[bytes, ...] = field(repr=False)
    leaves: tuple[bytes, ...] = field(repr=False)
    notes: dict[int, str] = field(repr=False)
    numbers: dict[str, int]
    counters: dict[str, int]
    open: frozenset[str]
    leases: frozenset[str]

    @classmethod
    def of(cls, home: Path) -> Ledger | None:
        """Read a copy, so that nothing here changes what the next hub finds; None: no store was made yet.

        Raises sqlite3.Error if it is damaged.
        """
        database = tomllib.loads((home / "fidus.toml").read_text(encoding="utf-8")).get("database", "sqlite")
        if database != "sqlite":
            return cls.within(database, (home / "log.key").read_bytes())
        with tempfile.TemporaryDirectory() as folder:
            for name in ("fidus.db", "fidus.db-wal"):
                if (home / name).exists():
                    shutil.copy(home / name, folder)
            with closing(sqlite3.connect(Path(folder, "fidus.db"))) as store:
                tables = store.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
                return cls._read(store, (home / "log.key").read_bytes()) if tables else None

    @classmethod
    def within(cls, url: str, seed: bytes) -> Ledger:
        """Read a PostgreSQL database in one view of it."""
        with psycopg.connect(url) as store:
            store.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return cls._read(store, seed)

    @classmethod
    def _read(cls, store: Any, seed: bytes) -> Ledger:
        rows = store.execute('SELECT "index", bytes, leaf FROM entries ORDER BY "index"').fetchall()
        if [row[0] for row in rows] != list(range(len(rows))):
            raise AssertionError("the entries are not numbered from 0 without gap")
        return cls(
            seed,
            store.execute("SELECT size FROM head").fetchone()[0],
            tuple(row[1] for row in rows),
            tuple(row[2] for row in rows),
            dict(store.execute("SELECT size, note FROM checkpoints")),
            dict(store.execute("SELECT institution, last FROM numbers")),
            dict(store.execute("SELECT name, value FROM counters")),
            frozenset(row[0] for row in store.execute("SELECT consultation FROM open_consultations")),
            frozenset(row[0] for row in store.execute("SELECT lease FROM leases")),
        )

    @cached_property
    def members(self) -> list[dict[str, Any]]:
        """The entries as JSON objects."""
        return [json.loads(entry) for entry in self.entries]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Those of one kind, in order."""
        return [entry for entry in self.members if entry["kind"] == kind]

    def roots(self) -> list[bytes]:
        """The root at each size, from 0."""
        return list(roots([sha256(b"\x00", entry) for entry in self.entries]))

    def ended(self) -> dict[str, dict[str, Any]]:
        """By consultation, the outcome that ended it."""
        return {
            entry["consultation"]: entry
            for entry in self.of_kind("outcome")
            if "part" not in entry or entry["part"]["n"] == entry["part"]["m"]
        }

    def unended(self) -> set[str]:
        """Consultations with an intent and no outcome."""
        return {entry["consultation"] for entry in self.of_kind("intent")} - self.ended().keys()

    def faults(self) -> list[str]:
        """What does not hold of the log by itself."""
        return [
            *self._tree(),
            *self._numbering(),
            *self._consultations(),
            *self._counting(),
            *self._refusals(),
        ]

    def _tree(self) -> Iterator[str]:
        if self.size != len(self.entries):
            yield f"the head says {self.size} entries, there are {len(self.entries)}"
        if self.size not in self.notes:
            yield "the head has no checkpoint"
        for index, (entry, leaf) in enumerate(zip(self.entries, self.leaves, strict=True)):
            if leaf != sha256(b"\x00", entry):
                yield f"entry {index} is not the one of its leaf hash"
            if rfc8785.dumps(json.loads(entry)) != entry:
                yield f"entry {index} is not canonical"
        own = self.roots()
        for size, note in self.notes.items():
            signed = Signed.open(note, self.seed)
            if signed.size != size or size >= len(own) or signed.root != own[size]:
                yield f"the checkpoint of {size} entries signs another tree"

    def _numbering(self) -> Iterator[str]:
        given: dict[str, list[int]] = {}
        for entry in self.members:
            if "number" in entry:
                given.setdefault(entry["institution"], []).append(entry["number"])
        for institution, numbers in given.items():
            if numbers != list(range(1, len(numbers) + 1)):
                yield f"the own numbers of {institution} have a gap, or are out of order"
        if self.numbers != {institution: len(numbers) for institution, numbers in given.items()}:
            yield "the last own numbers are not those of the entries"

    def _consultations(self) -> Iterator[str]:
        intents: Counter[str] = Counter()
        outcomes: Counter[str] = Counter()
        for entry in self.members:
            consultation = entry.get("consultation", "")
            if entry["kind"] == "intent":
                intents[consultation] += 1
            elif entry["kind"] == "outcome":
                outcomes[consultation] += 1
                if not intents[consultation]:
                    yield f"{consultation} has an outcome before its intent"
        yield from (f"{one} has {count} intents" for one, count in intents.items() if count > 1)
        yield from (f"{one} has {count} outcomes" for one, count in outcomes.items() if count > 1)
        if self.open != self.unended():
            yield "the open consultations are not those without outcome"

    def _counting(self) -> Iterator[str]:
        """Quotas and guesses are spent in the transaction of what spends them."""
        used = Counter(f"day:{entry['flow']}:{_day(entry)}" for entry in self.of_kind("intent"))
        counted = {name: value for name, value in self.counters.items() if name.startswith("day:")}
        if used != counted:
            yield "the used quotas are not the number of intents"
        taken, failed = _guesses("taken", self.counters), _guesses("no", self.counters)
        under_way = Counter(
            entry["flow"]
            for entry in self.of_kind("intent")
            if entry["consultation"] in self.open and "guesses" in entry["facts"]
        )
        if +taken != failed + under_way:
            yield "guesses are taken that neither failed nor are under way"
        interrupted = Counter(
            entry["flow"] for entry in self.ended().values() if entry["outcome"] == "interrupted"
        )
        if any(interrupted[flow] > failed[flow] for flow in taken):
            yield "an interruption gave its guess back"

    def _refusals(self) -> Iterator[str]:
        minutes = Counter((entry["institution"], entry["at"][:16]) for entry in self.of_kind("refusal"))
        for (institution, minute), count in minutes.items():
            if count > REFUSALS_A_MINUTE:
                yield f"{institution} has {count} refusals in the minute {minute}"


def _day(entry: dict[str, Any]) -> str:
    return datetime.fromisoformat(entry["at"]).astimezone(BRUSSELS).date().isoformat()


def _guesses(prefix: str, counters: dict[str, int]) -> Counter[str]:
    """By flow, the sum over all subjects and days of one kind of counter."""
    found: Counter[str] = Counter()
    for name, value in counters.items():
        if name.startswith(f"{prefix}:"):
            found[name.split(":")[1]] += value
    return found
