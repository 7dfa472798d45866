"""The store: what is kept beside the log, written only within the log's own transactions.

One module a family of tables: how the writer applies its rows, and how they are read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from audit.group import Applier
from fidus.store import catalogue, consultations, leases
from fidus.store.schema import PART

APPLIERS: Final[Mapping[str, Applier]] = MappingProxyType(
    {"catalogue": catalogue.apply, "consultations": consultations.apply, "leases": leases.apply}
)
"""What the log's writer needs to know of these tables: who applies which family."""

__all__ = ["APPLIERS", "PART"]
