"""A hub without its interface: the real log, store, recorder and policy in a folder, a source in memory."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import psycopg
import pytest
from jsonschema import Draft202012Validator

from audit.backend import Backend
from audit.canonical import canonical
from audit.keys import DirectoryKeyStore
from audit.ledger import is_final
from audit.note import NoteKey
from audit.postgres import PostgresBackend
from audit.reader import Reader
from audit.receipt import verify_receipt
from audit.recorder import Recorder
from audit.search import Criteria, search
from audit.sqlite import SqliteBackend
from audit.writer import StoredLog
from fidus.adapter import Adapter
from fidus.changes import WORD_FLAG, Approvers, Changes
from fidus.errors import FidusError
from fidus.exchange import Consulted, Exchange
from fidus.inforce import InForce, Stored
from fidus.interrupted import Interrupter
from fidus.lease import Lease
from fidus.model import Caller, Channel, Role, SubjectType, TraceIds
from fidus.receipts import Receipts
from fidus.refusals import Refusals
from fidus.services import load_services
from fidus.store import APPLIERS, PART, catalogue, consultations
from fidus.store.engine import snapshots_of
from tests.fidus.questions import FILES, HOUSING, TOWN
from tests.fidus.surroundings import Clock, Line, Register, Troubles

T = TypeVar("T")
ROOT: Final = Path(__file__).parents[2]
CONTRACT: Final = ROOT / "contracts" / "fidus" / "audit"
SERVICES: Final = load_services(ROOT / "adapters")


class Desk:
    """Everything behind the interface of one hub, on a loop of its own."""

    def __init__(self, folder: Path, database: str = "sqlite") -> None:
        self.folder = folder
        self.database = database
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.seconds = 1000.0  # of the lease's clock
        self.register = Register()
        self.adapters: dict[str, Adapter] = {"national-register": self.register}
        self.troubles = Troubles()
        self.key = NoteKey("audit.fidus.example/log", bytes(range(32)))
        self.keystore = DirectoryKeyStore(folder / "keys")
        self.services = SERVICES
        self.run(self._open())

    def _backend(self) -> Backend:
        """Impatient, for tests in which others hold the store."""
        if self.database == "sqlite":
            return SqliteBackend(self.folder / "fidus.db", busy_s=0.05)
        return PostgresBackend(self.database, within_s=2.0)

    async def _open(self) -> None:
        """As `fidus.app` does it."""
        self.line = Line(
            StoredLog.open(
                self._backend(),
                self.key,
                APPLIERS,
                fatal=pytest.fail,
                parts=(PART,),
                create=True,
                today=lambda: self.clock.now.date(),
            )
        )
        self.reader = Reader(snapshots_of(self.folder, self.database))
        self.recorder = await Recorder.open(self.line, self.reader, self.keystore, self.clock)
        self.in_force = InForce(self.newer, self.services)
        await self.in_force.reload()
        self.lease = Lease(self.line, lambda: self.seconds)
        self.interrupter = Interrupter(self.line, self.recorder, self.opened, self.reader.entry, self.clock)
        self.refusals = Refusals(self.line, self.recorder, self.clock)
        self.changes = self.changes_by(Approvers((), 0, self.key.name))
        self.receipts = Receipts(self.line, self.reader, self.recorder)
        self.exchange = Exchange(
            in_force=lambda: self.in_force.catalogue,
            reload=lambda: self.in_force.reload(),
            adapters=self.adapters,
            log=self.line,
            recorder=self.recorder,
            lease=self.lease,
            refusals=self.refusals,
            interrupter=self.interrupter,
            trouble=self.troubles,
            clock=self.clock,
            synthetic=True,
        )

    def close(self) -> None:
        """Close it, and look whether what it leaves behind is as all logs are."""
        entries = self.entries()
        self.run(self.line.close())
        self.reader.close()
        self.runner.close()
        check(entries)
        kept = [file.read_bytes() for file in self.folder.rglob("*") if file.is_file()] + self._rows()
        for query in self.register.asked:
            assert not any(query.values["ssin"].encode() in data for data in kept)

    def _rows(self) -> list[bytes]:
        """Everything in a database that is no file: each row as text, and what its bytes say."""
        if self.database == "sqlite":
            return []
        with psycopg.connect(self.database) as session:
            tables = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            rows = [
                row[0]
                for (table,) in tables
                for row in session.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()
            ]
        return [text.encode() for text in rows] + [
            bytes.fromhex(part) for text in rows for part in re.findall(r"x((?:[0-9a-f]{2})+)", text)
        ]

    def reopen(self) -> None:
        """As after a restart."""
        self.run(self.line.close())
        self.reader.close()
        self.run(self._open())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def changes_by(self, approvers: Approvers) -> Changes:
        return Changes(self.in_force, self.line, self.recorder, approvers, self.clock)

    def stored(self) -> Stored:
        """What the store says is in force."""
        with self.reader.snapshot() as connection:
            held, epoch = catalogue.load(connection), self.reader.epoch(connection)
            words = self.reader.flags(connection, WORD_FLAG)
            return Stored(epoch, held.digest, held.files, frozenset(held.suspended), words)

    def newer(self, known: int) -> Stored | None:
        return None if (stored := self.stored()).epoch == known else stored

    def opened(self) -> list[consultations.OpenIntent]:
        with self.reader.snapshot() as connection:
            return consultations.open_intents(connection)

    def apply(self, **flows: bytes) -> None:
        """Put these flows of town in force beside FILES (`_` for `-`), or in the place of theirs."""
        more = {f"town/{name.replace('_', '-')}.toml": text for name, text in flows.items()}
        self.run(self.changes.apply({**FILES, **more}, ()))

    async def consult(
        self,
        flow: str,
        sent: bytes | FidusError,
        *,
        by: str | None = None,
        channel: Channel = Channel.API,
        traces: TraceIds | None = None,
    ) -> Consulted:
        """Ask, as whose flow it is unless `by` says otherwise."""
        caller = self.caller(by or {"town": TOWN, "housing": HOUSING}[flow.partition("-")[0]])
        return await self.exchange.consult(caller, flow, sent, channel, traces or TraceIds(uuid4()))

    @staticmethod
    def caller(institution: str) -> Caller:
        return Caller(institution, frozenset({Role.EXCHANGE}))

    def ask(self, flow: str, sent: bytes | FidusError, **more: Any) -> dict[str, Any]:
        """Ask, and verify the receipt of the answer."""
        answer = dict(self.run(self.consult(flow, sent, **more)).answer)
        assert isinstance(sent, bytes)
        self.verify(answer, sent)
        return answer

    def refused(self, kind: type[T], flow: str, sent: bytes | FidusError, **more: Any) -> T:
        """Ask, and give the error that comes back."""
        with pytest.raises(FidusError) as error:
            self.run(self.consult(flow, sent, **more))
        assert isinstance(error.value, kind), repr(error.value)
        return error.value

    async def at_once(self, *questions: Coroutine[Any, Any, Consulted]) -> list[Consulted | BaseException]:
        return await asyncio.gather(*questions, return_exceptions=True)

    def verify(self, answer: Mapping[str, Any], sent: bytes | None = None) -> None:
        """Verify as the institution does: offline, from JSON."""
        report = verify_receipt(json.loads(json.dumps(answer)), self.key.verifier, sent)
        assert report.ok, report.as_json()

    def entries(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the log holds, of one kind or all, oldest first."""
        size = self.reader.head().size
        parsed = [json.loads(raw) for raw in self.reader.entries(0, size)]
        return [entry for entry in parsed if kind in (None, entry["kind"])]

    def entry(self, kind: str) -> dict[str, Any]:
        """The only one of this kind."""
        (entry,) = self.entries(kind)
        return entry

    def opened_seal(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        opened = self.recorder.open_sealed(entry)
        assert opened is not None
        return opened

    def about(self, ssin: str, **criteria: Any) -> list[str]:
        """The kinds of entries that a search for this person finds, newest first."""
        looked_for = Criteria(identifier=(SubjectType.PERSON, ssin), **criteria)
        return [row.kind for row in search(self.reader, self.recorder, looked_for).rows]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Meanwhile another process keeps the store to itself: the log cannot be written."""
        if self.database == "sqlite":
            raw = sqlite3.connect(self.folder / "fidus.db", isolation_level=None)
            with closing(raw):
                raw.execute("BEGIN IMMEDIATE")
                yield
                raw.execute("ROLLBACK")
        else:
            with psycopg.connect(self.database) as session:
                session.execute("SELECT id FROM head FOR UPDATE")
                yield
                session.rollback()


@cache
def schema_of(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((CONTRACT / f"{kind}.schema.json").read_text(encoding="utf-8")))


def check(entries: Iterable[Mapping[str, Any]]) -> None:
    """What holds for each log: the schemas, the gapless own numbers, an intent before each outcome."""
    numbers: dict[str, int] = defaultdict(int)
    under_way: set[str] = set()
    for entry in entries:
        assert list(schema_of(entry["kind"]).iter_errors(entry)) == []
        assert len(canonical(entry)) <= 65_535
        if "institution" in entry:
            numbers[entry["institution"]] += 1
            assert entry["number"] == numbers[entry["institution"]]
        if entry["kind"] == "intent":
            under_way.add(entry["consultation"])
        if is_final(entry):
            under_way.remove(entry["consultation"])
