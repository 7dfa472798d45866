"""What every log promises (audit.log.Log), told through the protocol alone, on each database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from uuid import UUID, uuid4

import pytest

from audit.canonical import b64, canonical
from audit.log import RAISE, Appended, Cause, Declined, Expect, Log, Record, Spend, Tag, Write
from audit.note import NoteKey
from audit.proof import check_proof
from fidus.errors import AuditUnavailable
from fidus.model import SubjectRole

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records

T = TypeVar("T")
Opener: TypeAlias = Callable[[], Log]
Play: TypeAlias = Callable[[Callable[[Log], Awaitable[T]]], T]


@pytest.fixture
def open_log(any_store: LogStore) -> Opener:
    """Opens the log; again, once it was closed."""
    return any_store.open


@pytest.fixture
def play(open_log: Opener) -> Play[Any]:
    """Runs a scene with an open log and closes it."""

    async def run(scene: Callable[[Log], Awaitable[T]]) -> T:
        log = open_log()
        try:
            return await scene(log)
        finally:
            await log.close()

    return lambda scene: asyncio.run(run(scene))


async def written(log: Log, *records: Record) -> tuple[Appended, ...]:
    result = await log.append(*records)
    assert not isinstance(result, Declined)
    return result


async def one(log: Log, record: Record) -> Appended:
    return (await written(log, record))[0]


async def declined(log: Log, *records: Record) -> Declined:
    result = await log.append(*records)
    assert isinstance(result, Declined)
    return result


async def counter(log: Log, name: str) -> int | str:
    """Its value, read as any caller can."""
    return (await one(log, Record(None, reads={"value": name}))).facts["value"]


def set_flag(flag: str, value: str) -> Write:
    return Write("flags", "set", {"flag": flag, "value": value})


def add_key(month: int, serial: int) -> Write:
    return Write("keys", "add", {"month": month, "serial": serial, "wrapped": b64(bytes(40))})


def test_entries_are_numbered_from_0_without_gap(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> list[int]:
        first = await written(log, records.admin(), records.admin())
        return [item.index for item in (*first, await one(log, records.admin()))]

    assert play(scene) == [0, 1, 2]


def test_the_writer_adds_number_and_facts_to_the_canonical_form(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> list[Appended]:
        spend = Spend("day:a:2026-10-05", 1, 10, "dayUsed")
        record = records.intent(spends=(spend,), reads={"guesses": "no:a", "other": "b"})
        return [await one(log, record), await one(log, replace(record, entry=records.intent().entry))]

    for used, item in enumerate(play(scene)):
        entry = json.loads(item.entry)
        assert canonical(entry) == item.entry
        assert entry["number"] == item.number == used + 1
        assert entry["facts"] == {"epoch": 0, "dayUsed": used, "guesses": 0}
        assert item.facts == {"dayUsed": used, "guesses": 0, "other": 0}


def test_an_entry_without_facts_gets_none(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> Appended:
        return await one(log, records.admin(reads={"dayUsed": "a"}))

    assert "facts" not in json.loads(play(scene).entry)


def test_own_numbers_have_no_gap_within_an_institution(play: Play[Any], records: Records) -> None:
    first, second = "0206000032", "0206000131"

    async def scene(log: Log) -> list[int | None]:
        items = await written(
            log,
            records.intent(institution=first),
            records.intent(institution=second),
            records.intent(institution=first, numbered=False),
            records.intent(institution=first),
            records.admin(numbered=True),
        )
        return [item.number for item in (*items, await one(log, records.intent(institution=second)))]

    assert play(scene) == [1, 1, None, 2, None, 2]


def test_each_record_of_a_group_is_proved_where_asked(
    play: Play[Any], records: Records, log_key: NoteKey
) -> None:
    async def scene(log: Log) -> list[Appended]:
        found: list[Appended] = []
        for size in (1, 2, 5, 30, 250, 1):
            found += await written(log, *(records.admin(proved=number % 3 != 1) for number in range(size)))
        return found

    items = play(scene)
    for item in items:
        if item.proof:
            proved = check_proof(item.proof, log_key.verifier)
            assert (proved.index, proved.entry) == (item.index, item.entry)
            assert proved.checkpoint.size > item.index
    assert sum(1 for item in items if not item.proof) == 96


def test_any_entry_is_proved_later_in_the_newest_checkpoint(
    play: Play[Any], records: Records, log_key: NoteKey
) -> None:
    async def scene(log: Log) -> tuple[list[Appended], list[str]]:
        items = [*await written(log, *(records.admin() for _ in range(270))), await one(log, records.admin())]
        return items, [await log.prove(index) for index in (0, 255, 256, 269, 270)]

    items, proofs = play(scene)
    for index, proof in zip((0, 255, 256, 269, 270), proofs, strict=True):
        proved = check_proof(proof, log_key.verifier)
        assert (proved.index, proved.entry, proved.checkpoint.size) == (index, items[index].entry, 271)


@pytest.mark.parametrize("index", [-1, 1, 2**40])
def test_what_is_not_there_cannot_be_proved(play: Play[Any], records: Records, index: int) -> None:
    async def scene(log: Log) -> None:
        await one(log, records.admin())
        with pytest.raises(LookupError):
            await log.prove(index)

    play(scene)


def test_a_record_without_entry_leaves_the_tree_alone(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> tuple[Appended, Appended, Appended]:
        first = await one(log, Record(None, writes=(set_flag("lease:1", "live"),)))
        second, third = await written(log, records.admin(), Record(None, reads={"a": "a"}))
        return first, second, third

    first, second, third = play(scene)
    assert (first.index, first.number, first.entry, first.proof) == (-1, None, b"", "")
    assert (second.index, third.index, third.facts) == (0, -1, {"a": 0})


def test_what_was_decided_under_another_epoch_is_declined(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> Declined:
        spend = Spend("day:a", 1, 10, "dayUsed")
        assert (await one(log, records.intent(epoch=0, spends=(spend,)))).epoch == 0
        raised = await one(log, records.admin("apply", epoch=RAISE))
        assert raised.epoch == 1
        assert (await one(log, records.intent())).epoch == 1
        result = await declined(log, records.intent(epoch=0, spends=(spend,)))
        assert (await one(log, records.intent(epoch=1, spends=(spend,)))).facts == {"dayUsed": 1}
        return result

    assert play(scene) == Declined(Cause.EPOCH, "epoch", 1, {"dayUsed": 1})


def test_a_unit_that_raises_the_epoch_is_seen_by_its_own_later_records(
    play: Play[Any], records: Records
) -> None:
    async def scene(log: Log) -> None:
        result = await declined(log, records.admin(epoch=RAISE), records.intent(epoch=0))
        assert (result.cause, result.epoch) == (Cause.EPOCH, 1)
        assert (await one(log, records.intent(epoch=0))).epoch == 0  # nothing of the unit was written
        items = await written(log, records.admin(epoch=RAISE), records.intent(epoch=1))
        assert [item.epoch for item in items] == [1, 1]

    play(scene)


def test_a_counter_is_spent_up_to_its_limit(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> Declined:
        spend = Spend("day:a", 2, 5, "dayUsed")
        used = [(await one(log, records.admin(spends=(spend,)))).facts["dayUsed"] for _ in range(2)]
        assert used == [0, 2]
        result = await declined(log, records.admin(spends=(spend,), reads={"other": "b"}))
        assert (await one(log, records.admin(spends=(replace(spend, amount=1),)))).index == 2
        return result

    assert play(scene) == Declined(Cause.SPEND, "day:a", 0, {"dayUsed": 4, "other": 0})


def test_what_is_given_back_never_goes_below_zero(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> list[int | str]:
        found: list[int | str] = []
        for amount in (3, -1, -5, 1):
            await one(log, records.admin(spends=(Spend("taken", amount, None, "taken"),)))
            found.append(await counter(log, "taken"))
        return found

    assert play(scene) == [3, 2, 0, 1]


def test_a_unit_is_written_whole_or_leaves_no_trace(play: Play[Any], records: Records) -> None:
    consultation = uuid4()

    async def scene(log: Log) -> None:
        spend = Spend("day:a", 1, 3, "dayUsed")
        intents = [records.intent(spends=(spend,)) for _ in range(4)]
        first = records.intent(
            consultation, spends=(spend,), writes=(set_flag("a", "yes"), add_key(202610, 1))
        )
        result = await declined(log, first, *intents[:3])
        assert (result.cause, result.facts) == (Cause.SPEND, {"dayUsed": 3})  # earlier ones of the unit count
        assert await counter(log, "day:a") == 0
        item = await one(log, replace(first, expects=(Expect("a", "", "a"),)))
        assert (item.index, item.number, item.facts) == (0, 1, {"dayUsed": 0, "a": ""})

    play(scene)


def test_a_flag_must_have_the_expected_value(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> Declined:
        lease = Expect("lease:1", "live", "lease")
        missing = await declined(log, records.admin(expects=(lease,)))
        assert missing == Declined(Cause.EXPECT, "lease:1", 0, {"lease": ""})
        await written(
            log, Record(None, writes=(set_flag("lease:1", "live"),)), records.admin(expects=(lease,))
        )
        assert (await one(log, records.admin(expects=(lease,)))).facts == {"lease": "live"}
        await one(log, Record(None, writes=(set_flag("lease:1", ""),)))
        return await declined(log, records.admin(expects=(lease, Expect("b", "", "b"))))

    assert play(scene) == Declined(Cause.EXPECT, "lease:1", 0, {"lease": "", "b": ""})


def test_a_consultation_has_one_intent_and_one_outcome(play: Play[Any], records: Records) -> None:
    consultation = UUID("0199b1f4-6c00-7000-8000-000000000001")

    async def scene(log: Log) -> list[Declined]:
        await written(log, records.intent(consultation), records.outcome(consultation))
        return [
            await declined(log, records.outcome(consultation)),
            await declined(log, records.intent(consultation)),
            await declined(log, records.outcome(other := uuid4()), records.outcome(other)),
        ]

    second, again, twice = play(scene)
    assert (second.cause, second.name) == (Cause.DUPLICATE, f"outcome:{consultation}")
    assert (again.cause, again.name) == (Cause.DUPLICATE, f"intent:{consultation}")
    assert twice.cause is Cause.DUPLICATE


def test_of_an_outcome_in_parts_the_last_ends_the_consultation(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> None:
        consultation = uuid4()
        await one(log, records.intent(consultation))
        parts = [records.outcome(consultation, part=(n, 3)) for n in (1, 2, 3)]
        items = await written(log, *parts[:2], replace(parts[2], proved=True))
        assert [item.number for item in items] == [2, 3, 4]
        result = await declined(log, records.outcome(consultation))
        assert result.cause is Cause.DUPLICATE

    play(scene)


def test_a_data_key_is_added_once(play: Play[Any]) -> None:
    async def scene(log: Log) -> Declined:
        await one(log, Record(None, writes=(add_key(202610, 1), add_key(202610, 2))))
        return await declined(log, Record(None, writes=(add_key(202610, 2),)))

    assert play(scene) == Declined(Cause.DUPLICATE, "key:202610:2", 0, {})


def test_200_at_once_get_200_places(play: Play[Any], records: Records, log_key: NoteKey) -> None:
    async def scene(log: Log) -> list[tuple[Appended, ...] | Declined]:
        spend = Spend("day:a", 1, None, "dayUsed")
        return await asyncio.gather(
            *(log.append(records.intent(proved=True, spends=(spend,))) for _ in range(200))
        )

    items = [item for unit in play(scene) if not isinstance(unit, Declined) for item in unit]
    assert sorted(item.index for item in items) == list(range(200))
    assert all(item.number == item.index + 1 and item.facts["dayUsed"] == item.index for item in items)
    assert {check_proof(item.proof, log_key.verifier).index for item in items} == set(range(200))


def test_a_caller_that_goes_away_breaks_nothing(play: Play[Any], records: Records) -> None:
    async def scene(log: Log) -> list[int]:
        tasks = [asyncio.create_task(one(log, records.admin())) for _ in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(item, asyncio.CancelledError) for item in done[::2])
        return [
            item.index
            for item in (*done[1::2], await one(log, records.admin()))
            if isinstance(item, Appended)
        ]

    found = play(scene)
    assert found == sorted(set(found))  # whoever stayed is there, once and in turn
    assert len(found) == 11
    assert 10 <= found[-1] <= 20  # what nobody waits for any more may be dropped, until it is being written


def test_closing_writes_what_waits_and_refuses_what_comes_later(open_log: Opener, records: Records) -> None:
    async def scene() -> list[int]:
        log = open_log()
        tasks = [asyncio.create_task(one(log, records.admin())) for _ in range(50)]
        await asyncio.sleep(0)
        await log.close()
        with pytest.raises(AuditUnavailable):
            await log.append(records.admin())
        return [item.index for item in await asyncio.gather(*tasks)]

    assert sorted(asyncio.run(scene())) == list(range(50))


def test_a_log_that_is_opened_again_goes_on(open_log: Opener, records: Records, log_key: NoteKey) -> None:
    tag = Tag(1, bytes(32), SubjectRole.ASKED)

    async def life(expected: int) -> None:
        log = open_log()
        record = records.intent(
            epoch=expected, spends=(Spend("day:a", 1, None, "dayUsed"),), tags=(tag,), proved=True
        )
        item = await one(log, record)
        assert (item.index, item.number, item.facts["dayUsed"]) == (2 * expected, expected + 1, expected)
        assert check_proof(item.proof, log_key.verifier).checkpoint.size == 2 * expected + 1
        await one(log, records.admin(epoch=RAISE))
        await log.close()

    for expected in range(4):
        asyncio.run(life(expected))


def test_a_record_that_breaks_its_form_is_the_callers_bug(play: Play[Any], records: Records) -> None:
    long = records.admin("a" * 65_600)
    broken = {
        "needs the member `kind`": Record({"at": "2026-10-05T08:30:00.000000Z"}),
        "needs the member `at`": Record({"kind": "admin"}),
        "need the member `consultation`": Record({"kind": "intent", "at": "2026-10-05T08:30:00.000000Z"}),
        "neither tags nor proof": Record(None, proved=True),
        "Nothing applies the family invoices": records.admin(writes=(Write("invoices", "add", {}),)),
        "The family flags has no operation drop": records.admin(writes=(Write("flags", "drop", {}),)),
        "65535 are the most": long,
        "No canonical JSON": records.admin("\ud800"),
    }

    async def scene(log: Log) -> None:
        for rule, record in broken.items():
            with pytest.raises(ValueError, match=rule):
                await log.append(records.admin(), record)
        results = await asyncio.gather(
            *(log.append(long if n == 3 else records.admin()) for n in range(8)), return_exceptions=True
        )
        assert [n for n, result in enumerate(results) if isinstance(result, ValueError)] == [3]
        assert (await one(log, records.admin())).index == 7

    play(scene)
