"""What a mock was asked, kept in memory so that a test can count again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the mock, whatever became of it. What could not be read is None."""

    at: datetime
    service: str
    key: str | None = field(repr=False)
    message_id: str | None

    def as_json(self) -> dict[str, str]:
        """`at` `service` `key` `messageId`; what is not known is left out."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        shown = {"at": at, "service": self.service, "key": self.key, "messageId": self.message_id}
        return {name: value for name, value in shown.items() if value is not None}
