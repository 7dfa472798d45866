from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from audit import search as module
from audit.event import Event, Kind, Outcome, Sealed
from audit.recorder import Recorder
from audit.search import Criteria, Page, search
from fidus.errors import AuditUnavailable
from fidus.model import SubjectRole, SubjectType

if TYPE_CHECKING:
    from tests.audit.conftest import Events, MemoryLog

START = datetime(2026, 10, 5, 8, tzinfo=UTC)
MUNICIPALITY = "0206000131"


@pytest.fixture
def log(memory_log: MemoryLog, recorder: Recorder, events: Events) -> MemoryLog:
    """0 intent and 1 outcome about person 1 · 2 intent and 3 failure about person 2, by a municipality
    · 4 refusal about person 1 · 5 administration; one minute apart."""
    second = Sealed(subjects=(events.person(2),), answer_nonce=events.nonce)
    other: dict[str, Any] = {
        "institution": MUNICIPALITY,
        "flow": "commune-address",
        "consultation": UUID("0199b1f4-6c00-7000-8000-000000000002"),
    }
    failed = {"outcome": Outcome.FAILED, "error": "sourceTimeout", "answer": None, "fields": ()}
    written: list[Event] = [
        events.intent(at=START),
        events.outcome(at=START + timedelta(minutes=1)),
        events.intent(at=START + timedelta(minutes=2), sealed=second, **other),
        events.outcome(at=START + timedelta(minutes=3), sealed=Sealed(), **other, **failed),
        events.refusal(at=START + timedelta(minutes=4)),
        events.detailed(Kind.ADMIN, {"act": "apply"}, at=START + timedelta(minutes=5)),
    ]

    async def write() -> None:
        for event in written:
            await memory_log.append(await recorder.record(event))

    asyncio.run(write())
    return memory_log


def person(events: Events, serial: int) -> tuple[SubjectType, str]:
    identifier = events.person(serial).id
    assert identifier is not None
    return SubjectType.PERSON, identifier


def indexes(page: Page) -> list[int]:
    return [row.index for row in page.rows]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        pytest.param({}, [5, 4, 3, 2, 1, 0], id="everything-newest-first"),
        pytest.param({"flow": "commune-address"}, [3, 2], id="flow"),
        pytest.param({"institution": MUNICIPALITY}, [3, 2], id="institution"),
        pytest.param({"kind": Kind.INTENT}, [2, 0], id="kind"),
        pytest.param({"outcome": "failed"}, [3], id="outcome"),
        pytest.param({"outcome": "refused"}, [4], id="refused"),
        pytest.param({"role": SubjectRole.DISCLOSED}, [1], id="role"),
        pytest.param({"since": START + timedelta(minutes=4)}, [5, 4], id="since-is-included"),
        pytest.param({"until": START + timedelta(minutes=1)}, [0], id="until-is-not"),
        pytest.param({"kind": Kind.OUTCOME, "flow": "slrb-address"}, [1], id="both"),
        pytest.param({"flow": "unknown"}, [], id="nothing"),
    ],
)
def test_entries_are_found_by_what_stands_in_clear(
    log: MemoryLog, recorder: Recorder, criteria: dict[str, Any], found: list[int]
) -> None:
    page = search(log, recorder, Criteria(**criteria))
    assert indexes(page) == found
    assert page.cursor is None


