"""The counters of the log by which consultations are bounded: their names, and what is spent when.

Names end in a day in Brussels, and the writer forgets them two days later; a person stands in them by
pseudonym only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.log import Spend
from fidus.model import Flow
from fidus.policy import brussels_day


def day_counter(flow: str, now: datetime) -> str:
    """Counts the consultations of a flow on this day."""
    return f"day:{flow}:{brussels_day(now).isoformat()}"


def one_of_the_day(flow: Flow, now: datetime) -> Spend:
    """What each intent spends."""
    return Spend(day_counter(flow.id, now), 1, flow.quota.per_day, "dayUsed")


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess about one subject under one flow on one day (no oracle: design §3).

    `taken` counts guesses that failed or are under way, `failed` those that failed: were answered with no, or
    were interrupted. An intent takes one of `most`; each outcome but `no` gives it back.
    """

    taken: str
    failed: str
    most: int

    @classmethod
    def about(cls, pseudonym: str, flow: Flow, now: datetime) -> Guess:
        """A guess about whom this pseudonym stands for."""
        name = f"{flow.id}:{pseudonym}:{brussels_day(now).isoformat()}"
        return cls(f"taken:{name}", f"no:{name}", flow.max_guesses)

    def take(self) -> Spend:
        """What the intent spends."""
        return Spend(self.taken, 1, self.most, "guessesTaken")

    def end(self, *, failed: bool) -> Spend:
        """What the outcome spends."""
        return failed_guess(self.failed) if failed else Spend(self.taken, -1, None, "guessesTaken")

    def compare(self, *, failed: bool) -> tuple[Spend, ...]:
        """What an outcome spends that compared this subject without an intent that took a guess: the number
        asked was replaced by this one. Declined where none is left."""
        return (self.take(), self.end(failed=failed))

    def was_last(self, facts: Mapping[str, int | str]) -> bool:
        """Whether the guess that failed with these facts was the last one. True once a day."""
        return int(facts["guesses"]) + 1 == self.most


def failed_guess(counter: str) -> Spend:
    """One more in the counter of failed guesses."""
    return Spend(counter, 1, None, "guesses")
