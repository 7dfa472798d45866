from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from audit.canonical import canonical
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.files_verify import Fault, Report
from audit.log import Tag, Write
from audit.note import NoteKey
from audit.reader import Reader
from audit.store_verify import ExpectedTags, verify_store
from audit.tiles import Publisher
from audit.tree import leaf_hash
from fidus.errors import AuditUnavailable
from fidus.model import SubjectRole

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore, Records

ASKED = Tag(1, bytes(32), SubjectRole.ASKED)
FIRST, SECOND = (UUID(f"0199b1f4-6c00-7000-8000-00000000000{n}") for n in (1, 2))


@pytest.fixture
def filled(store: LogStore, records: Records) -> LogStore:
    """300 entries: two consultations in 0 to 3, one of them tagged, then what an operator does."""
    store.fill(
        (records.intent(FIRST, tags=(ASKED,)),),
        (records.intent(SECOND),),
        (records.outcome(SECOND, part=(1, 2)), records.outcome(SECOND, part=(2, 2))),
        tuple(records.admin() for _ in range(200)),
        tuple(records.admin() for _ in range(96)),
    )
    return store


def verify(store: LogStore, **options: Any) -> Report:
    with closing(Reader(store.path)) as reader:
        return verify_store(reader, store.key.verifier, **options)


def faults(store: LogStore, **options: Any) -> dict[str, int | None]:
    report = verify(store, **options)
    assert report.ok is not bool(report.faults)
    return {fault.what: fault.index for fault in report.faults}


def change(store: LogStore, *statements: str, values: Mapping[str, Any] | None = None) -> None:
    with closing(sqlite3.connect(store.path)) as raw:
        for statement in statements:
            raw.execute(statement, values or {})
        raw.commit()


def rewrite(store: LogStore, index: int, data: bytes) -> None:
    """Bytes and leaf hash, as somebody would who knows how the log works but has no key."""
    values = {"bytes": data, "leaf": leaf_hash(data), "index": index}
    change(store, 'UPDATE entries SET bytes = :bytes, leaf = :leaf WHERE "index" = :index', values=values)


def expecting(tags: Mapping[str, frozenset[Tag] | None]) -> ExpectedTags:
    """By consultation; no tags for all other entries."""
    return lambda entry: tags.get(entry.get("consultation", ""), frozenset())


def test_a_whole_store_has_no_fault(filled: LogStore) -> None:
    report = verify(filled)
    with closing(Reader(filled.path)) as reader:
        assert report == Report(300, reader.head().root, ())


def test_an_empty_store_has_no_fault(store: LogStore) -> None:
    store.fill()
    assert verify(store) == Report(0, hashlib.sha256(b"").digest(), ())


def test_a_store_that_is_not_there_cannot_be_verified(store: LogStore) -> None:
    with pytest.raises(AuditUnavailable):
        verify(store)


