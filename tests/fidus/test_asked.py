"""Every kind of number names its subject in the spelling of the seal, in a body that is taken or refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from fidus.asked import IDS, NAMES, subjects
from fidus.errors import IssueType, RequestInvalid
from fidus.model import QueryMember, Request, SubjectType
from fidus.request import parse, query_schema
from tests.fidus.test_request import CONTEXT, DATA, SERVICE, SSIN

PLATE, VIN, ENTERPRISE, ESTABLISHMENT = "0ABC123", "0ABCDEFGHJKLMNPRS", "0999000426", "8999000042"
MEMBERS = (
    QueryMember("plate", "plate", False, SubjectType.VEHICLE),
    QueryMember("vin", "vin", False, SubjectType.VEHICLE),
    QueryMember("unifier", "unifier", False, None),
    QueryMember("number", "enterpriseNumber", False, SubjectType.ENTERPRISE),
    QueryMember("establishment", "establishmentNumber", False, SubjectType.ESTABLISHMENT),
    QueryMember("ssin", "ssin", False, SubjectType.PERSON),
)
CHOICES = (("plate",), ("vin", "unifier"), ("number",), ("establishment",), ("ssin",))
VEHICLE = replace(SERVICE, members=MEMBERS, choices=CHOICES)


def ask(query: object) -> Request:
    return parse(json.dumps({"query": query, "context": CONTEXT}).encode(), DATA, VEHICLE, True)


def wrong(query: object) -> RequestInvalid:
    with pytest.raises(RequestInvalid) as error:
        ask(query)
    return error.value


def establishment() -> str:
    eight = ESTABLISHMENT[:8]
    return f"{eight}{97 - int(eight) % 97:02}"


@pytest.mark.parametrize(
    ("query", "type_", "identifier"),
    [
        ({"plate": PLATE}, SubjectType.VEHICLE, f"plate:BE:{PLATE}"),
        ({"vin": VIN, "unifier": "07"}, SubjectType.VEHICLE, f"vin:{VIN}"),
        ({"number": ENTERPRISE}, SubjectType.ENTERPRISE, ENTERPRISE),
        ({"establishment": establishment()}, SubjectType.ESTABLISHMENT, establishment()),
        ({"ssin": SSIN}, SubjectType.PERSON, SSIN),
    ],
)
def test_every_kind_of_subject(query: dict[str, str], type_: SubjectType, identifier: str) -> None:
    request = ask(query)
    (subject,) = request.query.subjects
    assert (subject.type, subject.id) == (type_, identifier)
    assert request.query.values == query
    jsonschema.validate(query, query_schema(VEHICLE))


@pytest.mark.parametrize(
    "query",
    [{}, {"unifier": "07"}, {"vin": VIN}, {"plate": PLATE, "ssin": SSIN}, {"plate": PLATE, "unifier": "07"}],
)
def test_exactly_one_choice_is_sent(query: dict[str, str]) -> None:
    (issue,) = wrong(query).issues
    assert (issue.type, issue.name) == (IssueType.EXACTLY_ONE_OF, "query")
    assert "`vin` with `unifier`" in issue.detail
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(query, query_schema(VEHICLE))


@pytest.mark.parametrize(
    ("query", "name", "type_"),
    [
        ({"plate": "0-ABC-123"}, "query.plate", IssueType.SCHEMA_VIOLATION),
        ({"plate": "0abc123"}, "query.plate", IssueType.SCHEMA_VIOLATION),
        ({"vin": VIN[:16], "unifier": "07"}, "query.vin", IssueType.SCHEMA_VIOLATION),
        ({"vin": VIN, "unifier": "7"}, "query.unifier", IssueType.SCHEMA_VIOLATION),
        ({"number": "0999000427"}, "query.number", IssueType.INVALID_STRUCTURE),
        ({"number": "0999.000.426"}, "query.number", IssueType.SCHEMA_VIOLATION),
        ({"establishment": "1999000042"}, "query.establishment", IssueType.SCHEMA_VIOLATION),
        ({"number": 999000426}, "query.number", IssueType.SCHEMA_VIOLATION),
    ],
)
def test_a_number_against_its_rule(query: dict[str, Any], name: str, type_: IssueType) -> None:
    error = wrong(query)
    assert [(issue.name, issue.type) for issue in error.issues] == [(name, type_)]
    value = next(iter(query.values()))
    assert str(value) not in str([issue.detail for issue in error.issues])


def test_a_refused_question_still_says_who_was_asked_about() -> None:
    assert [subject.id for subject in wrong({"plate": PLATE, "more": 1}).subjects] == [f"plate:BE:{PLATE}"]


def test_what_cannot_be_read_names_nobody() -> None:
    nothing: tuple[object, ...] = (None, [], "x", {"plate": 1}, {"plate": "-"}, {"other": PLATE})
    for query in nothing:
        assert subjects(MEMBERS, query, True) == ()
    assert set(IDS) == {member.kind for member in MEMBERS} - {"unifier"}


def test_whatever_names_a_subject_has_its_type() -> None:
    told = {member.kind: member.subject for member in MEMBERS if member.subject is not None}
    assert told == NAMES
    assert NAMES.keys() == IDS.keys()
