"""What leaves is what the flow grants, whatever a source sends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.event import Outcome
from fidus.answering import prepare
from fidus.catalogue import parse_catalogue
from fidus.model import Found, Request, Subject, SubjectRole, SubjectType, Why
from fidus.request import parse
from tests.fidus.desk import SERVICES
from tests.fidus.questions import FILES, LIVES_AT, RIGHT, absent, asked, body, found, person

ADDRESS = SERVICES["national-register/address"]
LEAVES = ADDRESS.contracts["v1"]["address"]
FLOWS = parse_catalogue(FILES, SERVICES, 1).flows
WHOLE, CONFIRM = FLOWS["town-whole"], FLOWS["housing-confirm"]

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
names = st.sampled_from([leaf.removeprefix("address.") for leaf in LEAVES]) | st.text(max_size=3)
answers = st.builds(
    lambda address, more, withheld: found(fields={**more, "address": address}, withheld=frozenset(withheld)),
    values | st.dictionaries(names, values, max_size=12),
    st.dictionaries(st.text(max_size=3), values, max_size=3),
    st.sets(st.sampled_from(["address", "address.street", "addresses", "other"]), max_size=1),
)
granted = st.sets(st.sampled_from(LEAVES), min_size=1).map(sorted).map(tuple)


def question(confirm: Mapping[str, str] | None = None) -> Request:
    flow = WHOLE if confirm is None else CONFIRM
    return parse(body(person(), confirm), flow, ADDRESS, synthetic=True)


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The granted leaves that data holds, found by another way than the code's."""
    if path in LEAVES:
        yield path
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path)


@given(answers, granted)
def test_no_more_leaves_than_the_flow_grants(answer: Found, fields: tuple[str, ...]) -> None:
    prepared = prepare(answer, question(), replace(WHOLE, fields=fields), ADDRESS)
    assert prepared.outcome is Outcome.FOUND
    assert prepared.members.keys() <= {"found", "data", "withheld"}
    assert set(prepared.handed_over) <= set(fields)
    assert tuple(sorted(set(leaves(prepared.members["data"])))) == prepared.handed_over
    json.dumps(prepared.members)


@given(answers, granted, st.sets(st.sampled_from([*LEAVES, "address"]), min_size=1).map(sorted).map(tuple))
def test_a_narrowed_answer_is_that_of_a_flow_that_grants_less(
    answer: Found, fields: tuple[str, ...], select: tuple[str, ...]
) -> None:
    flow, asks = replace(WHOLE, fields=fields), replace(question(), select=select)
    less = tuple(leaf for leaf in fields if leaf in select or "address" in select)
    assert prepare(answer, asks, flow, ADDRESS) == prepare(
        answer, question(), replace(flow, fields=less), ADDRESS
    )


@given(answers, granted)
def test_what_is_withheld_never_leaves(answer: Found, fields: tuple[str, ...]) -> None:
    """Even where a source sends along what it says is secret."""
    prepared = prepare(answer, question(), replace(WHOLE, fields=fields), ADDRESS)
    secret = {leaf for name in answer.withheld for leaf in LEAVES if (leaf + ".").startswith(name + ".")}
    assert not secret & set(prepared.handed_over)
    assert ("withheld" in prepared.members) == bool(secret & set(fields))
    assert prepared.members.get("withheld", sorted(answer.withheld)) == sorted(answer.withheld)


@given(answers)
def test_a_comparison_hands_over_verdicts_only(answer: Found) -> None:
    held = replace(answer, fields={**answer.fields, "address": LIVES_AT})
    prepared = prepare(held, question(RIGHT), CONFIRM, ADDRESS)
    assert prepared.members.keys() == {"found", "confirmed"}
    secret = any(name.startswith("address") and name != "addresses" for name in answer.withheld)
    assert prepared.members["confirmed"] == {"address": "unknown" if secret else "yes"}
    assert (prepared.handed_over, prepared.subjects) == (("address",), ())


def test_a_subject_is_disclosed_by_the_field_that_shows_it() -> None:
    at = Subject(
        SubjectType.ADDRESS, "21013/1205/12/3", SubjectRole.DISCLOSED, frozenset({"address.houseNumber"})
    )
    always = Subject(SubjectType.PERSON, person(2), SubjectRole.LISTED)
    answer = found(subjects=(at, always))
    for fields, shown in ((("address.houseNumber",), (at, always)), (("address.street",), (always,))):
        assert prepare(answer, question(), replace(WHOLE, fields=fields), ADDRESS).subjects == shown


@pytest.mark.parametrize("why", list(Why))
def test_the_number_that_replaced_another_is_told_to_the_log_alone(why: Why) -> None:
    newer = person(2) if why is Why.REPLACED else None
    for flow in (WHOLE, CONFIRM, replace(CONFIRM, existence=False)):
        prepared = prepare(absent(why, newer), question(RIGHT if flow is not WHOLE else None), flow, ADDRESS)
        assert person(2) not in json.dumps(prepared.members)
        assert prepared.subjects == (() if newer is None else (asked(person()), asked(newer)))
        assert not prepared.guess_failed


def test_confirming_about_a_followed_number_is_recorded_under_both_and_shows_nobody_else() -> None:
    asked_too = Subject(SubjectType.PERSON, person(), SubjectRole.ASKED)
    shown = Subject(SubjectType.ADDRESS, "21004/3837/12/", SubjectRole.DISCLOSED)
    prepared = prepare(found(subjects=(asked_too, shown)), question(RIGHT), CONFIRM, ADDRESS)
    assert prepared.subjects == (asked_too,)
