"""A group leaves what its units would have left one after the other, and tells each the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, select

from audit.canonical import b64
from audit.group import Group
from audit.head import Head, read_head
from audit.log import RAISE, Appended, Declined, Expect, Record, Spend, Tag, Write
from audit.note import NoteKey
from audit.proof import check_proof
from audit.tables import COUNTERS, DATA_KEYS, ENTRIES, FLAGS, HEAD, NODES, NUMBERS, TAGS
from fidus.model import SubjectRole

if TYPE_CHECKING:
    from tests.audit.conftest import LogStore

TABLES = (HEAD, ENTRIES, NODES, TAGS, COUNTERS, FLAGS, NUMBERS, DATA_KEYS)
Result = tuple[Appended, ...] | Declined
NAMES = st.sampled_from(["a:2026-10-05", "it's", "%s ? {}", '"\\u0061', "é\U0001f600"])
CONSULTATIONS = st.sampled_from(["c1", "c2", "c3"])
INSTITUTIONS = st.sampled_from(["0206000032", "0206000131"])
SPENDS = st.builds(Spend, NAMES, st.integers(-2, 3), st.none() | st.integers(0, 4), st.just("dayUsed"))
EXPECTS = st.builds(Expect, NAMES, st.sampled_from(["", "on", "é"]), st.just("flag"))
SETS = st.builds(
    lambda flag, value: Write("flags", "set", {"flag": flag, "value": value}),
    NAMES,
    st.sampled_from(["", "on", "é"]),
)
ADDS = st.integers(1, 2).map(
    lambda serial: Write("keys", "add", {"month": 202610, "serial": serial, "wrapped": b64(bytes(8))})
)
TAGGED = st.builds(
    Tag, st.integers(1, 2), st.sampled_from([bytes(32), bytes([7] * 32)]), st.sampled_from(SubjectRole)
)


def _entry(kind: str, consultation: str, institution: str, part: int | None) -> dict[str, Any]:
    members = {"v": 1, "kind": kind, "at": "2026-10-05T08:30:00.000125Z", "institution": institution}
    if kind == "admin":
        return {**members, "admin": {"act": "é"}}
    members |= {"consultation": consultation, "flow": "a-flow"}
    if kind == "intent":
        return {**members, "facts": {"epoch": 0}}
    return {**members, "outcome": "found"} | ({} if part is None else {"part": {"n": part, "m": 2}})


ENTRIES_OF_ANY_KIND = st.builds(
    _entry,
    st.sampled_from(["intent", "outcome", "admin"]),
    CONSULTATIONS,
    INSTITUTIONS,
    st.sampled_from([None, None, 1, 2]),
)
RECORDS = st.builds(
    Record,
    entry=ENTRIES_OF_ANY_KIND,
    numbered=st.booleans(),
    epoch=st.sampled_from([None, None, None, 0, 1, RAISE]),
    tags=st.lists(TAGGED, max_size=3, unique=True).map(tuple),
    spends=st.lists(SPENDS, max_size=2).map(tuple),
    expects=st.lists(EXPECTS, max_size=1).map(tuple),
    reads=st.dictionaries(st.just("guesses"), NAMES, max_size=1),
    writes=st.lists(SETS | ADDS, max_size=2).map(tuple),
    proved=st.booleans(),
)
UNITS = st.lists(st.lists(RECORDS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=12)


@pytest.fixture
def connection(any_store: LogStore) -> Iterator[Connection]:
    """To a store that is empty again after each rollback."""
    any_store.play(any_store.open(), lambda: asyncio.sleep(0))
    with closing(any_store.backend().connect(create=False)) as connection:
        yield connection
        connection.invalidate()


def rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, connection.execute(select(table))), key=repr)


def written(
    store: LogStore, connection: Connection, key: NoteKey, groups: Sequence[Sequence[tuple[Record, ...]]]
) -> tuple[list[Result], dict[str, list[tuple[Any, ...]]], Head]:
    """What these groups are told, and what they leave; nothing of it stays."""
    told: list[Result] = []
    store.backend().lock(connection)
    try:
        head = read_head(connection)
        for units in groups:
            group = Group(connection, head, (record for unit in units for record in unit), {})
            for unit in units:
                group.add(unit)
            head = group.finish(key) if group.writes else head
            told += group.results()
        return told, {table.name: rows(connection, table) for table in TABLES}, head
    finally:
        connection.rollback()


def unproved(result: Result) -> Result:
    """A proof is of the tree as its group left it."""
    return result if isinstance(result, Declined) else tuple(replace(one, proof="") for one in result)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(UNITS, st.integers(0, 12))
def test_together_they_leave_what_they_leave_one_by_one(
    any_store: LogStore,
    connection: Connection,
    log_key: NoteKey,
    units: list[tuple[Record, ...]],
    first: int,
) -> None:
    alone, left, _ = written(any_store, connection, log_key, [[unit] for unit in units])
    groups = [part for part in (units[:first], units[first:]) if part]
    together, left_together, head = written(any_store, connection, log_key, groups)
    assert [*map(unproved, together)] == [*map(unproved, alone)]
    assert left_together == left
    assert head.size == len(left["entries"])
    for result in (one for told in together if not isinstance(told, Declined) for one in told):
        if result.proof:
            assert check_proof(result.proof, log_key.verifier).entry == result.entry