_BYTES = "The bytes of the entry are not those that were hashed"
_BESIDE = "What is stored beside the entry is not what it says"
_ROOT = "The signed root is not that of the entries from here on"
_NODE = "A stored node is not the root of its entries"
_SIGNATURE = "A stored checkpoint is not signed by the key of this log"
_CHANGES: Mapping[str, tuple[str, dict[str, int | None]]] = {
    "bytes": ("UPDATE entries SET bytes = x'7b7d' WHERE \"index\" IN (9, 7)", {_BYTES: 7}),
    "leaf": (
        'UPDATE entries SET leaf = zeroblob(32) WHERE "index" = 7',
        {_BYTES: 7, _ROOT: 7, _NODE: 7, "The head is not that of the entries": None},
    ),
    "leaf-short": ("UPDATE entries SET leaf = x'00' WHERE \"index\" = 7", {_BYTES: 7}),
    "type": (
        'UPDATE entries SET bytes = 5 WHERE "index" = 7',
        {"The store cannot be read any further (TypeError)": 7},
    ),
    "kind": ("UPDATE entries SET kind = 'read' WHERE \"index\" = 8", {_BESIDE: 8}),
    "institution": (
        "UPDATE entries SET institution = '0206000131' WHERE \"index\" = 0",
        {_BESIDE: 0, "Its own number does not follow the institution's last one": 1},
    ),
    "final": (
        'UPDATE entries SET final = 0 WHERE "index" = 3',
        {_BESIDE: 3, "The last own number of an institution is not the one remembered": None},
    ),
    "node": ("UPDATE nodes SET hash = zeroblob(32)", {_NODE: None}),
    "no-node": (
        "DELETE FROM nodes",
        {_NODE: None, "There are stored nodes over entries that are not there": None},
    ),
    "further-node": (
        "INSERT INTO nodes VALUES (8, 1, zeroblob(32))",
        {"There are stored nodes over entries that are not there": None},
    ),
    "number-remembered": (
        "UPDATE numbers SET last = last - 1",
        {"The last own number of an institution is not the one remembered": None},
    ),
    "signature": (
        "UPDATE checkpoints SET note = replace(note, 'audit', 'other') WHERE size = 2",
        {_SIGNATURE: None},
    ),
    "checkpoint-moved": ("UPDATE checkpoints SET size = 3 WHERE size = 4", {_ROOT: 2}),
    "checkpoint-ahead": (
        "UPDATE checkpoints SET size = 500 WHERE size = 4",
        {"A checkpoint is of more entries than there are": 300},
    ),
    "tag": ("UPDATE tags SET entry = 300", {"A tag points to an entry that is not there": None}),
    "head": (
        f"UPDATE head SET edge = x'{(300).to_bytes(8, 'big').hex()}{'00' * 128}'",
        {"The head is not that of the entries": None},
    ),
    "head-gone": (
        "DELETE FROM head",
        {"The store has no head with a checkpoint. Put back a store of this log": None},
    ),
}


@pytest.mark.parametrize(("statement", "expected"), _CHANGES.values(), ids=_CHANGES)
def test_what_was_changed_is_found(filled: LogStore, statement: str, expected: dict[str, int | None]) -> None:
    change(filled, statement)
    assert faults(filled) == expected


def test_an_entry_that_is_missing_is_found(filled: LogStore) -> None:
    change(filled, 'DELETE FROM entries WHERE "index" = 150')
    found = faults(filled)
    assert found["The entry is missing"] == 150
    assert found["A checkpoint is of more entries than there are"] == 150


def test_the_first_one_missing_at_the_end_is_named(filled: LogStore) -> None:
    change(filled, 'DELETE FROM entries WHERE "index" > 297')
    assert faults(filled)["A checkpoint is of more entries than there are"] == 298


def test_an_entry_that_was_rewritten_with_its_hash_is_found_by_the_next_signature(filled: LogStore) -> None:
    with closing(Reader(filled.path)) as reader:
        entry = json.loads(reader.entry(150))
    rewrite(filled, 150, canonical({**entry, "admin": {"act": "nothing"}}))
    found = faults(filled)
    assert found == {
        "The signed root is not that of the entries from here on": 4,
        "A stored node is not the root of its entries": 4,
        "The head is not that of the entries": None,
    }


@pytest.mark.parametrize(
    ("data", "what"),
    [
        pytest.param(b"{", "The entry is no JSON object", id="no-json"),
        pytest.param(b"[" * 50_000, "The entry is no JSON object", id="deep"),
        pytest.param(b"[]", "The entry is no JSON object", id="no-object"),
        pytest.param(b"{}", _BESIDE, id="nothing-in-it"),
    ],
)
def test_bytes_that_are_no_entry_are_found(filled: LogStore, data: bytes, what: str) -> None:
    rewrite(filled, 150, data)
    assert faults(filled)[what] == 150


