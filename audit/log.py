"""What the hub expects of a log: one protocol for every writer (in-process SQLite now; others later).

A record is data only. No callback enters the writer, so that it may live in another process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from fidus.model import SubjectRole


class Raise(StrEnum):
    """Stands in the place of an epoch: this record changes the policy, so its commit raises the epoch."""

    EPOCH = "raise"


RAISE: Final = Raise.EPOCH


@dataclass(frozen=True, slots=True)
class Spend:
    """Add `amount` (may be negative: given back, never below zero) to a counter; declined where the sum
    would pass `limit` (None: no bound).

    `fact` names the fact under which the value read *before* spending is told back.
    """

    counter: str
    amount: int
    limit: int | None
    fact: str


@dataclass(frozen=True, slots=True)
class Expect:
    """A flag that must have this value when the record is written; an absent flag reads "".

    `fact` names the fact under which the value is told back.
    """

    flag: str
    value: str
    fact: str


@dataclass(frozen=True, slots=True)
class Write:
    """One row for the applier of `family`, within the writer's transaction. Plain values only.

    Families `flags` (operation `set`, row {flag, value}) and `keys` (operation `add`, row {month, serial,
    wrapped}) are the log's own; all others belong to fidus.store.
    """

    family: str
    operation: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tag:
    """One search tag, kept beside the log, never in it: HMAC-SHA-256 under the tag key of `epoch`."""

    epoch: int
    tag: bytes
    role: SubjectRole


@dataclass(frozen=True, slots=True)
class Record:
    """One entry to be written, with all that must happen in the same transaction.

    `entry`: members of formats.md §1 without `number`, `facts.dayUsed`, `facts.guesses`, which the writer
    adds (the latter two from facts named `dayUsed` and `guesses`, where `entry` has `facts`). None: no entry,
    only the writes (a lease, a data key); `Appended.index` is then -1.
    `numbered`: give it the institution's next own number. `epoch`: the policy epoch it was decided under;
    None: whatever is in force. `reads`: further counters whose value is told back, as fact -> counter.
    """

    entry: Mapping[str, Any] | None = field(repr=False)
    numbered: bool = True
    epoch: int | Raise | None = None
    tags: tuple[Tag, ...] = field(repr=False, default=())
    spends: tuple[Spend, ...] = ()
    expects: tuple[Expect, ...] = ()
    reads: Mapping[str, str] = field(default_factory=dict)
    writes: tuple[Write, ...] = field(repr=False, default=())
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Appended:
    """The record is durable. `entry`: its bytes as hashed. `facts`: values read before spending.
    `proof`: the text of c2sp.org/tlog-proof@v1 with `extra`, where the record asked for it, else ""."""

    index: int
    number: int | None
    entry: bytes = field(repr=False)
    epoch: int
    facts: Mapping[str, int | str]
    proof: str = field(repr=False, default="")


class Cause(StrEnum):
    """Why nothing was written for a record."""

    EPOCH = "epoch"  # the policy changed since it was decided
    SPEND = "spend"  # a counter is used up
    EXPECT = "expect"  # a flag has another value
    DUPLICATE = "duplicate"  # the consultation has its outcome already


@dataclass(frozen=True, slots=True)
class Declined:
    """Nothing was written. `facts`: everything that was read, so that the hub can decide again.
    `name`: the counter or flag that declined it."""

    cause: Cause
    name: str
    epoch: int
    facts: Mapping[str, int | str]


class Log(Protocol):
    """The one place where records become durable."""

    async def append(self, *records: Record) -> tuple[Appended, ...] | Declined:
        """Write these records together, in this order, all or none.

        When this returns Appended, each entry is on stable storage and covered by a signed checkpoint that
        is stored too: a crash of process or host loses nothing. When it raises AuditUnavailable the records
        may or may not be there, and the caller gives no data out. Safe to call from many tasks at once:
        waiting records share one commit. Does not retry. The epoch and counters are checked record by
        record inside the transaction, so earlier ones of the same group count.
        """
        ...

    async def prove(self, index: int) -> str:
        """The proof text of entry `index` in the newest checkpoint, with `extra`.

        Raises LookupError if there is no such entry, AuditUnavailable if the store cannot be read.
        """
        ...

    async def close(self) -> None:
        """Write what waits, then let go of the store."""
        ...
