from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from audit.canonical import b64, unb64
from audit.entry import MAX_SUBJECTS
from audit.event import Event, Outcome, Sealed
from audit.keys import DirectoryKeyStore
from audit.log import RAISE, Appended, Expect, Spend, Tag, Write
from audit.recorder import Recorder
from audit.seal import KeyId, key_id_of
from fidus.errors import AuditUnavailable
from fidus.model import Subject, SubjectRole, SubjectType

if TYPE_CHECKING:
    from tests.audit.conftest import Clock, Events, MemoryLog


def written(log: MemoryLog, recorder: Recorder, event: Event) -> dict[str, Any]:
    """Record and write one event; its entry as a reader of the log has it."""

    async def write() -> Appended:
        appended = await log.append(await recorder.record(event))
        assert isinstance(appended, tuple)
        return appended[0]

    entry: dict[str, Any] = json.loads(asyncio.run(write()).entry)
    return entry


def test_what_is_recorded_can_be_opened_again(
    memory_log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    entry = written(memory_log, recorder, events.intent())
    assert recorder.open_sealed(entry) == {
        "subjects": [{"type": "person", "id": events.person().id, "role": "asked"}],
        "endUser": "agent-17",
        "caseReference": "2026-004711",
        "query": {"ssin": events.person().id},
        "answerNonce": b64(events.nonce),
    }


def test_nothing_that_identifies_stands_outside_the_seal(
    memory_log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    record = asyncio.run(recorder.record(events.intent()))
    person = events.person().id
    assert person is not None
    for shown in (repr(record), json.dumps(dict(record.entry or {}))):
        for secret in (person, "agent-17", "2026-004711", b64(events.nonce)):
            assert secret not in shown
    tag = record.tags[0].tag
    assert b64(tag) not in json.dumps(dict(record.entry or {}))


def test_everything_else_is_handed_on(recorder: Recorder, events: Events) -> None:
    spends, expects = (Spend("a", 1, 5, "dayUsed"),), (Expect("b", "", "lease"),)
    writes = (Write("consultations", "open", {"consultation": "c"}),)
    record = asyncio.run(
        recorder.record(
            events.intent(),
            numbered=False,
            epoch=RAISE,
            spends=spends,
            expects=expects,
            reads={"guesses": "d"},
            writes=writes,
            proved=True,
        )
    )
    assert (record.numbered, record.epoch, record.spends, record.expects) == (False, RAISE, spends, expects)
    assert (record.reads, record.writes, record.proved) == ({"guesses": "d"}, writes, True)


def test_a_plain_record_asks_for_a_number_only(recorder: Recorder, events: Events) -> None:
    event = events.outcome(outcome=Outcome.INTERRUPTED, answer=None, fields=(), sealed=None)
    record = asyncio.run(recorder.record(event))
    assert (record.numbered, record.epoch, record.proved, record.tags) == (True, None, False, ())
    assert (record.spends, record.expects, dict(record.reads), record.writes) == ((), (), {}, ())


def test_what_has_no_seal_opens_to_nothing(memory_log: MemoryLog, recorder: Recorder, events: Events) -> None:
    event = events.outcome(outcome=Outcome.INTERRUPTED, answer=None, fields=(), sealed=None)
    entry = written(memory_log, recorder, event)
    assert recorder.open_sealed(entry) == {}
    assert recorder.expected_tags(entry) == frozenset()
    assert [key[0] for key in memory_log.keys] == [0]


def test_two_seals_of_the_same_event_differ(recorder: Recorder, events: Events) -> None:
    seals = [(asyncio.run(recorder.record(events.intent())).entry or {})["sealed"] for _ in range(2)]
    assert seals[0] != seals[1]
    assert {key_id_of(unb64(seal)) for seal in seals} == {KeyId(202610, 1)}


def test_the_month_of_the_key_is_that_of_the_event(recorder: Recorder, events: Events) -> None:
    event = events.intent(at=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    entry = asyncio.run(recorder.record(event)).entry
    assert entry is not None
    assert key_id_of(unb64(entry["sealed"])).month == 202612


def test_everyone_in_the_seal_is_tagged_with_their_role(recorder: Recorder, events: Events) -> None:
    nobody = Subject(SubjectType.PERSON, None, SubjectRole.DISCLOSED)
    subjects = (events.address(), events.person(2, SubjectRole.LISTED), nobody)
    record = asyncio.run(recorder.record(events.outcome(sealed=Sealed(subjects=subjects))))
    assert [(tag.role, tag.tag.hex()) for tag in record.tags] == [
        (subject.role, recorder.pseudonym(subject)) for subject in subjects[:2]
    ]
    assert record.entry is not None
    assert record.entry["subjects"] == {"asked": 0, "listed": 1, "disclosed": 1, "unnumbered": 1}


def test_tags_can_be_made_again_from_the_entry(
    memory_log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    nobody = Subject(SubjectType.ADDRESS, None, SubjectRole.DISCLOSED)
    subjects = (events.address(), events.person(2, SubjectRole.LISTED), nobody)
    entry = written(memory_log, recorder, events.outcome(sealed=Sealed(subjects=subjects)))
    assert recorder.expected_tags(entry) == frozenset(tag for tag, _ in memory_log.tags)


def test_tags_of_every_live_epoch_are_expected(
    memory_log: MemoryLog, recorder: Recorder, keystore: DirectoryKeyStore, clock: Clock, events: Events
) -> None:
    entry = written(memory_log, recorder, events.intent())
    memory_log.keys.append((0, 2, keystore.wrap(0, bytes(32))))
    later = asyncio.run(Recorder.open(memory_log, memory_log, keystore, clock))
    expected = later.expected_tags(entry)
    assert expected is not None
    assert {tag for tag, _ in memory_log.tags} < expected
    assert {(tag.epoch, tag.role) for tag in expected} == {(1, SubjectRole.ASKED), (2, SubjectRole.ASKED)}
    assert asyncio.run(later.record(events.intent())).tags == tuple(tag for tag in expected if tag.epoch == 2)


def test_a_destroyed_month_stays_shut_for_readers_and_for_the_recorder(
    memory_log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    entry = written(memory_log, recorder, events.intent())
    asyncio.run(recorder.destroy_month(202610))
    assert recorder.open_sealed(entry) is None
    assert recorder.expected_tags(entry) is None
    with pytest.raises(AuditUnavailable, match="The key of month 202610 was destroyed"):
        asyncio.run(recorder.record(events.intent()))
    later = asyncio.run(recorder.record(events.intent(at=datetime(2026, 11, 1, tzinfo=UTC))))
    assert later.entry is not None


def test_a_restart_opens_what_was_sealed_before(
    memory_log: MemoryLog, recorder: Recorder, keystore: DirectoryKeyStore, clock: Clock, events: Events
) -> None:
    entry = written(memory_log, recorder, events.intent())
    later = asyncio.run(Recorder.open(memory_log, memory_log, keystore, clock))
    assert later.open_sealed(entry) == recorder.open_sealed(entry)
    assert later.pseudonym(events.person()) == recorder.pseudonym(events.person())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"consultation": "0199b1f4-6c00-7000-8000-000000000002"}, id="another-consultation"),
        pytest.param({"institution": "0206000131"}, id="another-institution"),
        pytest.param({"kind": "refusal"}, id="another-kind"),
    ],
)
def test_a_seal_in_another_entry_does_not_open(
    memory_log: MemoryLog, recorder: Recorder, events: Events, change: dict[str, str]
) -> None:
    entry = written(memory_log, recorder, events.intent())
    with pytest.raises(ValueError, match="belongs to another entry"):
        recorder.open_sealed({**entry, **change})


def test_too_many_subjects_for_one_entry_are_refused(recorder: Recorder, events: Events) -> None:
    subjects = tuple(events.person(serial, SubjectRole.DISCLOSED) for serial in range(MAX_SUBJECTS + 1))
    with pytest.raises(ValueError, match=r"at most 500 subjects: use audit\.entry\.parts"):
        asyncio.run(recorder.record(events.outcome(sealed=Sealed(subjects=subjects))))


def test_a_full_entry_fits_into_the_log(memory_log: MemoryLog, recorder: Recorder, events: Events) -> None:
    subjects = tuple(
        Subject(SubjectType.ADDRESS, f"21004/1205/{number}/{'B' * 10}", SubjectRole.DISCLOSED)
        for number in range(MAX_SUBJECTS)
    )
    written(memory_log, recorder, events.outcome(sealed=Sealed(subjects=subjects, answer_nonce=events.nonce)))
    assert len(memory_log.entries_written[-1]) <= 65_535


def test_a_pseudonym_is_a_tag_in_hex_and_shows_nothing(recorder: Recorder, events: Events) -> None:
    pseudonym = recorder.pseudonym(events.person())
    assert bytes.fromhex(pseudonym) == asyncio.run(recorder.record(events.intent())).tags[0].tag
    assert pseudonym != recorder.pseudonym(events.person(2))


def test_someone_without_a_number_has_no_pseudonym(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="has no pseudonym"):
        recorder.pseudonym(Subject(SubjectType.PERSON, None, SubjectRole.ASKED))


def test_many_records_at_once_make_one_key(memory_log: MemoryLog, recorder: Recorder, events: Events) -> None:
    async def all_at_once() -> set[bytes]:
        records = await asyncio.gather(*(recorder.record(events.intent()) for _ in range(50)))
        return {unb64((record.entry or {})["sealed"])[:20] for record in records}

    assert len(asyncio.run(all_at_once())) == 50
    assert [key[:2] for key in memory_log.keys] == [(0, 1), (202610, 1)]


def test_a_log_that_cannot_be_written_at_start_is_told(
    memory_log: MemoryLog, keystore: DirectoryKeyStore, clock: Clock
) -> None:
    memory_log.unavailable = True
    with pytest.raises(AuditUnavailable):
        asyncio.run(Recorder.open(memory_log, memory_log, keystore, clock))


def test_equal_subjects_have_one_tag(recorder: Recorder, events: Events) -> None:
    sealed = Sealed(subjects=(events.address(), replace(events.address(), fields=frozenset({"address"}))))
    tags: tuple[Tag, ...] = asyncio.run(recorder.record(events.outcome(sealed=sealed))).tags
    assert len(tags) == 1
