from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import b64, canonical
from audit.entry import MAX_SUBJECTS, associated_data, build, counts, head, parts
from audit.event import Event, Kind, Outcome, Sealed
from fidus.model import Subject, SubjectRole, SubjectType, TraceIds

if TYPE_CHECKING:
    from tests.audit.conftest import Events

SEAL = bytes(100)
NONE = {"asked": 0, "listed": 0, "disclosed": 0, "unnumbered": 0}
SUBJECTS = st.lists(
    st.builds(
        Subject,
        st.just(SubjectType.ENTERPRISE),
        st.none() | st.text("0123456789", min_size=10, max_size=10),
        st.sampled_from(SubjectRole),
    )
)


def test_an_intent_has_exactly_the_members_of_its_kind(events: Events) -> None:
    assert build(events.intent(), SEAL) == {
        "v": 1,
        "kind": "intent",
        "at": "2026-10-05T08:30:00.000125Z",
        "consultation": "0199b1f4-6c00-7000-8000-000000000001",
        "institution": events.institution,
        "flow": "slrb-address",
        "flowDigest": b64(events.intent().flow_digest or b""),
        "channel": "api",
        "traceIds": {"own": "6b1c7e6e-54b8-4a0e-9a70-000000000001"},
        "subjects": {**NONE, "asked": 1},
        "request": b64(events.intent().request or b""),
        "asked": ["query.ssin"],
        "facts": {"epoch": 0},
        "sealed": b64(SEAL),
    }


def test_an_outcome_has_exactly_the_members_of_its_kind(events: Events) -> None:
    assert build(events.outcome(), SEAL) == {
        "v": 1,
        "kind": "outcome",
        "at": "2026-10-05T08:30:00.000125Z",
        "consultation": "0199b1f4-6c00-7000-8000-000000000001",
        "institution": events.institution,
        "flow": "slrb-address",
        "flowDigest": b64(events.outcome().flow_digest or b""),
        "channel": "api",
        "traceIds": {"own": "6b1c7e6e-54b8-4a0e-9a70-000000000001"},
        "outcome": "found",
        "fields": ["address.postalCode", "address.street"],
        "subjects": {**NONE, "disclosed": 1},
        "request": b64(events.outcome().request or b""),
        "answer": b64(events.outcome().answer or b""),
        "sealed": b64(SEAL),
    }


def test_what_does_not_always_apply_stands_where_it_does(events: Events) -> None:
    traces = TraceIds(UUID(int=1), UUID(int=2))
    entry = build(events.intent(actor="0206000131", trace_ids=traces), SEAL)
    assert entry["actor"] == "0206000131"
    assert entry["traceIds"] == {"own": str(UUID(int=1)), "related": str(UUID(int=2))}


def test_a_moment_is_written_in_utc(events: Events) -> None:
    at = events.intent().at.astimezone(timezone(timedelta(hours=2)))
    assert build(events.intent(at=at), SEAL)["at"] == "2026-10-05T08:30:00.000125Z"


def test_a_refusal_leaves_out_what_was_not_known(events: Events) -> None:
    event = Event(
        kind=Kind.REFUSAL,
        at=events.intent().at,
        consultation=events.intent().consultation,
        institution=events.institution,
        channel="api",
        trace_ids=events.intent().trace_ids,
        error="resourceNotFound",
        sealed=Sealed(flow="of-another", answer_nonce=events.nonce),
    )
    entry = build(event, SEAL)
    assert entry["subjects"] == NONE
    assert entry.keys() == {
        *(
            "v",
            "kind",
            "at",
            "consultation",
            "institution",
            "channel",
            "traceIds",
            "error",
            "subjects",
            "sealed",
        )
    }


def test_a_refusal_that_was_decided_names_its_rule(events: Events) -> None:
    entry = build(events.refusal(), SEAL)
    assert (entry["error"], entry["rule"], entry["subjects"]["asked"]) == ("suspended", 4, 1)


def test_a_failed_outcome_has_a_reason_and_no_answer(events: Events) -> None:
    event = events.outcome(outcome=Outcome.FAILED, error="sourceTimeout", answer=None, fields=())
    entry = build(replace(event, sealed=Sealed(answer_nonce=events.nonce)), SEAL)
    assert (entry["error"], entry["fields"], entry["subjects"]) == ("sourceTimeout", [], NONE)
    assert "answer" not in entry
    assert "sealed" in entry


def test_an_interrupted_outcome_has_no_seal(events: Events) -> None:
    event = events.outcome(outcome=Outcome.INTERRUPTED, answer=None, fields=(), sealed=None)
    entry = build(event, None)
    assert entry["subjects"] == NONE
    assert entry["request"] == build(events.intent(), SEAL)["request"]
    assert entry.keys().isdisjoint({"sealed", "answer", "error"})


def test_an_outcome_never_counts_whom_it_was_asked_about(events: Events) -> None:
    sealed = Sealed(subjects=(events.person(1), events.person(2)), answer_nonce=events.nonce)
    assert build(events.outcome(outcome=Outcome.ABSENT, sealed=sealed, fields=()), SEAL)["subjects"] == NONE


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in ("intent", "outcome", "refusal")])
def test_other_kinds_have_a_member_of_their_own_name(events: Events, kind: Kind) -> None:
    at = "2026-10-05T08:31:00.000000Z"
    event = events.detailed(kind, {"count": 1})
    assert build(event, None) == {"v": 1, "kind": kind, "at": at, kind.value: {"count": 1}}
    more = build(replace(event, institution=events.institution), SEAL)
    assert (more["institution"], more["sealed"]) == (events.institution, b64(SEAL))


