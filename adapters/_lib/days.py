"""Days and moments as the registers of this country mean them: in Brussels."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from adapters._lib.codes import NotAsAgreed

BRUSSELS: Final = ZoneInfo("Europe/Brussels")


def midnight(day: date) -> str:
    """The first moment of a day, in UTC, as RFC 3339 writes it."""
    begins = datetime.combine(day, datetime.min.time(), BRUSSELS)
    return begins.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_of(moment: str) -> str:
    """The day on which a moment of RFC 3339 falls. Raises NotAsAgreed."""
    try:
        return datetime.fromisoformat(moment).astimezone(BRUSSELS).date().isoformat()
    except (ValueError, OverflowError):  # a leap second, or a year beyond the calendar
        raise NotAsAgreed("a moment in the answer is none") from None
