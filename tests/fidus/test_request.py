"""Bodies of a consultation: what is taken, and every fault of what is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.errors import IssueType, PayloadTooLarge, RequestInvalid
from fidus.model import (
    Channel,
    Flow,
    Mode,
    QueryMember,
    Quota,
    Request,
    Service,
    Subject,
    SubjectRole,
    SubjectType,
)
from fidus.request import confirm_schema, parse, query_schema


def ssin(month: int) -> str:
    """Born in 1962; a month beyond 60 makes the number a synthetic one."""
    nine = f"62{month:02}16001"
    return nine + f"{97 - int(nine) % 97:02}"


SSIN = ssin(month=61)
WRONG_SSIN = SSIN[:9] + f"{int(SSIN[9:]) % 97 + 1:02}"
MEMBERS = ("street", "houseNumber", "box", "postalCode", "municipality")
SERVICE = Service(
    id="national-register/address-history",
    title={"en": "Addresses"},
    members=(
        QueryMember("ssin", "ssin", True, SubjectType.PERSON),
        QueryMember("period", "period", False, None),
    ),
    contracts={"v1": {"address": tuple(f"address.{name}" for name in MEMBERS)}},
    confirmable={"address": MEMBERS},
    example={},
)
DATA = Flow(
    id="asks-data",
    institution="0",
    service=SERVICE.id,
    mode=Mode.DATA,
    purpose={"en": "A test"},
    legal_basis=("A law",),
    fields=SERVICE.contracts["v1"]["address"],
    valid_from=date(2026, 1, 1),
    valid_until=date(2027, 1, 1),
    channels=frozenset({Channel.API}),
    quota=Quota(1, 1),
    contract="v1",
    digest=b"",
)
CONFIRM = replace(DATA, id="confirms", mode=Mode.CONFIRM)
CONTEXT = {"caseReference": "2026-004711", "endUser": {"id": "agent-17"}}
ADDRESS = {"street": "Rue du Marais", "houseNumber": "12", "postalCode": "1000"}


def body(**changes: Any) -> dict[str, Any]:
    return {"query": {"ssin": SSIN}, "context": CONTEXT} | changes


def read(sent: object, flow: Flow = DATA, *, synthetic: bool = True) -> Request:
    return parse(json.dumps(sent).encode(), flow, SERVICE, synthetic)


def refusal(sent: object, flow: Flow = DATA, *, synthetic: bool = True) -> RequestInvalid:
    with pytest.raises(RequestInvalid) as refused:
        read(sent, flow, synthetic=synthetic)
    return refused.value


def faults(sent: object, flow: Flow = DATA) -> list[tuple[str, str]]:
    return [(issue.type.name, issue.name) for issue in refusal(sent, flow).issues]


def test_a_question_is_read() -> None:
    request = read(body())
    assert request.query.service == SERVICE.id
    assert request.query.values == {"ssin": SSIN}
    assert request.query.subjects == (Subject(SubjectType.PERSON, SSIN, SubjectRole.ASKED),)
    assert (request.context.case_reference, request.context.end_user) == ("2026-004711", "agent-17")
    assert request.confirm is None
    assert request.asked == ("query.ssin",)


def test_the_body_is_kept_in_its_canonical_form() -> None:
    sent = json.dumps(body(), indent=3).encode()
    assert (
        parse(sent, DATA, SERVICE, True).body
        == json.dumps(body(), sort_keys=True, separators=(",", ":")).encode()
    )


def test_a_period_is_read_with_and_without_end() -> None:
    for period in ({"startDate": "2020-02-29"}, {"startDate": "2020-01-01", "endDate": "2020-01-01"}):
        request = read(body(query={"ssin": SSIN, "period": period}))
        assert request.query.values == {"ssin": SSIN, "period": period}
        assert request.asked == tuple(sorted(["query.ssin", *(f"query.period.{name}" for name in period)]))


def test_values_to_compare_are_read() -> None:
    request = read(body(confirm={"address": ADDRESS}), CONFIRM)
    assert request.confirm == {"address": ADDRESS}
    assert request.asked == (
        "confirm.address.houseNumber",
        "confirm.address.postalCode",
        "confirm.address.street",
        "query.ssin",
    )


def test_a_flow_may_do_without_case_and_end_user() -> None:
    free = replace(DATA, requires_case=False, requires_end_user=False)
    assert read({"query": {"ssin": SSIN}}, free).context.case_reference is None
    assert read(body(context={}), free).context.end_user is None
    assert read(body(), free).context.end_user == "agent-17"
    case_only = replace(DATA, requires_end_user=False)
    assert read(body(context={"caseReference": "1"}), case_only).context.case_reference == "1"
    assert faults(body(context={}), case_only) == [("REQUIRED_INPUT", "context.caseReference")]


def period(**days: str) -> dict[str, Any]:
    return body(query={"ssin": SSIN, "period": days})


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        pytest.param([], ("SCHEMA_VIOLATION", ""), id="array"),
        pytest.param("x", ("SCHEMA_VIOLATION", ""), id="text"),
        pytest.param({"query": {"ssin": SSIN}}, ("REQUIRED_INPUT", "context"), id="no-context"),
        pytest.param({"context": CONTEXT}, ("REQUIRED_INPUT", "query"), id="no-query"),
        pytest.param(body(query={}), ("REQUIRED_INPUT", "query.ssin"), id="no-ssin"),
        pytest.param(body(query=None), ("SCHEMA_VIOLATION", "query"), id="null-query"),
        pytest.param(body(query=[SSIN]), ("SCHEMA_VIOLATION", "query"), id="query-array"),
        pytest.param(body(query={"ssin": 1}), ("SCHEMA_VIOLATION", "query.ssin"), id="ssin-number"),
        pytest.param(body(query={"ssin": "1"}), ("SCHEMA_VIOLATION", "query.ssin"), id="ssin-short"),
        pytest.param(
            body(query={"ssin": SSIN + "\n"}), ("SCHEMA_VIOLATION", "query.ssin"), id="ssin-newline"
        ),
        pytest.param(body(query={"ssin": "٠" * 11}), ("SCHEMA_VIOLATION", "query.ssin"), id="ssin-arabic"),
        pytest.param(
            body(query={"ssin": WRONG_SSIN}), ("INVALID_STRUCTURE", "query.ssin"), id="check-digits"
        ),
        pytest.param(body(query={"ssin": SSIN, "x": 1}), ("UNKNOWN_INPUT", "query.x"), id="unknown-member"),
        pytest.param(
            body(query={"ssin": SSIN, "x y": 1}), ("UNKNOWN_INPUT", "query"), id="untellable-member"
        ),
        pytest.param(body(more=1), ("UNKNOWN_INPUT", "more"), id="unknown-part"),
        pytest.param(
            body(confirm={"address": ADDRESS}), ("UNKNOWN_INPUT", "confirm"), id="confirm-in-data-mode"
        ),
        pytest.param(period(), ("REQUIRED_INPUT", "query.period.startDate"), id="period-empty"),
        pytest.param(
            period(startDate="2021-02-29"), ("SCHEMA_VIOLATION", "query.period.startDate"), id="no-such-day"
        ),
        pytest.param(
            period(startDate="2021-W01-1"), ("SCHEMA_VIOLATION", "query.period.startDate"), id="week-date"
        ),
        pytest.param(
            period(startDate="1899-12-31"), ("OUT_OF_RANGE", "query.period.startDate"), id="absurd-start"
        ),
        pytest.param(
            period(startDate="2020-01-01", endDate="2101-01-01"),
            ("OUT_OF_RANGE", "query.period.endDate"),
            id="absurd-end",
        ),
        pytest.param(
            period(startDate="2020-01-02", endDate="2020-01-01"),
            ("INVALID_PERIOD", "query.period"),
            id="backwards",
        ),
        pytest.param(
            body(context={"caseReference": "1", "endUser": {}}),
            ("REQUIRED_INPUT", "context.endUser.id"),
            id="end-user-without-id",
        ),
        pytest.param(
            body(context=CONTEXT | {"caseReference": "x" * 65}),
            ("SCHEMA_VIOLATION", "context.caseReference"),
            id="case-too-long",
        ),
    ],
)
def test_one_fault_is_told_with_type_and_place(sent: object, fault: tuple[str, str]) -> None:
    assert faults(sent) == [fault]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        pytest.param({}, ("REQUIRED_INPUT", "confirm"), id="empty"),
        pytest.param({"name": {}, "address": ADDRESS}, ("UNKNOWN_INPUT", "confirm.name"), id="another-name"),
        pytest.param({"address": "Rue"}, ("SCHEMA_VIOLATION", "confirm.address"), id="plain-text"),
        pytest.param(
            {"address": {"houseNumber": "1", "postalCode": "1000"}},
            ("REQUIRED_INPUT", "confirm.address.street"),
            id="no-street",
        ),
        pytest.param(
            {"address": ADDRESS | {"houseNumber": 12}},
            ("SCHEMA_VIOLATION", "confirm.address.houseNumber"),
            id="number-not-text",
        ),
        pytest.param(
            {"address": ADDRESS | {"box": None}}, ("SCHEMA_VIOLATION", "confirm.address.box"), id="null-box"
        ),
        pytest.param(
            {"address": ADDRESS | {"street": "x" * 129}},
            ("SCHEMA_VIOLATION", "confirm.address.street"),
            id="street-too-long",
        ),
        pytest.param(
            {"address": ADDRESS | {"nisCode": "21004"}},
            ("UNKNOWN_INPUT", "confirm.address.nisCode"),
            id="unknown",
        ),
    ],
)
def test_a_malformed_value_to_compare_refuses_the_whole(values: object, fault: tuple[str, str]) -> None:
    assert faults(body(confirm=values), CONFIRM) == [fault]


def test_confirm_mode_needs_something_to_compare() -> None:
    assert faults(body(), CONFIRM) == [("REQUIRED_INPUT", "confirm")]


def test_every_fault_is_told_at_once() -> None:
    sent = {
        "query": {"ssin": WRONG_SSIN, "period": {"endDate": "x"}, "other": 1},
        "confirm": {"address": {"street": 1}},
        "context": {"caseReference": "\t", "endUser": 2},
        "extra": 1,
    }
    assert faults(sent, CONFIRM) == [
        ("INVALID_STRUCTURE", "query.ssin"),
        ("REQUIRED_INPUT", "query.period.startDate"),
        ("SCHEMA_VIOLATION", "query.period.endDate"),
        ("UNKNOWN_INPUT", "query.other"),
        ("SCHEMA_VIOLATION", "confirm.address.street"),
        ("REQUIRED_INPUT", "confirm.address.houseNumber"),
        ("REQUIRED_INPUT", "confirm.address.postalCode"),
        ("INVALID_INPUT", "context.caseReference"),
        ("SCHEMA_VIOLATION", "context.endUser"),
        ("UNKNOWN_INPUT", "extra"),
    ]


def test_a_thousand_faults_are_told_as_a_hundred() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    many = {first + second: 1 for first in letters for second in letters}
    assert len(refusal(body(query={"ssin": SSIN} | many)).issues) == 100


def test_faults_of_the_text_come_first() -> None:
    with pytest.raises(RequestInvalid) as refused:
        parse(b'{"query": {"ssin": "1", "ssin": "2"}}', DATA, SERVICE, True)
    assert [issue.name for issue in refused.value.issues] == ["query.ssin"]
    with pytest.raises(PayloadTooLarge):
        parse(b" " * 65_537, DATA, SERVICE, True)


def test_a_refusal_keeps_what_could_be_read_for_its_record() -> None:
    refused = refusal(body(query={"ssin": SSIN, "other": 1}))
    assert refused.subjects == (Subject(SubjectType.PERSON, SSIN, SubjectRole.ASKED),)
    assert refused.asked == ("query.ssin",)
    assert refused.body is not None
    assert json.loads(refused.body)["query"]["other"] == 1
    unread = refusal([])
    assert (unread.subjects, unread.asked, unread.body) == ((), None, None)
    for query in (None, {}, {"ssin": 1}, {"ssin": WRONG_SSIN}):
        assert refusal(body(query=query)).subjects == ()


def test_nothing_that_was_sent_is_repeated() -> None:
    sent = {
        "query": {"ssin": "taken1", "Jan Taken2": 1, "period": {"startDate": "taken3"}},
        "confirm": {"address": {"street": "taken4\n", "houseNumber": ["taken5"]}, "taken 6": 1},
        "context": {"caseReference": "taken7" * 20, "endUser": {"id": {"taken8": 1}}},
    }
    refused = refusal(sent, CONFIRM)
    assert "taken" not in (repr(refused.issues) + str(refused)).lower()


def test_synthetic_and_real_numbers_never_mix() -> None:
    real = ssin(month=1)
    assert read(body(query={"ssin": real}), synthetic=False).query.values == {"ssin": real}
    for number, synthetic in ((real, True), (SSIN, False)):
        refused = refusal(body(query={"ssin": number}), synthetic=synthetic)
        assert [issue.type for issue in refused.issues] == [IssueType.INVALID_STRUCTURE]
        assert number not in repr(refused.issues)


def test_a_group_is_confirmable_when_all_its_members_are_granted() -> None:
    assert set(confirm_schema(CONFIRM, SERVICE)["properties"]) == {"address"}
    part = replace(CONFIRM, fields=CONFIRM.fields[1:])
    assert confirm_schema(part, SERVICE)["properties"] == {}
    assert faults(body(confirm={"address": ADDRESS}), part) == [("UNKNOWN_INPUT", "confirm.address")]


def test_forms_of_different_flows_are_not_mixed_up() -> None:
    free = replace(DATA, requires_case=False, requires_end_user=False)
    for _ in range(2):
        assert faults({"query": {"ssin": SSIN}}) == [("REQUIRED_INPUT", "context")]
        assert read({"query": {"ssin": SSIN}}, free).asked == ("query.ssin",)


def test_the_published_schema_of_a_query_takes_what_is_taken() -> None:
    schema = query_schema(SERVICE)
    assert schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["ssin"],
        "properties": {
            "ssin": {
                "type": "string",
                "pattern": "^[0-9]{11}$",
                "description": schema["properties"]["ssin"]["description"],
            },
            "period": {
                "type": "object",
                "additionalProperties": False,
                "required": ["startDate"],
                "description": schema["properties"]["period"]["description"],
                "properties": {
                    "startDate": {"type": "string", "format": "date"},
                    "endDate": {"type": "string", "format": "date"},
                },
            },
        },
    }


def test_a_member_may_be_called_title_or_default() -> None:
    service = replace(
        SERVICE,
        members=(QueryMember("title", "ssin", True, None), QueryMember("default", "ssin", True, None)),
    )
    assert set(query_schema(service)["properties"]) == {"title", "default"}


def test_the_published_schema_of_values_to_compare_takes_what_is_taken() -> None:
    schema = confirm_schema(CONFIRM, SERVICE)
    jsonschema.validate({"address": ADDRESS}, schema)
    wrongs: tuple[dict[str, Any], ...] = (
        {},
        {"name": 1},
        {"address": {}},
        {"address": ADDRESS | {"box": ""}},
        {"address": ADDRESS | {"x": ""}},
    )
    for wrong in wrongs:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


NAMES = st.sampled_from(
    ["query", "confirm", "context", "ssin", "period", "address", "endUser", "id", "street", "é"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from([SSIN, "", " ", "2020-01-01", "x" * 200]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=4), st.sampled_from([DATA, CONFIRM]))
def test_any_body_is_read_or_refused_with_known_types(sent: Mapping[str, Any], flow: Flow) -> None:
    try:
        request = read(sent, flow)
    except RequestInvalid as refused:
        told = refused.issues
    else:
        told = ()
        jsonschema.validate(request.query.values, query_schema(SERVICE))
    assert all(issue.detail.isascii() and issue.location == "body" for issue in told)
