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

from fidus.asked import IDS
from fidus.errors import IssueType
from fidus.identifiers import parse_incomplete_date
from fidus.model import QueryMember

FIRST_YEAR, LAST_YEAR = 1900, 2100
MOST_METRES = 300_000  # beyond which Belgian Lambert 72 has nothing of Belgium
MOST_TOLERANCE = 10  # years, as the phonetic search of the Crossroads Bank takes them
MOST_NAMES = 1000  # as many as a flow file may have fields
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
        # What Python calls printable has none of these categories; so most texts are not looked through.
        if not text.isprintable() and any(unicodedata.category(one) in _NOT_PRINTED for one in text):
            raise _refused(IssueType.INVALID_INPUT, "This text holds control characters: leave them out")
        return text

    schema: dict[str, Any] = {"minLength": 1, "maxLength": most}
    return Annotated[str, AfterValidator(check), Field(json_schema_extra=schema)]


def _day(text: str) -> str:
    wrong = _refused(IssueType.SCHEMA_VIOLATION, "A date reads yyyy-mm-dd and exists: send such a date")
    if not _DAY.fullmatch(text):
        raise wrong
    try:
        date.fromisoformat(text)
    except ValueError:
        raise wrong from None
    return _of_these_years(text)


def _of_these_years(text: str) -> str:
    """A date that begins with its year."""
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
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


def _incomplete(text: str) -> str:
    try:
        parse_incomplete_date(text)
    except ValueError:
        sentence = "A date reads yyyy-mm-dd, with 00 for a day or month that is not known: send such a date"
        raise _refused(IssueType.INVALID_INPUT, sentence) from None
    return _of_these_years(text)


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


def _identifier(kind: str, pattern: str, told: str, description: str) -> Any:
    """A string of this form, sent without marks and in capitals, that its own rule takes."""
    form = re.compile(pattern)

    def check(text: str, info: ValidationInfo[Mapping[str, bool]]) -> str:
        if not form.fullmatch(text):
            raise _refused(IssueType.SCHEMA_VIOLATION, f"{told}: send it without marks")
        assert info.context is not None
        try:
            IDS[kind](text, info.context["synthetic"])
        except ValueError as error:
            raise _refused(IssueType.INVALID_STRUCTURE, f"{error}: check the number") from None
        return text

    schema: dict[str, Any] = {"pattern": f"^{pattern}$"}
    return Annotated[str, AfterValidator(check), Field(description=description, json_schema_extra=schema)]


def _unifier(text: str) -> str:
    if not re.fullmatch("[0-9]{2}", text):
        raise _refused(IssueType.SCHEMA_VIOLATION, "A unifier is a string of 2 digits: send it so")
    return text


def _postal_code(text: str) -> str:
    if not re.fullmatch("[1-9][0-9]{3}", text):
        raise _refused(IssueType.SCHEMA_VIOLATION, "A postal code is a string of 4 digits: send it so")
    return text


_PostalCode = Annotated[
    str,
    AfterValidator(_postal_code),
    Field(description="Belgian postal code.", json_schema_extra={"pattern": "^[1-9][0-9]{3}$"}),
]
_Unifier = Annotated[str, AfterValidator(_unifier), Field(json_schema_extra={"pattern": "^[0-9]{2}$"})]
_Ssin = _identifier(
    "ssin",
    "[0-9]{11}",
    "An SSIN is a string of 11 digits",
    "Social security identification number, national or bis; check digits must be right.",
)
_EnterpriseNumber = _identifier(
    "enterpriseNumber",
    "[01][0-9]{9}",
    "An enterprise number is a string of 10 digits, the first 0 or 1",
    "Number in the Crossroads Bank for Enterprises; check digits must be right.",
)
_EstablishmentNumber = _identifier(
    "establishmentNumber",
    "[2-8][0-9]{9}",
    "An establishment number is a string of 10 digits, the first from 2 to 8",
    "Number of an establishment unit; check digits must be right.",
)
_Plate = _identifier(
    "plate", "[A-Z0-9]{1,10}", "A plate has 1 to 10 capitals and digits", "Belgian registration plate."
)
_Vin = _identifier(
    "vin",
    "[A-HJ-NPR-Z0-9]{17}",
    "A VIN has 17 capitals and digits, without I, O and Q",
    "Vehicle identification number (ISO 3779).",
)