def test_a_person_is_found_in_any_spelling_with_the_role(
    log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    type_, identifier = person(events, 1)
    dotted = f"{identifier[:6]}-{identifier[6:9]}.{identifier[9:]}"
    page = search(log, recorder, Criteria(identifier=(type_, dotted)))
    assert [(row.index, row.roles) for row in page.rows] == [(4, ("asked",)), (0, ("asked",))]


def test_an_address_is_found_where_it_was_disclosed(
    log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    address = (SubjectType.ADDRESS, "21004/1205/12/b")
    page = search(log, recorder, Criteria(identifier=address))
    assert [(row.index, row.roles) for row in page.rows] == [(1, ("disclosed",))]
    asked = search(log, recorder, Criteria(identifier=address, role=SubjectRole.ASKED))
    assert asked.rows == ()


def test_a_subject_with_two_roles_in_an_entry_is_one_row(
    log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    both = Sealed(subjects=(events.person(3, SubjectRole.LISTED), events.person(3, SubjectRole.DISCLOSED)))

    async def write() -> None:
        await log.append(await recorder.record(events.outcome(sealed=both)))

    asyncio.run(write())
    page = search(log, recorder, Criteria(identifier=person(events, 3), role=SubjectRole.LISTED))
    assert [(row.index, row.roles) for row in page.rows] == [(6, ("disclosed", "listed"))]


def test_a_row_tells_what_stands_in_clear_and_hides_the_rest(
    log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    (row, _) = search(log, recorder, Criteria(identifier=person(events, 1))).rows
    assert (row.at, row.kind, row.outcome) == ("2026-10-05T08:04:00.000000Z", "refusal", "refused")
    assert (row.institution, row.flow, row.channel) == (events.institution, "slrb-address", "api")
    assert (row.consultation, row.number) == ("0199b1f4-6c00-7000-8000-000000000001", 3)
    assert row.sealed is None


def test_identifiers_are_shown_only_where_that_was_asked(
    log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    page = search(log, recorder, Criteria(institution=events.institution, kind=Kind.INTENT), reveal=True)
    (row,) = page.rows
    assert row.sealed is not None
    assert row.sealed["subjects"][0]["id"] == events.person(1).id
    assert str(events.person(1).id) not in repr(page)


def test_a_destroyed_month_is_found_and_not_shown(log: MemoryLog, recorder: Recorder, events: Events) -> None:
    asyncio.run(recorder.destroy_month(202610))
    page = search(log, recorder, Criteria(identifier=person(events, 1)), reveal=True)
    assert [(row.index, row.sealed) for row in page.rows] == [(4, None), (0, None)]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
def test_pages_together_hold_everything_once(log: MemoryLog, recorder: Recorder, limit: int) -> None:
    found: list[int] = []
    page = search(log, recorder, Criteria(), limit=limit)
    while page.cursor is not None:
        assert len(page.rows) == limit
        found += indexes(page)
        page = search(log, recorder, Criteria(), limit=limit, cursor=page.cursor)
    assert found + indexes(page) == [5, 4, 3, 2, 1, 0]


def test_pages_about_one_person_go_on_where_they_ended(
    log: MemoryLog, recorder: Recorder, events: Events
) -> None:
    criteria = Criteria(identifier=person(events, 1))
    first = search(log, recorder, criteria, limit=1)
    assert (indexes(first), first.cursor) == ([4], 4)
    second = search(log, recorder, criteria, limit=1, cursor=first.cursor)
    assert (indexes(second), second.cursor) == ([0], None)


def test_one_call_looks_at_a_bounded_number_of_entries(
    log: MemoryLog, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SCANNED", 2)
    monkeypatch.setattr(module, "_CHUNK", 4)
    criteria = Criteria(kind=Kind.INTENT)
    first = search(log, recorder, criteria)
    assert (indexes(first), first.cursor) == ([], 4)
    second = search(log, recorder, criteria, cursor=first.cursor)
    assert (indexes(second), second.cursor) == ([2], 2)
    third = search(log, recorder, criteria, cursor=second.cursor)
    assert (indexes(third), third.cursor) == ([0], None)


def test_a_long_log_is_read_in_chunks(
    log: MemoryLog, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK", 4)
    assert indexes(search(log, recorder, Criteria())) == [5, 4, 3, 2, 1, 0]


def test_an_empty_log_has_nothing(memory_log: MemoryLog, recorder: Recorder) -> None:
    assert search(memory_log, recorder, Criteria()) == Page((), None)


def test_a_search_that_makes_no_sense_is_refused(log: MemoryLog, recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        search(log, recorder, Criteria(), limit=0)
    with pytest.raises(ValueError, match="11 digits"):
        search(log, recorder, Criteria(identifier=(SubjectType.PERSON, "1")))
    with pytest.raises(ValueError, match="time zone"):
        search(log, recorder, Criteria(since=datetime(2026, 10, 1)))


def test_criteria_do_not_show_who_is_looked_for(events: Events) -> None:
    assert person(events, 1)[1] not in repr(Criteria(identifier=person(events, 1)))


def test_the_shape_of_a_search_names_what_was_given_and_no_value(events: Events) -> None:
    criteria = Criteria(identifier=person(events, 1), flow="slrb-address", since=START)
    assert criteria.shape() == ["identifier", "flow", "since"]
    assert Criteria().shape() == []


def test_keys_that_cannot_be_read_are_told(log: MemoryLog, recorder: Recorder, tmp_path: Any) -> None:
    (tmp_path / "keys").rename(tmp_path / "moved")
    with pytest.raises(AuditUnavailable):
        search(log, recorder, Criteria(kind=Kind.INTENT), reveal=True)