def test_a_part_that_makes_no_sense_is_found(filled: LogStore) -> None:
    with closing(Reader(filled.path)) as reader:
        entry = json.loads(reader.entry(3))
    rewrite(filled, 3, canonical({**entry, "part": {"n": 2}}))
    assert faults(filled)[_BESIDE] == 3


def test_an_own_number_that_is_missing_is_found(filled: LogStore) -> None:
    with closing(Reader(filled.path)) as reader:
        entry = json.loads(reader.entry(1))
    rewrite(filled, 1, canonical({**entry, "number": 7}))
    change(filled, 'UPDATE entries SET number = 7 WHERE "index" = 1')
    assert faults(filled)["Its own number does not follow the institution's last one"] == 1


@pytest.mark.parametrize(
    ("indices", "what", "index"),
    [
        pytest.param((0, 1), "The consultation has two intents", 1, id="two-intents"),
        pytest.param((3, 2), "The consultation has two outcomes", 3, id="two-outcomes"),
    ],
)
def test_what_a_consultation_has_twice_is_found(
    filled: LogStore, indices: tuple[int, int], what: str, index: int
) -> None:
    source, target = indices
    columns = ("kind", "consultation", "final")
    change(
        filled,
        "DROP INDEX intent_of",
        "DROP INDEX outcome_of",
        *(
            f'UPDATE entries SET {name} = (SELECT {name} FROM entries WHERE "index" = {source})'
            f' WHERE "index" = {target}'
            for name in columns
        ),
    )
    assert faults(filled)[what] == index


def test_an_outcome_without_intent_before_it_is_found(store: LogStore, records: Records) -> None:
    store.fill(
        (records.admin(),),
        (records.intent(FIRST),),
        (records.outcome(FIRST),),
        (records.outcome(SECOND),),
        (records.intent(SECOND),),
        (records.outcome(UUID(int=3)),),
    )
    assert faults(store) == {"The outcome has no intent before it": 3}


_TAGS = "The tags beside the entry are not those of its subjects"
_OTHER_EPOCH = Tag(2, bytes(range(32)), SubjectRole.ASKED)


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        pytest.param({str(FIRST): frozenset({ASKED})}, None, id="as-sealed"),
        pytest.param({str(FIRST): frozenset({ASKED, _OTHER_EPOCH})}, None, id="in-one-of-two-epochs"),
        pytest.param({str(FIRST): None}, None, id="key-destroyed"),
        pytest.param({}, 0, id="one-too-many"),
        pytest.param({str(FIRST): frozenset({_OTHER_EPOCH})}, 0, id="in-an-epoch-too-many"),
        pytest.param(
            {str(FIRST): frozenset({ASKED, Tag(1, bytes(32), SubjectRole.LISTED)})}, 0, id="one-missing"
        ),
        pytest.param({str(FIRST): frozenset({ASKED}), str(SECOND): frozenset({ASKED})}, 1, id="all-missing"),
    ],
)
def test_tags_are_those_that_the_seal_asks_for(
    filled: LogStore, expected: Mapping[str, frozenset[Tag] | None], fault: int | None
) -> None:
    found = faults(filled, expected_tags=expecting(expected))
    assert found == ({} if fault is None else {_TAGS: fault})


def test_a_role_that_nobody_has_is_found(filled: LogStore) -> None:
    change(filled, "UPDATE tags SET role = 'witness'")
    assert faults(filled, expected_tags=expecting({str(FIRST): frozenset({ASKED})})) == {_TAGS: 0}


def test_a_seal_that_does_not_open_is_found(filled: LogStore) -> None:
    def changed(entry: Mapping[str, Any]) -> frozenset[Tag]:
        raise ValueError("a fault of the seal")

    assert faults(filled, expected_tags=changed) == {"The seal of the entry does not open with its key": 0}


