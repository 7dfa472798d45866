"""The kinds of text that a person types into a request."""

from __future__ import annotations

import unicodedata

import pytest
from pydantic import ValidationError

from fidus.errors import IssueType
from fidus.request_forms import KINDS, group_form, plain_text, some_of

FORM = group_form({"text": (plain_text(64), True)})


def fault(text: object) -> str:
    with pytest.raises(ValidationError) as refused:
        FORM.model_validate({"text": text})
    [error] = refused.value.errors()
    return error["type"]


@pytest.mark.parametrize("text", ["a", "x" * 64, " a ", "Ελένη", "O'Neill & Cie (12/3)", "😀" * 64])
def test_plain_text_is_taken_as_it_is(text: str) -> None:
    assert FORM.model_validate({"text": text}).model_dump() == {"text": text}


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        pytest.param("", IssueType.SCHEMA_VIOLATION, id="empty"),
        pytest.param("x" * 65, IssueType.SCHEMA_VIOLATION, id="too-long"),
        pytest.param(" \u00a0\u3000", IssueType.INVALID_INPUT, id="blanks"),
        pytest.param("a\u0000b", IssueType.INVALID_INPUT, id="nul"),
        pytest.param("a\nb", IssueType.INVALID_INPUT, id="line-break"),
        pytest.param("a\u2028b", IssueType.INVALID_INPUT, id="line-separator"),
        pytest.param("a\u202eb", IssueType.INVALID_INPUT, id="written-backwards"),
        pytest.param("a\u200bb", IssueType.INVALID_INPUT, id="invisible"),
    ],
)
def test_other_text_is_refused(text: str, type_: IssueType) -> None:
    assert fault(text) == type_.name


@pytest.mark.parametrize("value", [1, 1.0, True, None, [], {}])
def test_nothing_is_turned_into_text(value: object) -> None:
    assert fault(value) == "string_type"


def test_an_optional_member_that_was_not_sent_is_not_there() -> None:
    form = some_of({"one": FORM, "other": FORM})
    assert form.model_validate({"one": {"text": "a"}}).model_dump(exclude_unset=True) == {
        "one": {"text": "a"}
    }


def kind_fault(kind: str, value: object) -> str | None:
    form = group_form({"value": (KINDS[kind], True)})
    try:
        form.model_validate({"value": value})
    except ValidationError as refused:
        return refused.errors()[0]["type"]
    return None


@pytest.mark.parametrize(
    ("kind", "value", "type_"),
    [
        pytest.param("tolerance", 0, None, id="none"),
        pytest.param("tolerance", 10, None, id="most"),
        pytest.param("tolerance", 11, IssueType.OUT_OF_RANGE.name, id="more"),
        pytest.param("tolerance", -1, IssueType.OUT_OF_RANGE.name, id="less"),
        pytest.param("tolerance", True, "int_type", id="no-number"),
        pytest.param("tolerance", 1.0, "int_type", id="no-whole-number"),
        pytest.param("incompleteDate", "1974-03-09", None, id="day"),
        pytest.param("incompleteDate", "1974-03-00", None, id="month"),
        pytest.param("incompleteDate", "1974-00-00", None, id="year"),
        pytest.param("incompleteDate", "1974-00-09", IssueType.INVALID_INPUT.name, id="day-without-month"),
        pytest.param("incompleteDate", "1974-02-30", IssueType.INVALID_INPUT.name, id="no-such-day"),
        pytest.param("incompleteDate", "1974", IssueType.INVALID_INPUT.name, id="another-form"),
        pytest.param("incompleteDate", "1874-02-01", IssueType.OUT_OF_RANGE.name, id="long-ago"),
        pytest.param("postalCode", "1000", None, id="postal-code"),
        pytest.param("postalCode", "0999", IssueType.SCHEMA_VIOLATION.name, id="no-postal-code"),
        pytest.param("postalCode", "B-1000", IssueType.SCHEMA_VIOLATION.name, id="with-country"),
        pytest.param("coordinate", 0, None, id="origin"),
        pytest.param("coordinate", 149_000.25, None, id="metres"),
        pytest.param("coordinate", 300_000.1, IssueType.OUT_OF_RANGE.name, id="far-away"),
        pytest.param("coordinate", -0.5, IssueType.OUT_OF_RANGE.name, id="negative"),
        pytest.param("coordinate", True, "float_type", id="no-coordinate"),
        pytest.param("coordinate", "1", "float_type", id="a-number-as-text"),
        pytest.param("buildingId", "1234", None, id="building"),
        pytest.param("buildingId", "12a", IssueType.SCHEMA_VIOLATION.name, id="no-building"),
        pytest.param("buildingId", "1" * 21, IssueType.SCHEMA_VIOLATION.name, id="long-building"),
        pytest.param("houseNumber", "116-118", None, id="house-number"),
        pytest.param("houseNumber", "1" * 13, IssueType.SCHEMA_VIOLATION.name, id="long-house-number"),
        pytest.param("addressText", "x" * 200, None, id="long-text"),
        pytest.param("streetName", "x" * 121, IssueType.SCHEMA_VIOLATION.name, id="long-street"),
        pytest.param("day", "1974-03-00", IssueType.SCHEMA_VIOLATION.name, id="no-whole-day"),
    ],
)
def test_a_kind_takes_what_it_means(kind: str, value: object, type_: str | None) -> None:
    assert kind_fault(kind, value) == type_


def test_what_python_calls_printable_has_nothing_invisible() -> None:
    printable = (chr(point) for point in range(0x110000) if chr(point).isprintable())
    assert not {unicodedata.category(one) for one in printable} & {"Cc", "Cf", "Zl", "Zp"}
