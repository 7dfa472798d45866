"""Absence is an answer; an answer that is no answer to the question is none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adapters.national_register.mapping import NotAsAgreed, NotTreated
from fidus.model import Absent, Subject, SubjectRole, SubjectType, Why

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (("NO_RESULT", "MSG00005"), Why.UNKNOWN_SUBJECT),
        (("NO_DATA_FOUND", "MSG00100"), Why.UNKNOWN_SUBJECT),
        (("NO_DATA_FOUND", "MSG99999"), Why.UNKNOWN_SUBJECT),
        (("NO_DATA_FOUND", "MSG00009"), Why.NOTHING_IN_PERIOD),
    ],
)
def test_absence_is_an_answer(register: Any, status: tuple[str, str], why: Why) -> None:
    assert register.read(None, status=register.status(*status)) == Absent(why, TODAY)


def test_a_replaced_number_leads_to_the_newer_one(register: Any) -> None:
    newer = Subject(SubjectType.PERSON, register.NEWER, SubjectRole.ASKED)
    replaced = Absent(Why.REPLACED, TODAY, newer)
    status = register.status("NO_RESULT", "MSG00006", other="x", newSSIN=register.NEWER)
    assert register.read(None, status=status) == replaced
    more = register.replaced(register.ASKED)
    assert register.read(register.file(number=register.NEWER, more=more)) == replaced


@pytest.mark.parametrize(
    ("information", "phrase"), [({}, "does not say by which"), ({"newSSIN": "1"}, "not an SSIN")]
)
def test_a_replacement_names_the_newer_number(
    register: Any, information: dict[str, str], phrase: str
) -> None:
    with pytest.raises(NotAsAgreed, match=phrase):
        register.read(None, status=register.status("NO_RESULT", "MSG00006", **information))


@pytest.mark.parametrize("code", ["MSG00011", "MSG00012", "MSG00013", "MSG77777"])
def test_what_the_register_did_not_treat_is_no_answer(register: Any, code: str) -> None:
    with pytest.raises(NotTreated):
        register.read(None, status=register.status("NO_RESULT", code))


def test_another_question_is_refused(register: Any) -> None:
    with pytest.raises(NotAsAgreed, match="not about what was asked"):
        register.read(register.file(), ssin=register.NEWER)


def test_another_language_is_refused(register: Any) -> None:
    with pytest.raises(NotAsAgreed, match="not about what was asked"):
        register.read(register.file(), language="nl")


def test_a_language_left_out_is_french(register: Any) -> None:
    assert register.read(register.file(), language=None) == Absent(Why.NOTHING_IN_PERIOD, TODAY)


@pytest.mark.parametrize("former", ["99999999999", None])
def test_another_persons_file_is_refused(register: Any, former: str | None) -> None:
    more = "" if former is None else register.replaced(former)
    with pytest.raises(NotAsAgreed, match="not about what was asked"):
        register.read(register.file(number=register.NEWER, more=more))


def test_a_file_without_number_is_refused(register: Any) -> None:
    with pytest.raises(NotAsAgreed, match="not about what was asked"):
        register.read(register.file(number=None))


def test_a_file_that_was_announced_is_there(register: Any) -> None:
    with pytest.raises(NotAsAgreed, match="has none"):
        register.read(None)


def test_an_answer_without_time_is_refused(register: Any) -> None:
    with pytest.raises(NotAsAgreed, match="does not say when"):
        register.read(register.file(), reply=None)


@pytest.mark.parametrize(
    ("reply", "day"),
    [
        ("2026-03-01T23:30:00Z", date(2026, 3, 2)),
        ("2026-03-01T23:30:00+01:00", date(2026, 3, 1)),
        ("2026-07-01T22:30:00Z", date(2026, 7, 2)),
        ("2026-03-01T23:30:00", date(2026, 3, 1)),
        ("2026-03-01T00:00:00.123456789Z", date(2026, 3, 1)),
    ],
)
def test_the_day_of_the_answer_is_the_sources_in_brussels(register: Any, reply: str, day: date) -> None:
    assert register.read(register.file(), reply=reply).as_of == day