def test_keys_that_cannot_be_read_are_no_fault_of_the_store(filled: LogStore) -> None:
    def unreadable(entry: Mapping[str, Any]) -> frozenset[Tag]:
        raise AuditUnavailable("the key store")

    with pytest.raises(AuditUnavailable, match="the key store"):
        verify(filled, expected_tags=unreadable)


def publish(store: LogStore, note: str) -> None:
    store.published.mkdir()
    (store.published / "checkpoint").write_text(note, encoding="utf-8")


def test_what_was_published_must_be_of_this_log(filled: LogStore, log_key: NoteKey) -> None:
    assert faults(filled, published=filled.published) == {}  # nothing yet
    with closing(Reader(filled.path)) as reader:
        note = reader.checkpoint_at(4)
    assert note is not None
    publish(filled, note)
    assert faults(filled, published=filled.published) == {}


@pytest.mark.parametrize(
    ("note", "what", "first"),
    [
        pytest.param(lambda key: "nothing", "The published checkpoint is not signed", None, id="no-note"),
        pytest.param(
            lambda key: sign_checkpoint(Checkpoint(key.name, 4, bytes(32)), key),
            "The published root is not that of the entries",
            None,
            id="other-root",
        ),
        pytest.param(
            lambda key: sign_checkpoint(Checkpoint(key.name, 301, bytes(32)), key),
            "The published checkpoint is of more entries than there are",
            300,
            id="ahead",
        ),
    ],
)
def test_a_published_checkpoint_of_another_log_is_found(
    filled: LogStore, log_key: NoteKey, note: Callable[[NoteKey], str], what: str, first: int | None
) -> None:
    publish(filled, note(log_key))
    ((found, index),) = faults(filled, published=filled.published).items()
    assert found.startswith(what)
    assert index == first


def test_the_published_files_tell_which_entry_of_a_group_was_rewritten(filled: LogStore) -> None:
    """The signature says so much: one of its group was."""
    with closing(Reader(filled.path)) as reader:
        Publisher(filled.published, reader).publish()
        entry = json.loads(reader.entry(150))
    assert faults(filled, published=filled.published) == {}
    rewrite(filled, 150, canonical({**entry, "admin": {"act": "nothing"}}))
    found = faults(filled, published=filled.published)
    assert found["The entry is not the one in the published files"] == 150
    assert min(index for index in found.values() if index is not None) == 150


def test_where_the_published_files_cannot_be_read_the_store_is_verified_alone(filled: LogStore) -> None:
    with closing(Reader(filled.path)) as reader:
        Publisher(filled.published, reader).publish()
    bundle = filled.published / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes()[:2000])
    assert faults(filled, published=filled.published) == {}
    bundle.unlink()
    assert faults(filled, published=filled.published) == {}


def test_a_damaged_file_is_a_fault(filled: LogStore) -> None:
    change(filled, "PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(filled.path.read_bytes())
    for page in range(20, len(data) // 4096 - 4):
        data[4096 * page : 4096 * page + 64] = bytes(range(64))
    filled.path.write_bytes(data)
    (fault,) = (fault for fault in verify(filled).faults if "SQLITE_CORRUPT" in fault.what)
    assert isinstance(fault, Fault)
    assert fault.index is not None


def test_faults_come_in_the_order_of_entries(filled: LogStore) -> None:
    change(filled, "UPDATE entries SET kind = 'read' WHERE \"index\" = 8")
    change(filled, "DELETE FROM nodes", "UPDATE numbers SET last = 9")
    change(filled, "UPDATE entries SET leaf = x'00' WHERE \"index\" = 5")
    indices = [fault.index for fault in verify(filled).faults]
    assert indices == [5, 5, 8, None, None]


def test_a_consultation_with_its_tags_and_keys_is_whole(store: LogStore, records: Records) -> None:
    key = Write("keys", "add", {"month": 202610, "serial": 1, "wrapped": "AAAA"})
    store.fill((records.intent(FIRST, tags=(ASKED,), writes=(key,)),), (records.outcome(FIRST),))
    assert verify(store).ok
