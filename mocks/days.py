"""Days of which month or day may be unknown, as registers keep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day; `month` and `day` are 0 where they are not known. Unknown sorts before known."""

    year: int
    month: int = 0
    day: int = 0

    @classmethod
    def of(cls, known: date) -> Day:
        """A day of which everything is known."""
        return cls(known.year, known.month, known.day)

    def first(self) -> date:
        """The first calendar day that it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def is_complete(self) -> bool:
        """True when month and day are known."""
        return self.month > 0 and self.day > 0

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
