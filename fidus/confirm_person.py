"""Whether names and days of birth are the same by meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fidus.comparable import Verdict, all_of
from fidus.confirm_text import foldings, words


def same_name(asked: Mapping[str, str], registered: Mapping[str, Any]) -> Verdict:
    """The family name must agree, and the given names if they were given.

    Marks, accents, capitals and the blanks of a family name do not count. Given names agree when they are the
    first ones of the register in its order; a later one, or another order, is unknown: people use them so.
    """
    family = registered.get("familyName", "")
    if not family:
        return Verdict.UNKNOWN
    verdicts = [Verdict.YES if _joined(asked["familyName"]) & _joined(family) else Verdict.NO]
    if "givenNames" in asked:
        verdicts.append(_same_given(asked["givenNames"], registered.get("givenNames", ())))
    return all_of(verdicts)


def same_birth(asked: Mapping[str, str], registered: Mapping[str, Any]) -> Verdict:
    """The day must agree; where the register knows month or year only, those that agree are unknown."""
    known, day = registered.get("date", ""), asked["date"]
    if not known:
        return Verdict.UNKNOWN
    if known == day:
        return Verdict.YES
    may_be = all(one in ("00", other) for one, other in zip(known.split("-"), day.split("-"), strict=True))
    return Verdict.UNKNOWN if may_be else Verdict.NO


def _joined(text: str) -> frozenset[str]:
    """Every way to write it without marks and blanks."""
    return frozenset("".join(words(folded)) for folded in foldings(text))


def _same_given(asked: str, registered: Iterable[str]) -> Verdict:
    there = [word for name in registered for word in words(foldings(name)[0])]
    sent = words(foldings(asked)[0])
    if not there or not sent:
        return Verdict.UNKNOWN
    if sent == there[: len(sent)]:
        return Verdict.YES
    return Verdict.UNKNOWN if set(sent) <= set(there) else Verdict.NO
