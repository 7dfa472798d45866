"""The ledger against a plain model of it: whole units, declined ones leaving no trace."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from audit.ledger import Cells, Ledger, Needs, Read
from audit.log import RAISE, Cause, Declined, Expect, Raise, Record, Spend, Write

NAMES = st.sampled_from(["a", "b", "c"])
SPENDS = st.builds(
    Spend, NAMES, st.integers(-2, 3), st.none() | st.integers(0, 4), st.sampled_from(["x", "y"])
)
EXPECTS = st.builds(Expect, NAMES, st.sampled_from(["", "on"]), st.just("flag"))
SETS = NAMES.flatmap(
    lambda flag: st.sampled_from(["", "on"]).map(
        lambda value: Write("flags", "set", {"flag": flag, "value": value})
    )
)
RECORDS = st.builds(
    Record,
    entry=NAMES.map(lambda name: {"kind": "admin", "institution": name}),
    numbered=st.booleans(),
    epoch=st.none() | st.integers(0, 1) | st.just(RAISE),
    spends=st.lists(SPENDS, max_size=2).map(tuple),
    expects=st.lists(EXPECTS, max_size=1).map(tuple),
    writes=st.lists(SETS, max_size=1).map(tuple),
)


@dataclass
class Model:
    """The same rules, on plain values that are copied for each unit."""

    epoch: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Model:
        return Model(self.epoch, dict(self.counters), dict(self.flags), dict(self.numbers))

    def passes(self, record: Record) -> bool:
        if isinstance(record.epoch, int) and record.epoch != self.epoch:
            return False
        if any(self.flags.get(expect.flag, "") != expect.value for expect in record.expects):
            return False
        for spend in record.spends:
            after = self.counters.get(spend.counter, 0) + spend.amount
            if spend.limit is not None and after > spend.limit:
                return False
            self.counters[spend.counter] = max(0, after)
        self.epoch += record.epoch is Raise.EPOCH
        for write in record.writes:
            self.flags[write.row["flag"]] = write.row["value"]
        if record.numbered:
            assert record.entry is not None
            name = record.entry["institution"]
            self.numbers[name] = self.numbers.get(name, 0) + 1
        return True


@given(st.lists(st.lists(RECORDS, min_size=1, max_size=3), max_size=8))
def test_units_are_checked_as_if_each_were_alone_and_whole(units: list[list[Record]]) -> None:
    ledger, model = Ledger(Read(0, {}, {}, {}, frozenset())), Model()
    for unit in units:
        trial = model.copy()
        fits = all(trial.passes(record) for record in unit)
        assert fits is not any(isinstance(ledger.check(record), Declined) for record in unit)
        if fits:
            ledger.keep()
            model = trial
        else:
            ledger.drop()
        for name in "abc":
            assert ledger.counters.read(name) == model.counters.get(name, 0)
            assert ledger.flags.read(name) == model.flags.get(name, "")
            assert ledger.numbers.read(name) == model.numbers.get(name, 0)
        assert ledger.epoch == model.epoch


def test_facts_are_read_before_spending_and_all_of_them() -> None:
    ledger = Ledger(Read(3, {"a": 5, "b": 1}, {"lease": "live"}, {}, frozenset()))
    spends = (Spend("a", 1, 5, "first"), Spend("b", 1, None, "second"), Spend("b", 1, None, "third"))
    record = Record(None, epoch=2, spends=spends, expects=(Expect("lease", "", "l"),), reads={"r": "b"})
    facts: dict[str, int | str] = {"first": 5, "second": 1, "third": 2, "r": 1, "l": "live"}
    assert ledger.check(record) == Declined(Cause.EPOCH, "epoch", 3, facts)


def test_the_causes_have_an_order() -> None:
    ledger = Ledger(Read(0, {}, {}, {}, frozenset({"outcome:1"})))
    outcome = {"kind": "outcome", "consultation": "1"}
    expects, spends = (Expect("lease", "live", "l"),), (Spend("a", 1, 0, "x"),)
    order = [
        (Record(outcome, epoch=1, expects=expects, spends=spends), Cause.EPOCH),
        (Record(outcome, expects=expects, spends=spends), Cause.DUPLICATE),
        (Record(None, expects=expects, spends=spends), Cause.EXPECT),
        (Record(None, spends=spends), Cause.SPEND),
    ]
    for record, cause in order:
        declined = ledger.check(record)
        ledger.drop()
        assert isinstance(declined, Declined)
        assert declined.cause is cause


def test_a_draft_is_seen_at_once_and_gone_when_dropped() -> None:
    cells = Cells(0, {"a": 1})
    cells.write("a", 2)
    assert cells.read("a") == 2
    cells.drop()
    assert (cells.read("a"), cells.read("b"), cells.changed) == (1, 0, {})
    cells.write("b", 3)
    cells.keep()
    assert (cells.read("b"), cells.changed) == (3, {"b": 3})


def test_what_a_group_needs_is_known_beforehand() -> None:
    records = [
        Record({"kind": "intent", "institution": "i", "consultation": "c"}, spends=(Spend("a", 1, 1, "x"),)),
        Record({"kind": "admin", "institution": "j"}, numbered=False, reads={"y": "b"}),
        Record(None, expects=(Expect("f", "", "z"),), writes=(Write("keys", "add", {}),)),
    ]
    assert Needs.of(records) == Needs(
        frozenset({"a", "b"}), frozenset({"f"}), frozenset({"i"}), frozenset({"c"}), True
    )
    assert not Needs.of(records[:2]).keys
