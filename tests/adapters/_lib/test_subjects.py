"""Whom an answer shows."""

from __future__ import annotations

import pytest

from adapters._lib.codes import NotAsAgreed
from adapters._lib.subjects import shown_by
from fidus.model import SubjectRole, SubjectType

PERSON = "83722444416"


@pytest.mark.parametrize(
    ("who", "kind", "number"),
    [
        ({"ssin": PERSON}, SubjectType.PERSON, PERSON),
        ({"enterpriseNumber": "0999000327"}, SubjectType.ENTERPRISE, "0999000327"),
        ({"name": {"familyName": "Nobodyatall"}}, SubjectType.PERSON, None),
        ({}, SubjectType.PERSON, None),
    ],
)
def test_somebody_is_disclosed_by_any_field_of_the_place(
    who: dict[str, str], kind: SubjectType, number: str | None
) -> None:
    subject = shown_by(who, "holder", synthetic=True)
    assert (subject.type, subject.id, subject.role) == (kind, number, SubjectRole.DISCLOSED)
    assert subject.fields == {"holder"}


@pytest.mark.parametrize("who", [{"ssin": "83722444417"}, {"enterpriseNumber": "0999000328"}])
def test_a_number_that_is_none_is_refused(who: dict[str, str]) -> None:
    with pytest.raises(NotAsAgreed):
        shown_by(who, "holder", synthetic=True)
