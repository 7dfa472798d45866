"""The pydantic models behind `fidus/request.py`: made from what services and flows say, never written twice.

Whatever is refused here carries a name of `IssueType` and a fixed sentence; nothing quotes what was sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from fidus.errors import IssueType
from fidus.identifiers import Ssin, parse_incomplete_date
from fidus.model import QueryMember

FIRST_YEAR, LAST_YEAR = 1900, 2100
MOST_TOLERANCE = 10  # years, as the phonetic search of the Crossroads Bank takes them
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOT_PRINTED = frozenset({"Cc", "Cf", "Zl", "Zp"})


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Some(_Form):
    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _not_empty(self) -> _Some:
        if not self.model_fields_set:
            raise _refused(IssueType.REQUIRED_INPUT, "Nothing is sent to compare: send at least one member")
        return self


def _refused(issue: IssueType, sentence: str) -> PydanticCustomError:
    return PydanticCustomError(issue.name, sentence)


def plain_text(most: int) -> Any:
    """The type of text that a person typed: 1 to `most` characters, not only blanks, nothing invisible."""

    def check(text: str) -> str:
        if not 1 <= len(text) <= most:
            raise _refused(IssueType.SCHEMA_VIOLATION, f"This text has 1 to {most} characters: send so many")
        if text.isspace():
            raise _refused(IssueType.INVALID_INPUT, "This text holds blanks only: send its content")
        if any(unicodedata.category(character) in _NOT_PRINTED for character in text):
            raise _refused(IssueType.INVALID_INPUT, "This text holds control characters: leave them out")
        return text

    schema: dict[str, Any] = {"minLength": 1, "maxLength": most}
    return Annotated[str, AfterValidator(check), Field(json_schema_extra=schema)]


def _ssin(text: str, info: ValidationInfo[Mapping[str, bool]]) -> str:
    if not (len(text) == 11 and text.isascii() and text.isdigit()):
        raise _refused(IssueType.SCHEMA_VIOLATION, "An SSIN is a string of 11 digits: send it without marks")
    assert info.context is not None
    try:
        return Ssin.parse(text, synthetic=info.context["synthetic"]).value
    except ValueError as error:
        raise _refused(IssueType.INVALID_STRUCTURE, f"{error}: check the number") from None


def _day(text: str) -> str:
    wrong = _refused(IssueType.SCHEMA_VIOLATION, "A date reads yyyy-mm-dd and exists: send such a date")
    if not _DAY.fullmatch(text):
        raise wrong
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise wrong from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        sentence = f"Dates are taken from {FIRST_YEAR} to {LAST_YEAR}: send one of these years"
        raise _refused(IssueType.OUT_OF_RANGE, sentence)
    return text


_Day = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]


class _Period(_Form):
    """Days in Brussels, both included. Without end: until today."""

    start: _Day = Field(alias="startDate")
    end: _Day = Field(alias="endDate", default="")

    @model_validator(mode="after")
    def _in_order(self) -> _Period:
        if self.end and self.end < self.start:
            raise _refused(
                IssueType.INVALID_PERIOD, "The period ends before it starts: send its days in order"
            )
        return self


_Ssin = Annotated[
    str,
    AfterValidator(_ssin),
    Field(
        description="Social security identification number, national or bis; check digits must be right.",
        json_schema_extra={"pattern": "^[0-9]{11}$"},
    ),
]


def _incomplete(text: str) -> str:
    try:
        parse_incomplete_date(text)
    except ValueError:
        sentence = "A date reads yyyy-mm-dd, with 00 for a day or month that is not known: send such a date"
        raise _refused(IssueType.INVALID_INPUT, sentence) from None
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        sentence = f"Dates are taken from {FIRST_YEAR} to {LAST_YEAR}: send one of these years"
        raise _refused(IssueType.OUT_OF_RANGE, sentence)
    return text


_IncompleteDate = Annotated[
    str,
    AfterValidator(_incomplete),
    Field(
        description="yyyy-mm-dd, yyyy-mm-00 or yyyy-00-00.",
        json_schema_extra={"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    ),
]


def _years(number: int) -> int:
    if not 0 <= number <= MOST_TOLERANCE:
        sentence = f"The tolerance is from 0 to {MOST_TOLERANCE} years: send such a number"
        raise _refused(IssueType.OUT_OF_RANGE, sentence)
    return number


_Tolerance = Annotated[
    int,
    AfterValidator(_years),
    Field(
        description="How many years before or after may be meant.",
        json_schema_extra={"minimum": 0, "maximum": MOST_TOLERANCE},
    ),
]

KINDS: Mapping[str, Any] = {
    "ssin": _Ssin,
    "period": _Period,
    "day": _Day,
    "incompleteDate": _IncompleteDate,
    "tolerance": _Tolerance,
    "name": plain_text(64),
}
"""What a member of a service's query can be (`kind` in the source's manifest)."""


@lru_cache(maxsize=1024)
def query_form(members: tuple[QueryMember, ...]) -> type[BaseModel]:
    """The model of `query` with these members."""
    return group_form({member.name: (KINDS[member.kind], member.required) for member in members})


def group_form(members: Mapping[str, tuple[Any, bool]]) -> type[BaseModel]:
    """A model of members by name: (type, whether it is required)."""
    fields: dict[str, Any] = {
        name: (type_, ... if required else None) for name, (type_, required) in members.items()
    }
    return create_model("Form", __base__=_Form, **fields)


def some_of(members: Mapping[str, type[BaseModel]]) -> type[BaseModel]:
    """A model of which at least one member is sent."""
    fields: dict[str, Any] = {name: (form, None) for name, form in members.items()}
    return create_model("Some", __base__=_Some, **fields)


def context_form(*, case: bool, end_user: bool) -> tuple[Any, Any]:
    """Type and default of `context`: which case, and who asks within the institution."""
    text = plain_text(64)
    user = group_form({"id": (text, True)})
    context = group_form({"caseReference": (text, case), "endUser": (user, end_user)})
    return (context, ... if case or end_user else None)


def whole_form(parts: Mapping[str, tuple[Any, Any]]) -> type[BaseModel]:
    """The model of a whole body: (type, default) by name."""
    fields: dict[str, Any] = dict(parts)
    return create_model("Body", __base__=_Form, **fields)
