"""Strict reading of a TOML file that a person wrote: every fault at once, each with line and cure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.tomllines import Place, lines_of

MAX_BYTES: Final = 65_536
MAX_LINE: Final = 4_096  # a longer dotted key takes tomllib seconds: it is quadratic in the parts of a key
_AT_LINE = re.compile(r"line (\d+)")
_WILDCARDS = re.compile(r"[*?%]")


class Strict(BaseModel):
    """A table of a file: unknown members are refused, and nothing is converted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _text(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "is blank")
    if any(unicodedata.category(character)[0] == "C" for character in text):
        raise PydanticCustomError("control", "holds a control character or a line break")
    if "*" in text:
        raise PydanticCustomError("wildcard", "holds a wildcard, and a flow has none")
    return text


def _name(name: str) -> str:
    if _WILDCARDS.search(name):
        raise PydanticCustomError("wildcard", "holds a wildcard, and a flow has none")
    return _text(name)


Text: TypeAlias = Annotated[str, AfterValidator(_text)]
"""One line for people to read."""

Name: TypeAlias = Annotated[str, AfterValidator(_name)]
"""The name of one thing."""


class Texts(Strict):
    """The same text in each language."""

    fr: Text
    nl: Text
    de: Text
    en: Text


Table = TypeVar("Table", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Checked(Generic[Table]):
    """What a file says. `sound`: the members that are right; the others hold a stand-in or their default."""

    toml: TomlFile
    table: Table
    sound: frozenset[str]
    faults: tuple[ConfigurationFault, ...]


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file that is TOML. `lines`: where each member stands, as far as it can be told."""

    path: str
    data: Mapping[str, Any] = field(repr=False)
    lines: Mapping[Place, int] = field(repr=False)

    def fault(self, place: Place, problem: str, cure: str) -> ConfigurationFault:
        """A fault at this member, or where the nearest one around it stands."""
        around = (place[:length] for length in range(len(place), 0, -1))
        line = next((self.lines[one] for one in around if one in self.lines), 0)
        return ConfigurationFault(self.path, line, problem, cure)

    def read_as(self, table: type[Table], examples: Mapping[str, str]) -> Table:
        """The content, checked. `examples`: dotted member name -> how it is written, for the cures.

        Raises ConfigurationInvalid with every fault.
        """
        try:
            return table.model_validate(self.data)
        except ValidationError as error:
            raise ConfigurationInvalid(self._faults(error, examples)) from None

    def check(
        self, table: type[Table], examples: Mapping[str, str], stand_ins: Mapping[str, Any]
    ) -> Checked[Table]:
        """The same without raising, so that what is right can be checked further.

        `stand_ins`: for each member that is required, a value to stand where it is missing or wrong.
        """
        try:
            return Checked(self, table.model_validate(self.data), frozenset(table.model_fields), ())
        except ValidationError as error:
            faults = self._faults(error, examples)
            wrong = {str(detail["loc"][0]) for detail in error.errors(include_input=False)}
        right = {name: value for name, value in self.data.items() if name not in wrong}
        filled = table.model_validate({**stand_ins, **right})
        return Checked(self, filled, frozenset(table.model_fields) - wrong, faults)

    def _faults(self, error: ValidationError, examples: Mapping[str, str]) -> tuple[ConfigurationFault, ...]:
        details = error.errors(include_input=False, include_url=False)
        return tuple(self._fault(detail, examples) for detail in details)

    def _fault(self, detail: ErrorDetails, examples: Mapping[str, str]) -> ConfigurationFault:
        place = detail["loc"]
        name = ".".join(part for part in place if isinstance(part, str))
        example = next((examples[known] for known in _and_above(name) if known in examples), None)
        cure = "Correct it" if example is None else f"Write it like this: {example}"
        if detail["type"] == "extra_forbidden":
            cure = "Correct its name, or take it out"
        return self.fault(place, f"{_quoted(name)} {_problem(detail)}", cure)


def read_toml(path: str, raw: bytes) -> TomlFile:
    """Raises ConfigurationInvalid if these bytes are no TOML, or more than a person would write."""
    if len(raw) > MAX_BYTES:
        raise ConfigurationInvalid((too_large(path),))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _invalid(path, line, "it is not UTF-8", "Save it in UTF-8") from None
    for number, line_text in enumerate(text.split("\n"), start=1):
        if len(line_text) > MAX_LINE:
            raise _invalid(path, number, f"the line has more than {MAX_LINE} characters", "Break it up")
    try:
        return TomlFile(path, tomllib.loads(text), lines_of(text))
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1  # "at end of document"
        raise _invalid(path, line, f"it is not TOML: {shown(str(error))}", "Correct the syntax") from None
    except (ValueError, RecursionError):  # what tomllib lets through: a number or a depth without end
        raise _invalid(path, 0, "it is not TOML that a person would write", "Simplify it") from None


def too_large(path: str) -> ConfigurationFault:
    """The fault of a file with more than MAX_BYTES."""
    return ConfigurationFault(path, 0, f"it has more than {MAX_BYTES} bytes", "Shorten its texts")


def shown(text: str) -> str:
    """At most 200 characters of it, fit for a terminal, whatever stood in the file."""
    return text[:200] if text.isprintable() else text[:200].encode("unicode_escape").decode("ascii")


def _invalid(path: str, line: int, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(path, line, problem, cure),))


def _and_above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _quoted(name: str) -> str:
    return f"`{shown(name)}`"


def _problem(detail: ErrorDetails) -> str:
    template = _PROBLEMS.get(detail["type"])
    if template is None:
        return detail["msg"]
    return template.format(**detail.get("ctx", {}))


_PROBLEMS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not a member that is known here",
    "string_type": "is not a text in quotes",
    "int_type": "is not a whole number",
    "bool_type": "is neither true nor false",
    "date_type": "is not a day, which is written without quotes and without a time",
    "list_type": "is not a list",
    "dict_type": "is not a table",
    "model_type": "is not a table",
    "literal_error": "is not {expected}",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "too_short": "has less than {min_length}",
    "too_long": "has more than {max_length}",
    "string_too_long": "has more than {max_length} characters",
    "string_pattern_mismatch": "is not written as it must be",
}
