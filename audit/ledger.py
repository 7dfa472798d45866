"""What records are checked against: the store as it was read, and what this group has changed since.

A record that is declined leaves nothing behind here, and nothing was written for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from audit.event import Kind
from audit.log import Cause, Declined, Raise, Record

T = TypeVar("T")
_EPOCH: Final = "epoch"


class Cells(Generic[T]):
    """Named values in three layers: stored, changed by this group, drafted by the unit under check."""

    def __init__(self, absent: T, stored: Mapping[str, T]) -> None:
        self._absent = absent
        self._stored = stored
        self._draft: dict[str, T] = {}
        self.changed: dict[str, T] = {}

    def read(self, name: str) -> T:
        """The value as of now; `absent` where there is none."""
        if name in self._draft:
            return self._draft[name]
        if name in self.changed:
            return self.changed[name]
        return self._stored.get(name, self._absent)

    def write(self, name: str, value: T) -> None:
        """Draft a value."""
        self._draft[name] = value

    def keep(self) -> None:
        """The unit is to be written."""
        if self._draft:
            self.changed.update(self._draft)
            self._draft.clear()

    def drop(self) -> None:
        """The unit was declined."""
        self._draft.clear()


@dataclass(frozen=True, slots=True)
class Needs:
    """The names that a group of records will ask for, so that they can be read at once."""

    counters: frozenset[str]
    flags: frozenset[str]
    institutions: frozenset[str]
    consultations: frozenset[str]
    keys: bool

    @classmethod
    def of(cls, records: Iterable[Record]) -> Needs:
        """Of all these records together."""
        counters: set[str] = set()
        flags: set[str] = set()
        institutions: set[str] = set()
        consultations: set[str] = set()
        keys = False
        for record in records:
            counters.update(spend.counter for spend in record.spends)
            counters.update(record.reads.values())
            flags.update(expect.flag for expect in record.expects)
            keys = keys or any(write.family == "keys" for write in record.writes)
            entry = record.entry or {}
            if record.numbered and "institution" in entry:
                institutions.add(entry["institution"])
            if "consultation" in entry:
                consultations.add(entry["consultation"])
        return cls(
            frozenset(counters), frozenset(flags), frozenset(institutions), frozenset(consultations), keys
        )


@dataclass(frozen=True, slots=True)
class Read:
    """What the store holds under those names. `taken`: names of what can be there only once."""

    epoch: int
    counters: Mapping[str, int]
    flags: Mapping[str, str]
    numbers: Mapping[str, int]
    taken: frozenset[str]


@dataclass(frozen=True, slots=True)
class Passed:
    """A record that may be written. `epoch`: in force once it is."""

    number: int | None
    epoch: int
    facts: Mapping[str, int | str]


class Ledger:
    """Checks records one by one, each seeing what earlier ones of its unit and group did."""

    def __init__(self, read: Read) -> None:
        self._epoch = Cells(read.epoch, {})
        self._taken = Cells(False, dict.fromkeys(read.taken, True))
        self.counters = Cells(0, read.counters)
        self.flags = Cells("", read.flags)
        self.numbers = Cells(0, read.numbers)
        self._all: tuple[Cells[Any], ...] = (
            self._epoch,
            self._taken,
            self.counters,
            self.flags,
            self.numbers,
        )

    @property
    def epoch(self) -> int:
        """The policy epoch in force."""
        return self._epoch.read(_EPOCH)

    def check(self, record: Record) -> Passed | Declined:
        """Spend, expect and number as the record asks.

        All facts are read even where it is declined, so that its caller can decide again from them.
        """
        facts: dict[str, int | str] = {
            fact: self.counters.read(counter) for fact, counter in record.reads.items()
        }
        causes = [
            *self._outdated(record),
            *self._doubled(record),
            *self._unexpected(record, facts),
            *self._spent(record, facts),
        ]
        if causes:
            cause, name = causes[0]
            return Declined(cause, name, self.epoch, facts)
        if record.epoch is Raise.EPOCH:
            self._epoch.write(_EPOCH, self.epoch + 1)
        for write in record.writes:
            if write.family == "flags":
                self.flags.write(write.row["flag"], write.row["value"])
        return Passed(self._numbered(record), self.epoch, facts)

    def keep(self) -> None:
        """All records of the unit passed."""
        for cells in self._all:
            cells.keep()

    def drop(self) -> None:
        """One of its records was declined."""
        for cells in self._all:
            cells.drop()

    def _outdated(self, record: Record) -> Iterable[tuple[Cause, str]]:
        if isinstance(record.epoch, int) and record.epoch != self.epoch:
            yield Cause.EPOCH, _EPOCH

    def _doubled(self, record: Record) -> Iterable[tuple[Cause, str]]:
        for name in once(record):
            if self._taken.read(name):
                yield Cause.DUPLICATE, name
            self._taken.write(name, True)

    def _unexpected(self, record: Record, facts: dict[str, int | str]) -> Iterable[tuple[Cause, str]]:
        for expect in record.expects:
            value = self.flags.read(expect.flag)
            facts[expect.fact] = value
            if value != expect.value:
                yield Cause.EXPECT, expect.flag

    def _spent(self, record: Record, facts: dict[str, int | str]) -> Iterable[tuple[Cause, str]]:
        for spend in record.spends:
            value = self.counters.read(spend.counter)
            facts[spend.fact] = value
            after = value + spend.amount
            if spend.limit is not None and after > spend.limit:
                yield Cause.SPEND, spend.counter
            else:
                self.counters.write(spend.counter, max(0, after))

    def _numbered(self, record: Record) -> int | None:
        institution = None if record.entry is None else record.entry.get("institution")
        if institution is None or not record.numbered:
            return None
        number = self.numbers.read(institution) + 1
        self.numbers.write(institution, number)
        return number


def is_final(entry: Mapping[str, Any]) -> bool:
    """Whether the entry ends its consultation: an outcome, and of several parts the last."""
    part = entry.get("part")
    return entry["kind"] == Kind.OUTCOME and (part is None or part["n"] == part["m"])


def once(record: Record) -> Iterable[str]:
    """Names of what this record adds and what may be there only once."""
    entry = record.entry
    if entry is not None and (entry["kind"] == Kind.INTENT or is_final(entry)):
        yield taken_name(entry["kind"], entry["consultation"])
    for write in record.writes:
        if write.family == "keys":
            yield key_name(write.row["month"], write.row["serial"])


def taken_name(kind: str, consultation: str) -> str:
    """How the intent or outcome of a consultation is told as the cause of a declined record."""
    return f"{kind}:{consultation}"


def key_name(month: int, serial: int) -> str:
    """How a data key is told as the cause of a declined record."""
    return f"key:{month}:{serial}"
