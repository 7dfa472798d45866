from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from audit.checkpoint import open_checkpoint
from audit.log import RAISE, Spend, Tag, Write
from audit.note import NoteKey
from audit.proof import check_proof
from audit.reader import Reader
from audit.tree import leaf_hash, node_hash
from fidus.errors import AuditUnavailable
from fidus.model import SubjectRole

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records

CONSULTATION = UUID("0199b1f4-6c00-7000-8000-000000000001")


@pytest.fixture
def store(any_store: LogStore) -> LogStore:
    return any_store


@pytest.fixture
def reader(store: LogStore) -> Iterator[Reader]:
    with closing(store.reader()) as reader:
        yield reader


def perfect(leaves: list[bytes]) -> bytes:
    """By the definition of RFC 6962 §2.1, for 2^level leaves."""
    half = len(leaves) // 2
    return node_hash(perfect(leaves[:half]), perfect(leaves[half:])) if half else leaves[0]


def test_the_head_is_that_of_the_newest_group(
    store: LogStore, reader: Reader, records: Records, log_key: NoteKey
) -> None:
    store.fill((records.admin(epoch=RAISE), records.admin()), (records.admin(),))
    head = reader.head()
    assert (head.size, head.epoch) == (3, 1)
    assert head.checkpoint == reader.checkpoint_note() == reader.checkpoint_at(3)
    checkpoint = open_checkpoint(head.checkpoint, log_key.verifier)
    assert (checkpoint.size, checkpoint.root) == (3, head.root)
    assert reader.checkpoint_at(1) is None
    assert reader.checkpoint_at(0) is not None
    with reader.snapshot() as connection:
        assert reader.epoch(connection) == 1


def test_entries_are_read_in_any_number(store: LogStore, reader: Reader, records: Records) -> None:
    store.fill(tuple(records.admin(str(n)) for n in range(600)))
    entries = store.entries()
    assert len(entries) == 600
    assert [f'"act":"{n}"'.encode() in entry for n, entry in enumerate(entries)] == [True] * 600
    assert list(reader.entries(250, 520)) == entries[250:520]
    assert list(reader.entries(5, 5)) == []
    assert reader.entry(599) == entries[599]


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda reader: reader.entry(3), id="entry"),
        pytest.param(lambda reader: reader.entry(-1), id="before-the-first"),
        pytest.param(lambda reader: list(reader.entries(0, 4)), id="entries"),
        pytest.param(lambda reader: reader.subtree(2, 0), id="subtree"),
        pytest.param(lambda reader: reader.subtree(9, 0), id="high-subtree"),
        pytest.param(lambda reader: reader.proof(3), id="proof"),
    ],
)
def test_what_is_not_there_is_no_empty_answer(
    store: LogStore, reader: Reader, records: Records, ask: Callable[[Reader], object]
) -> None:
    store.fill((records.admin(), records.admin(), records.admin()))
    with pytest.raises(LookupError):
        ask(reader)


def test_subtrees_of_every_level_come_from_stored_nodes(
    store: LogStore, reader: Reader, records: Records
) -> None:
    store.fill(tuple(records.admin(str(n)) for n in range(1025)))
    leaves = [leaf_hash(entry) for entry in store.entries()]

    for level, n in [(0, 0), (0, 1024), (1, 511), (7, 7), (8, 0), (8, 3), (9, 1), (10, 0)]:
        assert reader.subtree(level, n) == perfect(leaves[n << level : (n + 1) << level])


def test_every_entry_is_proved(store: LogStore, reader: Reader, records: Records, log_key: NoteKey) -> None:
    store.fill(tuple(records.admin(str(n)) for n in range(259)))
    entries = store.entries()
    for index in (0, 1, 127, 255, 256, 258):
        proved = check_proof(reader.proof(index), log_key.verifier)
        assert (proved.index, proved.entry, proved.checkpoint.size) == (index, entries[index], 259)


def test_a_consultation_is_found_by_its_id(store: LogStore, reader: Reader, records: Records) -> None:
    parts = tuple(records.outcome(CONSULTATION, part=(n, 3)) for n in (1, 2))
    store.fill((records.admin(),), (records.intent(CONSULTATION),), parts)
    assert reader.intent_of(CONSULTATION) == 1
    assert reader.outcome_of(CONSULTATION) is None  # two of three parts end nothing
    store.fill((records.outcome(CONSULTATION, part=(3, 3)),))
    assert reader.outcome_of(CONSULTATION) == 4
    assert reader.intent_of(uuid4()) is None
    assert reader.outcome_of(uuid4()) is None


def test_tags_lead_to_entries_in_order(store: LogStore, reader: Reader, records: Records) -> None:
    first, second = bytes(32), bytes(range(32))
    listed, asked = Tag(1, first, SubjectRole.LISTED), Tag(1, first, SubjectRole.ASKED)
    store.fill(
        (records.intent(tags=(listed,)),),
        (records.intent(tags=(Tag(2, second, SubjectRole.ASKED),)),),
        (records.intent(tags=(asked, listed)),),
        (records.intent(tags=(Tag(2, first, SubjectRole.ASKED),)),),
    )
    assert reader.tagged([(1, first)]) == [(0, "listed"), (2, "asked"), (2, "listed")]
    assert reader.tagged([(2, second), (1, first)])[1] == (1, "asked")
    assert reader.tagged([(9, first)]) == reader.tagged([]) == []


def test_values_are_read_as_they_stand(store: LogStore, reader: Reader, records: Records) -> None:
    flag = Write("flags", "set", {"flag": "lease:1", "value": "live"})
    keys = [
        Write("keys", "add", {"month": month, "serial": serial, "wrapped": "AAAA"})
        for month, serial in ((202610, 2), (0, 1), (202610, 1))
    ]
    store.fill((records.intent(spends=(Spend("day:a", 3, None, "dayUsed"),), writes=(flag, *keys)),))
    assert (reader.counter("day:a"), reader.counter("day:b")) == (3, 0)
    assert (reader.flag("lease:1"), reader.flag("lease:2")) == ("live", "")
    with reader.snapshot() as connection:
        assert reader.flags(connection, "lease:") == {"1": "live"}
        assert reader.flags(connection, "l_ase:") == reader.flags(connection, "source:") == {}
    assert reader.data_keys() == [(0, 1, bytes(3)), (202610, 1, bytes(3)), (202610, 2, bytes(3))]
    store.fill((records.admin(),))
    assert reader.count_by_kind() == {"admin": 1, "intent": 1}


def test_entries_of_a_kind_are_found_in_order(store: LogStore, reader: Reader, records: Records) -> None:
    store.fill((records.admin(),), (records.intent(),), (records.admin("again"),))
    with reader.snapshot() as connection:
        found = list(reader.of_kind(connection, "admin"))
        assert list(reader.of_kind(connection, "summary")) == []
    assert found == [(index, reader.entry(index)) for index in (0, 2)]


def test_every_failure_to_read_is_the_log_being_unavailable(file_store: LogStore, records: Records) -> None:
    with closing(file_store.reader()) as reader:
        with pytest.raises(AuditUnavailable, match="ENOENT"):
            reader.head()
        file_store.path.write_bytes(b"this is no database" * 100)
        with pytest.raises(AuditUnavailable, match="SQLITE_NOTADB"):
            reader.entry(0)
        file_store.path.unlink()
        file_store.fill((records.admin(),))
        assert reader.head().size == 1
