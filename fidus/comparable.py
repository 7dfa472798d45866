"""What can be compared in confirm mode, in which form it is sent (formats.md §4), and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Form:
    """The members of a value to compare, each plain text unless `kinds` says otherwise (names of
    `request_forms.KINDS`)."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "address": Form(("street", "houseNumber", "postalCode"), ("box", "municipality")),
        "name": Form(("familyName",), ("givenNames",)),
        "birth": Form(("date",), kinds={"date": "day"}),
    }
)
"""By name of the group. Each has its judge in `fidus/confirm.py`."""


class Verdict(StrEnum):
    """YES: the same by meaning. NO: something differs. UNKNOWN: the source cannot tell, or may not."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """One for many: no if any is no, else unknown if any is (or there is none), else yes."""
    found = set(verdicts)
    if Verdict.NO in found:
        return Verdict.NO
    return Verdict.YES if found == {Verdict.YES} else Verdict.UNKNOWN
