"""What the tests of the log share: the keys and entries of the published vectors, a log in memory with the
promises of the real one, and events about people who cannot exist."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit.canonical import canonical, unb64
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.event import Event, Kind, Outcome, Sealed
from audit.keys import DirectoryKeyStore
from audit.log import RAISE, Appended, Cause, Declined, Record, Tag
from audit.note import COSIGNER, NoteKey
from audit.proof import make_proof
from audit.recorder import Recorder
from audit.tree import Edge, inclusion_path, leaf_hash
from fidus.errors import AuditUnavailable
from fidus.identifiers import check_digits
from fidus.model import Subject, SubjectRole, SubjectType, TraceIds
from tests.audit.stores import LogStore as LogStore
from tests.audit.stores import PostgresStore as PostgresStore
from tests.postgres import Database


@pytest.fixture(scope="session")
def log_key() -> NoteKey:
    """The log key of the vectors."""
    return NoteKey("audit.fidus.example/log", bytes(range(32)))


@pytest.fixture(scope="session")
def witness_key() -> NoteKey:
    """The witness key of the vectors."""
    return NoteKey("witness.example/w1", bytes(range(32, 64)), COSIGNER)


@pytest.fixture(scope="session")
def vector_entry() -> Callable[[int], bytes]:
    """Entry i of the vectors."""
    return lambda index: f"fidus test entry {index}".encode()


@dataclass(frozen=True)
class MemoryHead:
    size: int
    epoch: int


@dataclass
class MemoryLog:
    """Implements audit.log.Log and what readers of the store ask, without tree and proofs.

    `unavailable`: every append raises AuditUnavailable; with `lost_reply` it is written all the same.
    `declining`: every append is declined.
    """

    entries_written: list[bytes] = field(default_factory=list)
    tags: list[tuple[Tag, int]] = field(default_factory=list)
    keys: list[tuple[int, int, bytes]] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    writes: list[Any] = field(default_factory=list)
    epoch: int = 0
    unavailable: bool = False
    lost_reply: bool = False
    declining: bool = False

    async def append(self, *records: Record) -> tuple[Appended, ...] | Declined:
        await asyncio.sleep(0)
        if self.unavailable and not self.lost_reply:
            raise AuditUnavailable
        if self.declining:
            return Declined(Cause.EPOCH, "epoch", self.epoch, {})
        for record in records:
            if (declined := self._declined(record)) is not None:
                return declined
        written = tuple(self._write(record) for record in records)
        if self.unavailable:
            raise AuditUnavailable
        return written

    async def prove(self, index: int) -> str:
        self.entries_written[index]
        return f"proof of {index}"

    async def close(self) -> None:
        self.unavailable = True

    def head(self) -> MemoryHead:
        return MemoryHead(len(self.entries_written), self.epoch)

    def entry(self, index: int) -> bytes:
        return self.entries_written[index]

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        yield from self.entries_written[start:stop]

    def data_keys(self) -> list[tuple[int, int, bytes]]:
        return list(self.keys)

    def tagged(self, tags: list[tuple[int, bytes]]) -> list[tuple[int, SubjectRole]]:
        return [(index, tag.role) for tag, index in self.tags if (tag.epoch, tag.tag) in tags]

    def _facts(self, record: Record) -> dict[str, int | str]:
        spent = {spend.fact: spend.counter for spend in record.spends}
        return {fact: self.counters.get(name, 0) for fact, name in {**spent, **record.reads}.items()}

    def _declined(self, record: Record) -> Declined | None:
        facts = self._facts(record)
        if isinstance(record.epoch, int) and record.epoch != self.epoch:
            return Declined(Cause.EPOCH, "epoch", self.epoch, facts)
        for expect in record.expects:
            if self.flags.get(expect.flag, "") != expect.value:
                return Declined(Cause.EXPECT, expect.flag, self.epoch, facts)
        for spend in record.spends:
            if spend.limit is not None and self.counters.get(spend.counter, 0) + spend.amount > spend.limit:
                return Declined(Cause.SPEND, spend.counter, self.epoch, facts)
        return None

    def _write(self, record: Record) -> Appended:
        facts = self._facts(record)
        for spend in record.spends:
            self.counters[spend.counter] = max(0, self.counters.get(spend.counter, 0) + spend.amount)
        for write in record.writes:
            if write.family == "keys":
                self._add_key(write.row["month"], write.row["serial"], unb64(write.row["wrapped"]))
            else:
                self.writes.append(write)
        self.epoch += record.epoch is RAISE
        return self._append(record, facts)

    def _add_key(self, month: int, serial: int, wrapped: bytes) -> None:
        if any((month, serial) == key[:2] for key in self.keys):
            raise AuditUnavailable("This data key is there already")
        self.keys.append((month, serial, wrapped))

    def _append(self, record: Record, facts: Mapping[str, int | str]) -> Appended:
        if record.entry is None:
            return Appended(-1, None, b"", self.epoch, facts)
        entry, index = dict(record.entry), len(self.entries_written)
        if "facts" in entry:
            read = {name: facts[name] for name in ("dayUsed", "guesses") if name in facts}
            entry["facts"] = {**entry["facts"], **read}
        if record.numbered and "institution" in entry:
            number = self.numbers.get(entry["institution"], 0) + 1
            entry["number"] = self.numbers[entry["institution"]] = number
        self.entries_written.append(canonical(entry))
        self.tags += [(tag, index) for tag in record.tags]
        proof = f"proof of {index}" if record.proved else ""
        return Appended(index, entry.get("number"), self.entries_written[index], self.epoch, facts, proof)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


class Events:
    """Makes events of a social housing company that asks about people with synthetic numbers."""

    institution = "0206000032"  # its check digits do not match: nobody has this number
    nonce = bytes(range(32))

    @staticmethod
    def person(serial: int = 1, role: SubjectRole = SubjectRole.ASKED) -> Subject:
        """Born in month 62: no register gives such a number."""
        nine = f"9162{serial // 1000 % 28 + 1:02d}{serial % 1000:03d}"
        return Subject(SubjectType.PERSON, f"{nine}{check_digits(nine, 1900):02d}", role)

    @staticmethod
    def address(role: SubjectRole = SubjectRole.DISCLOSED, number: str = "12") -> Subject:
        return Subject(SubjectType.ADDRESS, f"21004/1205/{number}/B", role)

    def intent(self, **change: Any) -> Event:
        event = Event(
            kind=Kind.INTENT,
            at=datetime(2026, 10, 5, 8, 30, 0, 125, tzinfo=UTC),
            consultation=UUID("0199b1f4-6c00-7000-8000-000000000001"),
            institution=self.institution,
            flow="slrb-address",
            flow_digest=hashlib.sha256(b"a flow file").digest(),
            channel="api",
            trace_ids=TraceIds(UUID("6b1c7e6e-54b8-4a0e-9a70-000000000001")),
            request=hashlib.sha256(b"a request").digest(),
            asked=("query.ssin",),
            facts={"epoch": 0},
            sealed=Sealed(
                subjects=(self.person(),),
                end_user="agent-17",
                case_reference="2026-004711",
                query={"ssin": self.person().id},
                answer_nonce=self.nonce,
            ),
        )
        return replace(event, **change)

    def outcome(self, **change: Any) -> Event:
        event = replace(
            self.intent(),
            kind=Kind.OUTCOME,
            asked=None,
            facts=None,
            outcome=Outcome.FOUND,
            fields=("address.postalCode", "address.street"),
            answer=hashlib.sha256(b"an answer").digest(),
            sealed=Sealed(subjects=(self.address(),), answer_nonce=self.nonce),
        )
        return replace(event, **change)

    def refusal(self, **change: Any) -> Event:
        return replace(self.intent(kind=Kind.REFUSAL, error="suspended", rule=4, facts=None), **change)

    @staticmethod
    def detailed(kind: Kind, detail: Mapping[str, Any], **change: Any) -> Event:
        event = Event(kind=kind, at=datetime(2026, 10, 5, 8, 31, tzinfo=UTC), detail=detail)
        return replace(event, **change)


@pytest.fixture
def memory_log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def events() -> Events:
    return Events()


@pytest.fixture
def keystore(tmp_path: Path) -> DirectoryKeyStore:
    return DirectoryKeyStore(tmp_path / "keys")


@pytest.fixture
def recorder(memory_log: MemoryLog, keystore: DirectoryKeyStore, clock: Clock) -> Recorder:
    """Opened in a loop of its own; the tests use theirs."""
    return asyncio.run(Recorder.open(memory_log, memory_log, keystore, clock))


class Records:
    """Makes records with entries in the form that the writer asks for, and no more."""

    institution = Events.institution

    def admin(self, act: str = "test", **change: Any) -> Record:
        entry = {"v": 1, "kind": "admin", "at": "2026-10-05T08:30:00.000000Z", "admin": {"act": act}}
        return replace(Record(entry, numbered=False), **change)

    def intent(
        self, consultation: UUID | None = None, institution: str | None = None, **change: Any
    ) -> Record:
        members = {"asked": ["query.ssin"], "facts": {"epoch": 0}}
        return replace(Record(self._entry("intent", consultation or uuid4(), institution, members)), **change)

    def outcome(self, consultation: UUID, part: tuple[int, int] | None = None, **change: Any) -> Record:
        members: dict[str, Any] = {"outcome": "found", "fields": []}
        if part is not None:
            members["part"] = {"n": part[0], "m": part[1]}
        return replace(Record(self._entry("outcome", consultation, None, members)), **change)

    def _entry(
        self, kind: str, consultation: UUID, institution: str | None, members: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "v": 1,
            "kind": kind,
            "at": "2026-10-05T08:30:00.000125Z",
            "consultation": str(consultation),
            "institution": institution or self.institution,
            "flow": "slrb-confirm-address",
            **members,
        }


@pytest.fixture
def file_store(tmp_path: Path, log_key: NoteKey) -> LogStore:
    return LogStore(tmp_path, log_key)


@pytest.fixture
def store(file_store: LogStore) -> LogStore:
    """In SQLite, unless a module says that its tests are about any."""
    return file_store


@pytest.fixture
def shared_store(tmp_path: Path, log_key: NoteKey, database: Database) -> PostgresStore:
    return PostgresStore(tmp_path, log_key, database=database)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest) -> LogStore:
    """A store on each database."""
    fixture = "file_store" if request.param == "sqlite" else "shared_store"
    found: LogStore = request.getfixturevalue(fixture)
    return found


@pytest.fixture(scope="session")
def records() -> Records:
    return Records()


class MemorySource:
    """A store in memory, as far as files and proofs are made from it: entries and their tree."""

    def __init__(self, key: NoteKey) -> None:
        self.key = key
        self.held: list[bytes] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.edge = Edge()
        self.signed: str | None = None

    def add(self, *entries: bytes) -> MemorySource:
        """Append these and sign the new checkpoint."""
        for entry in entries:
            self.held.append(entry)
            self.edge, nodes = self.edge.grow(leaf_hash(entry))
            self.nodes |= {(node.level, node.n): node.hash for node in nodes}
        self.signed = sign_checkpoint(self.checkpoint(), self.key)
        return self

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.key.name, self.edge.size, self.edge.root())

    def checkpoint_note(self) -> str | None:
        return self.signed

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        yield from self.held[start:stop]

    def subtree(self, level: int, n: int) -> bytes:
        return self.nodes[level, n]

    def proof(self, index: int) -> str:
        path = inclusion_path(index, self.edge.size, self.subtree)
        return make_proof(index, path, self.signed or "", self.held[index])


@pytest.fixture(scope="session")
def memory_source(log_key: NoteKey, vector_entry: Callable[[int], bytes]) -> Callable[[int], MemorySource]:
    """A store with the first entries of the vectors."""
    return lambda size: MemorySource(log_key).add(*map(vector_entry, range(size)))