def _building_id(text: str) -> str:
    if not re.fullmatch("[0-9]{1,20}", text):
        raise _refused(IssueType.SCHEMA_VIOLATION, "The id of a building has 1 to 20 digits: send it so")
    return text


_BuildingId = Annotated[
    str,
    AfterValidator(_building_id),
    Field(
        description="Number of a building, the last part of its URI.",
        json_schema_extra={"pattern": "^[0-9]{1,20}$"},
    ),
]


def _coordinate(metres: float) -> float:
    if not 0 <= metres <= MOST_METRES:
        sentence = f"A coordinate is from 0 to {MOST_METRES} metres: send one in Belgian Lambert 72"
        raise _refused(IssueType.OUT_OF_RANGE, sentence)
    return metres


_Coordinate = Annotated[
    float,
    AfterValidator(_coordinate),
    Field(
        description="Metres in Belgian Lambert 72 (EPSG:31370).",
        json_schema_extra={"minimum": 0, "maximum": MOST_METRES},
    ),
]

KINDS: Mapping[str, Any] = {
    "ssin": _Ssin,
    "enterpriseNumber": _EnterpriseNumber,
    "establishmentNumber": _EstablishmentNumber,
    "plate": _Plate,
    "vin": _Vin,
    "unifier": _Unifier,
    "postalCode": _PostalCode,
    "period": _Period,
    "day": _Day,
    "incompleteDate": _IncompleteDate,
    "tolerance": _Tolerance,
    "name": plain_text(64),
    "addressText": plain_text(200),
    "streetName": plain_text(120),
    "houseNumber": plain_text(12),
    "buildingId": _BuildingId,
    "coordinate": _Coordinate,
}
"""What a member of a service's query can be (`kind` in the source's manifest)."""


@lru_cache(maxsize=1024)
def query_form(
    members: tuple[QueryMember, ...], choices: tuple[tuple[str, ...], ...] = ()
) -> type[BaseModel]:
    """The model of `query` with these members, of which exactly one set of `choices` is sent."""
    fields = {member.name: (KINDS[member.kind], member.required) for member in members}
    return group_form(fields, _one_of(choices) if choices else _Form)


def _one_of(choices: tuple[tuple[str, ...], ...]) -> type[_Form]:
    """A model whose members come as exactly one of these sets."""
    told = ", or ".join(" with ".join(f"`{name}`" for name in choice) for choice in choices)
    named = frozenset(name for choice in choices for name in choice)

    class Chosen(_Form):
        model_config = ConfigDict(json_schema_extra={"oneOf": [_only(one, named) for one in choices]})

        @model_validator(mode="after")
        def _exactly_one(self) -> Chosen:
            sent = self.model_fields_set & named
            if not any(sent == set(choice) for choice in choices):
                raise _refused(IssueType.EXACTLY_ONE_OF, f"Exactly one of these is expected: send {told}")
            return self

    return Chosen


def _only(choice: tuple[str, ...], named: frozenset[str]) -> Any:
    """JSON Schema: these, and none of the others."""
    others = [{"required": [name]} for name in sorted(named.difference(choice))]
    return {"required": [*choice], "not": {"anyOf": others}}


def group_form(members: Mapping[str, tuple[Any, bool]], base: type[BaseModel] = _Form) -> type[BaseModel]:
    """A model of members by name: (type, whether it is required)."""
    fields: dict[str, Any] = {
        name: (type_, ... if required else None) for name, (type_, required) in members.items()
    }
    return create_model("Form", __base__=base, **fields)


def some_of(members: Mapping[str, type[BaseModel]]) -> type[BaseModel]:
    """A model of which at least one member is sent."""
    fields: dict[str, Any] = {name: (form, None) for name, form in members.items()}
    return create_model("Some", __base__=_Some, **fields)


def names_of(known: frozenset[str]) -> Any:
    """The type of a list of some of these names, at least one."""

    def check(name: str) -> str:
        if name not in known:
            raise _refused(IssueType.UNKNOWN_INPUT, "A name is none of the flow's `fields`: leave it out")
        return name

    def check_number(names: list[str]) -> list[str]:
        if not 1 <= len(names) <= MOST_NAMES:
            raise _refused(IssueType.SCHEMA_VIOLATION, f"Send 1 to {MOST_NAMES} names, or leave the list out")
        return names

    return Annotated[list[Annotated[str, AfterValidator(check)]], AfterValidator(check_number)]


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
