"""Identifiers that the hub gives out itself."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def uuid7(now: datetime) -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7): milliseconds since 1970 in front, so that ids sort by time.

    The twelve bits behind the version are the fraction of the millisecond (§6.2, method 3), the last 62 are
    random. `now` carries its time zone. Raises ValueError before 1970 and TypeError without time zone.
    """
    microseconds = (now - _EPOCH) // _MICROSECOND
    if microseconds < 0:
        raise ValueError("A UUID of version 7 cannot be of before 1970")
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = (rest << 12) // 1000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62))
