"""Phonetic search and related numbers: what is asked, and what of the answer is taken."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.consultrn import NUMBERS, PERSON, RELATED, SEARCH
from adapters._lib.operation import Asking, NotTreated
from adapters._lib.rn25 import Places, Tables
from fidus.identifiers import check_digits
from fidus.model import Absent, Found, Query, Subject, SubjectRole, SubjectType, Why

CONTRACT = Path(__file__).parents[3] / "contracts" / "national-register"
TABLES = Tables(Places.load(CONTRACT), Codes.load(CONTRACT), synthetic=True)
TICKET = "00000000-0000-4000-8000-000000000000"
ASKING = Asking("0000000097", "A & B <c>", TICKET, datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
CORE, BASE = "urn:be:fgov:ehealth:rn:personservice:core:v1", "urn:be:fgov:ehealth:rn:baselegaldata:v1"
HISTORY = "urn:be:fgov:ehealth:consultrn:ssinhistory:core:v1"
STATUS = "urn:be:fgov:ehealth:commons:core:v2"
CODES = "urn:be:fgov:ehealth:2.0:status:"
DAY = date(2026, 3, 2)  # in Brussels, at the moment of the answers below


def invented(nine: str) -> str:
    return f"{nine}{check_digits(nine, 1900):02d}"


ALPHA, BETA, GAMMA = invented("806105123"), invented("806105125"), invented("806105127")


def status(*codes: str) -> str:
    opened = "".join(f'<t:StatusCode xmlns:t="{STATUS}" Value="{CODES}{code}">' for code in codes)
    return f'<t:Status xmlns:t="{STATUS}">{opened}{"</t:StatusCode>" * len(codes)}</t:Status>'


def whole(tag: str, namespace: str, content: str, schema: str, to: str = f"_{TICKET}") -> etree._Element:
    root = etree.fromstring(
        f'<o:{tag} xmlns:o="{namespace}" xmlns:c="{CORE}" xmlns:b="{BASE}" Id="_1" InResponseTo="{to}" '
        f'IssueInstant="2026-03-01T23:30:00Z">{content}</o:{tag}>'
    )
    etree.XMLSchema(etree.parse(CONTRACT / schema)).assertValid(root)
    return root


def candidate(number: str = ALPHA, born: str = "1980-01-05", more: str = "") -> str:
    return (
        f'<b:PersonIdentification Deceased="false"><b:Ssin>{number}</b:Ssin><b:Name><b:LastName>Dele'
        "</b:LastName><b:GivenName>Inessa</b:GivenName></b:Name><b:Birth><b:BirthDate>"
        f"{born}</b:BirthDate></b:Birth>{more}</b:PersonIdentification>"
    )


def query(born: str = "1980-01-05", **more: Any) -> Query:
    values = {"familyName": "D'Hoe & <co>", "givenName": "Inessa", "birthDate": born, **more}
    return Query("national-register/search", values, ())


def searched(content: str, asked: Query | None = None, to: str = f"_{TICKET}") -> Found | Absent:
    root = whole("SearchPersonPhoneticallyResponse", PERSON, content, SEARCH.schema, to)
    return SEARCH.read(root, asked or query(), TABLES, ASKING)


def listing(*candidates: str) -> str:
    people = f"<c:PersonIdentifications>{''.join(candidates)}</c:PersonIdentifications>"
    return f"{status('Success')}<o:Result>{people}</o:Result>"


def test_the_questions_are_valid_and_escape_what_was_typed() -> None:
    asked = etree.fromstring(SEARCH.write(query(toleranceYears=3), ASKING))
    etree.XMLSchema(etree.parse(CONTRACT / SEARCH.schema)).assertValid(asked)
    assert asked.findtext(f".//{{{CORE}}}LastName") == "D'Hoe & <co>"
    assert asked.findtext(f".//{{{CORE}}}Variation") == "3"
    assert asked.findtext(f".//{{{CORE}}}maximumResultCount") == "100"
    assert etree.fromstring(SEARCH.write(query(), ASKING)).find(f".//{{{CORE}}}Variation") is None
    numbers = etree.fromstring(RELATED.write(Query("", {"ssin": ALPHA}, ()), ASKING))
    etree.XMLSchema(etree.parse(CONTRACT / RELATED.schema)).assertValid(numbers)


def test_candidates_are_listed() -> None:
    gender = "<b:Gender><b:GenderCode>2</b:GenderCode></b:Gender>"
    answer = searched(listing(candidate(), candidate(BETA, "1980-01-00", gender)))
    assert isinstance(answer, Found)
    first, second = answer.fields["candidates"]
    assert first == {
        "ssin": ALPHA,
        "name": {"familyName": "Dele", "givenNames": ["Inessa"]},
        "birthDate": "1980-01-05",
        "deceased": False,
    }
    assert second["sex"]["label"]["en"] == "Female"
    shown = frozenset({"candidates"})
    listed = (Subject(SubjectType.PERSON, number, SubjectRole.LISTED, shown) for number in (ALPHA, BETA))
    assert (answer.subjects, answer.as_of) == (tuple(listed), DAY)


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        (("Requester", "DataNotFound"), Why.UNKNOWN_SUBJECT),
        (("Requester", "TooManyResults"), Why.TOO_MANY_CANDIDATES),
    ],
)
def test_nobody_and_too_many_are_answers(codes: tuple[str, ...], why: Why) -> None:
    assert searched(status(*codes)) == Absent(why, DAY)


@pytest.mark.parametrize("codes", [("Requester",), ("Requester", "InvalidInput"), ("Responder",)])
def test_what_was_not_treated_is_no_answer(codes: tuple[str, ...]) -> None:
    with pytest.raises(NotTreated):
        searched(status(*codes))


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        pytest.param(status("Success"), "lists nobody", id="no-result"),
        pytest.param(listing(candidate(), candidate()), "somebody twice", id="twice"),
        pytest.param(listing(candidate(born="1980-01-06")), "not looked for", id="another-birth"),
        pytest.param(listing(candidate(number="00000000000")), "no SSIN", id="no-number"),
        pytest.param(
            listing(*(candidate(invented(f"806105{place:03d}")) for place in range(1, 102))),
            "more than may be listed",
            id="a-hundred-and-one",
        ),
    ],
)
def test_a_list_against_the_contract_is_refused(content: str, phrase: str) -> None:
    with pytest.raises(NotAsAgreed, match=phrase):
        searched(content)


def test_a_hundred_may_be_listed() -> None:
    people = (candidate(invented(f"806105{place:03d}")) for place in range(1, 101))
    answer = searched(listing(*people))
    assert isinstance(answer, Found)
    assert len(answer.subjects) == 100


@pytest.mark.parametrize(
    ("asked", "tolerance", "born", "meant"),
    [
        ("1980-01-05", 0, "1980-01-05", True),
        ("1980-01-00", 0, "1980-01-05", True),
        ("1980-00-00", 0, "1980-11-05", True),
        ("1980-01-05", 0, "1980-00-00", True),
        ("1980-01-05", 0, "1981-01-05", False),
        ("1980-01-05", 2, "1982-12-31", True),
        ("1980-01-05", 2, "1983-01-01", False),
    ],
)
def test_a_birth_is_meant_within_the_tolerance(asked: str, tolerance: int, born: str, meant: bool) -> None:
    question = query(asked, **({"toleranceYears": tolerance} if tolerance else {}))
    if meant:
        assert isinstance(searched(listing(candidate(born=born)), question), Found)
    else:
        with pytest.raises(NotAsAgreed):
            searched(listing(candidate(born=born)), question)


def test_an_answer_to_another_question_is_refused() -> None:
    with pytest.raises(NotAsAgreed, match="not to what was asked"):
        searched(listing(candidate()), to="_another")


def related(content: str, asked: str = ALPHA) -> Found | Absent:
    root = whole("ConsultRelatedSsinsResponse", NUMBERS, content, RELATED.schema)
    return RELATED.read(root, Query("national-register/ssin-history", {"ssin": asked}, ()), TABLES, ASKING)


def numbers(current: str, *others: str, attributes: str = "") -> str:
    found = "".join(f'<h:RelatedSsin xmlns:h="{HISTORY}">{number}</h:RelatedSsin>' for number in others)
    more = f"<o:RelatedSsins>{found}</o:RelatedSsins>" if others else ""
    return f"{status('Success')}<o:Ssin {attributes}>{current}</o:Ssin>{more}"


@pytest.mark.parametrize("asked", [ALPHA, BETA])
def test_all_numbers_of_a_person_are_those_of_whoever_was_asked_about(asked: str) -> None:
    replaces = f'Canceled="0" Replaces="{asked}"' if asked == BETA else 'Canceled="false"'
    answer = related(numbers(ALPHA, BETA, GAMMA, attributes=replaces), asked)
    assert isinstance(answer, Found)
    told = dict(answer.fields["numbers"])
    assert told.pop("replaces", None) == (BETA if asked == BETA else None)
    assert told == {"current": ALPHA, "related": [BETA, GAMMA], "canceled": False}
    others = [number for number in (ALPHA, BETA, GAMMA) if number != asked]
    assert answer.subjects == tuple(Subject(SubjectType.PERSON, one, SubjectRole.ASKED) for one in others)


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        pytest.param(numbers(BETA, GAMMA), "not about what was asked", id="somebody-else"),
        pytest.param(numbers("x"), "no SSIN", id="no-number"),
        pytest.param(status("Success"), "which number is in use", id="none"),
    ],
)
def test_numbers_against_the_contract_are_refused(content: str, phrase: str) -> None:
    with pytest.raises(NotAsAgreed, match=phrase):
        related(content)


def test_a_number_that_was_never_given_is_an_answer() -> None:
    assert related(status("Requester", "DataNotFound")) == Absent(Why.UNKNOWN_SUBJECT, DAY)
