"""What can be compared in confirm mode, and in which form it is sent (formats.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Form:
    """The members of a value to compare, each plain text."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


FORMS: Mapping[str, Form] = MappingProxyType(
    {"address": Form(("street", "houseNumber", "postalCode"), ("box", "municipality"))}
)
"""By name of the group. Each has its judge in `fidus/confirm.py`."""
