"""Whom an answer shows, as the log is to know them (design: those whom the answer disclosed)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from adapters._lib.codes import NotAsAgreed
from fidus.identifiers import EnterpriseNumber, Ssin
from fidus.model import Subject, SubjectRole, SubjectType


def shown_by(who: Mapping[str, Any], place: str, synthetic: bool) -> Subject:
    """Enterprise or person of `who`, by its `enterpriseNumber` or `ssin`, disclosed by any field at `place`.

    Without a number it is a person, who is counted. Raises NotAsAgreed for a number that is none.
    """
    kind, number = SubjectType.PERSON, None
    if "enterpriseNumber" in who:
        kind = SubjectType.ENTERPRISE
        number = _number(lambda: EnterpriseNumber.parse(who["enterpriseNumber"]).value)
    elif "ssin" in who:
        number = _number(lambda: Ssin.parse(who["ssin"], synthetic).value)
    return Subject(kind, number, SubjectRole.DISCLOSED, frozenset({place}))


def _number(parse: Callable[[], str]) -> str:
    try:
        return parse()
    except ValueError:
        raise NotAsAgreed("a number in the answer is none") from None