@pytest.mark.parametrize(
    ("kind", "change", "rule"),
    [
        pytest.param("intent", {"flow": None}, "intent needs the member `flow`", id="intent-without-flow"),
        pytest.param("intent", {"answer": b""}, "intent has no member `answer`", id="intent-with-answer"),
        pytest.param(
            "intent", {"error": "suspended"}, "intent has no member `error`", id="intent-with-error"
        ),
        pytest.param(
            "outcome", {"outcome": None}, "needs the member `outcome`", id="outcome-without-outcome"
        ),
        pytest.param("outcome", {"fields": None}, "needs the member `fields`", id="outcome-without-fields"),
        pytest.param("outcome", {"asked": ()}, "has no member `asked`", id="outcome-with-asked"),
        pytest.param("outcome", {"answer": None}, "`found` needs member `answer`", id="found-without-answer"),
        pytest.param(
            "outcome", {"error": "sourceFault"}, "`found` has no member `error`", id="found-with-error"
        ),
        pytest.param(
            "outcome", {"part": (1, 2)}, "`found` has no member `answer`", id="first-part-with-answer"
        ),
        pytest.param(
            "outcome", {"outcome": Outcome.FAILED}, "`failed` needs member `error`", id="failed-without"
        ),
        pytest.param(
            "outcome", {"outcome": Outcome.INTERRUPTED}, "has no member `sealed`", id="interrupted-sealed"
        ),
        pytest.param("refusal", {"error": None}, "needs the member `error`", id="refusal-without-error"),
        pytest.param("refusal", {"detail": {}}, "refusal has no member `refusal`", id="refusal-with-detail"),
    ],
)
def test_an_event_that_breaks_the_rules_of_its_kind_is_refused(
    events: Events, kind: str, change: dict[str, Any], rule: str
) -> None:
    event = getattr(events, kind)(**change)
    with pytest.raises(ValueError, match=rule):
        build(event, SEAL)


def test_a_seal_is_needed_wherever_someone_was_told_something(events: Events) -> None:
    with pytest.raises(ValueError, match="`found` needs member `sealed`"):
        build(events.outcome(), None)


def test_an_entry_of_another_kind_needs_its_own_detail(events: Events) -> None:
    with pytest.raises(ValueError, match="admin needs the member `admin`"):
        build(Event(kind=Kind.ADMIN, at=events.intent().at), None)
    with pytest.raises(ValueError, match="admin has no member `flow`"):
        build(replace(events.detailed(Kind.ADMIN, {"act": "apply"}), flow="a-flow"), None)


def test_the_seal_is_bound_to_version_kind_consultation_and_institution(events: Events) -> None:
    bound = associated_data(build(events.intent(), SEAL))
    assert bound == associated_data(head(events.intent()))
    assert bound == canonical(
        {
            "v": 1,
            "kind": "intent",
            "consultation": str(events.intent().consultation),
            "institution": events.institution,
        }
    )


def test_what_is_absent_is_left_out_of_what_the_seal_is_bound_to(events: Events) -> None:
    assert associated_data(head(events.detailed(Kind.READ, {}))) == b'{"kind":"read","v":1}'


@given(SUBJECTS)
def test_every_subject_is_counted_once(subjects: list[Subject]) -> None:
    found = counts(tuple(subjects))
    assert found.keys() == NONE.keys()
    assert sum(found.values()) == len(subjects)
    assert found["unnumbered"] == sum(subject.id is None for subject in subjects)


@pytest.mark.parametrize("many", [0, 1, MAX_SUBJECTS])
def test_an_outcome_that_fits_is_one_entry(events: Events, many: int) -> None:
    subjects = tuple(events.person(serial, SubjectRole.DISCLOSED) for serial in range(many))
    event = events.outcome(sealed=Sealed(subjects=subjects, answer_nonce=events.nonce))
    assert parts(event) == (event,)


@pytest.mark.parametrize("many", [MAX_SUBJECTS + 1, 2 * MAX_SUBJECTS, 2 * MAX_SUBJECTS + 1])
def test_a_larger_outcome_has_parts_of_which_the_last_has_the_answer(events: Events, many: int) -> None:
    subjects = tuple(events.person(serial, SubjectRole.DISCLOSED) for serial in range(many))
    event = events.outcome(sealed=Sealed(subjects=subjects, answer_nonce=events.nonce))
    entries = [build(part, SEAL) for part in parts(event)]
    total = -(-many // MAX_SUBJECTS)
    assert [entry["part"] for entry in entries] == [{"n": n, "m": total} for n in range(1, total + 1)]
    assert ["answer" in entry for entry in entries] == [False] * (total - 1) + [True]
    assert sum(entry["subjects"]["disclosed"] for entry in entries) == many
    together = [subject for part in parts(event) if part.sealed for subject in part.sealed.subjects]
    assert together == list(subjects)


def test_an_event_without_a_seal_has_no_parts(events: Events) -> None:
    event = events.outcome(outcome=Outcome.INTERRUPTED, answer=None, sealed=None)
    assert parts(event) == (event,)


def test_an_entry_is_plain_json(events: Events) -> None:
    entry = build(events.intent(), SEAL)
    assert json.loads(canonical(entry)) == entry
