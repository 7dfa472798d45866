"""One operation of a SOAP source: what is sent, what comes back, and how either is written and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from fidus.model import Answer, Query


class NotTreated(ValueError):
    """The source says that it could not treat the question. The text is a fixed phrase."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and when. `customer`: our enterprise number; `ticket`: a UUID of ours, new for each."""

    customer: str
    legal_context: str
    ticket: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the source: SOAPAction, the contract's schema, the element of its answer, how the
    content of a Body is written and read (with the source's own tables)."""

    action: str
    schema: str
    answer: str
    write: Callable[[Query, Asking], bytes]
    read: Callable[[etree._Element, Query, Any, Asking], Answer]
